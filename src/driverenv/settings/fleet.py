"""Reader of `fleet`: where servers share what they built, and the key that they trust each other by."""

from __future__ import annotations

from functools import partial
from typing import Any

from driverenv.errors import foreign, masked
from driverenv.model.fleet import BUCKETS, SHORTEST_KEY, Fleet
from driverenv.model.index import Index
from driverenv.settings import indexes
from driverenv.settings.passwords import UNKNOWN, UNKNOWN_KEY, password
from driverenv.settings.place import Place, Reader, absolute, each, invalid, text, unknown
from driverenv.settings.simple import path, plain_text, truth

_SHAPE = "a folder, an http(s) URL, or s3://, gs:// or az:// with a bucket"
_LEFT_OUT = ("location", "name", "redirect_hosts", "file_hosts", "probe", "follow_symlinks")

TERMS: dict[str, Reader] = {
    "location": plain_text(
        _SHAPE,
        "a folder on a share, an `http(s)://` URL of a server that takes PUT, or `s3://`, `gs://` or `az://` with a bucket "
        "and a folder in it (needs the extra `fleet`)",
    ),
    "key_file": path(
        "a file",
        f"a file that has the key in its first line: at least {SHORTEST_KEY} characters, the same on all servers",
    ),
    "key_env": plain_text("a variable's name", "the variable that holds it"),
    "write": truth("`true`: this server also puts there what it builds"),
    **{name: reader for name, reader in indexes.TERMS.items() if name not in _LEFT_OUT},
}
"""The keys of the table; the last ones are those of an index, for an HTTP server."""


def _fleet(key: str, raw: object, place: Place) -> Fleet | None:
    if raw is False:
        return None
    if not isinstance(raw, dict):
        raise invalid(key, raw, place, FLEET.allowed)

    def one(name: str, value: object) -> tuple[str, Any]:
        if name == "key":
            raise invalid(f"{key}.key", "***", place, "key_file or key_env: no secret in clear text")
        if name not in TERMS:
            raise unknown("key", name, tuple(TERMS), place.source, of=key)
        return name, TERMS[name](f"{key}.{name}", value, place)

    terms = dict(each(partial(one, str(name), value) for name, value in raw.items()))
    location = text(f"{key}.location", terms.pop("location", None), place, _SHAPE)
    secret = password(key, terms, place, of="key")
    if secret is None:
        raise invalid(f"{key}.key_file", None, place, TERMS["key_file"].allowed + ", or key_env")
    if secret == UNKNOWN:
        secret = UNKNOWN_KEY
    if len(secret.strip()) < SHORTEST_KEY:
        what = f"at least {SHORTEST_KEY} characters: openssl rand -hex 32"
        raise invalid(f"{key}.key", "a short one", place, what)
    try:
        return Fleet(_store(key, place, location, terms), key=secret.strip(), write=terms.get("write", False))
    except ValueError as error:
        raise invalid(key, raw, place, f"{_SHAPE} ({foreign(error)})") from None


def _store(key: str, place: Place, location: str, terms: dict[str, Any]) -> Index | str:
    """A server or folder on its terms, or a bucket, which has none. Raises `ValueError`, `SettingsInvalid`."""
    terms = {name: value for name, value in terms.items() if name != "write"}
    if location.startswith(BUCKETS):
        if terms:
            allowed = "location, key_file, key_env and write for an object store"
            raise invalid(f"{key}.{next(iter(terms))}", "set", place, allowed)
        return location
    if "://" not in location:
        location = absolute(location, place.folder, place.environ)
    login = password(key, terms, place)
    of_key = password(key, terms, place, prefix="client_key_")
    return Index(location, name="fleet store", password=login, client_key_password=of_key, **terms)


FLEET = Reader(
    _fleet,
    "a table with location and key_file, or false",
    {
        "anyOf": [
            {
                "type": "object",
                "properties": {name: reader.schema for name, reader in TERMS.items()},
                "required": ["location"],
                "additionalProperties": False,
            },
            {"const": False},
        ]
    },
    from_text=False,
)


def shown(fleet: Fleet) -> dict[str, object]:
    """The store as its table, without secrets."""
    found: dict[str, object] = {"location": masked(str(fleet)), "key": "***", "write": fleet.write}
    if fleet.index is not None and fleet.index.username is not None:
        found["username"] = fleet.index.shown_username
    return found
