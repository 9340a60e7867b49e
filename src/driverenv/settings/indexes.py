"""Readers of indexes: a folder, a URL, or a table of terms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from driverenv.errors import SettingsInvalid, foreign
from driverenv.model.index import SITE
from driverenv.model.site import PUBLIC_PYPI, Index
from driverenv.settings.passwords import PASSWORD, password
from driverenv.settings.place import Place, Reader, absolute, each, invalid, text, unknown
from driverenv.settings.proxies import proxy
from driverenv.settings.simple import LONGEST, TEXT, path, plain_text, truth, word
from driverenv.settings.simple import number as number_of

# A URL that lost a part would be a relative folder, and its password part of a path.
_SLIP = re.compile(r"(?!.*://)(?:https?:|[^/\\]+:[^/\\]*@|[^/\\]{2,}:.*@)", re.IGNORECASE)
_SECONDS = number_of(
    f"a number of seconds, more than 0 and less than {LONGEST}",
    {"exclusiveMinimum": 0, "exclusiveMaximum": LONGEST},
)


def _hosts(key: str, raw: object, place: Place) -> tuple[str, ...]:
    allowed = "a list of hosts, each HOST or HOST:PORT"
    if not isinstance(raw, list):
        raise invalid(key, raw, place, allowed)

    def one(number: int, item: object) -> str:
        name = f"{key}[{number}]"
        host = text(name, item, place, allowed)
        if not re.fullmatch(r"(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?", host):
            raise invalid(name, item, place, allowed)
        return host.lower()

    return each(partial(one, number, item) for number, item in enumerate(raw, 1))


_HOSTS = Reader(_hosts, "a list of hosts, each HOST or HOST:PORT", {"type": "array", "items": TEXT})

_OF_KEY = {
    "password_env": "the variable that holds the password of a key that is encrypted",
    "password_file": "a file that has it in its first line",
}
TERMS: dict[str, Reader] = {
    "location": plain_text(
        "a folder or an http(s) URL",
        "a folder, a `file://` URL, or an `http(s)://` URL, with or without `/simple`",
    ),
    "name": plain_text(meaning="what messages and `sources` call it; by default the location"),
    "username": plain_text(),
    **PASSWORD,
    "credentials": word(
        ("given", "netrc", "keyring"),
        "where user and password come from: `given` (the keys above), `netrc` (the user's netrc file) or `keyring` "
        "(the command `keyring get LOCATION USERNAME`); looked up when the index is first asked",
    ),
    "ca_file": path(
        "a file of certificates, PEM",
        "a PEM file: the certificates trusted for this index, in place of the system's",
    ),
    "verify": truth("`false` accepts any certificate of this index; every receipt says so"),
    "client_cert": path(
        "a file of a certificate, PEM",
        "a PEM file: the certificate that this index wants to see of us, with its chain; only ever shown to the index "
        "itself",
    ),
    "client_key": path(
        "a file of a private key, PEM", "a PEM file: its private key; not needed where it is in the same file"
    ),
    **{f"client_key_{name}": reader._replace(meaning=_OF_KEY[name]) for name, reader in PASSWORD.items()},
    "proxy": proxy(
        words=(SITE,),
        meaning="ask this index through that proxy, whatever the site's are: an `http://` or `https://` URL, or "
        'a table with one as `location`; or `"site"`: through those of the site, as the public index is',
    ),
    "connect_timeout": _SECONDS._replace(meaning="seconds until a connection must stand"),
    "answer_timeout": _SECONDS._replace(meaning="seconds until an answer must begin"),
    "whole_timeout": _SECONDS._replace(meaning="seconds until an answer must be complete"),
    "redirect_hosts": _HOSTS,
    "file_hosts": _HOSTS,
    "probe": word(("auto", "root", "project")),
    "follow_symlinks": truth(),
}
"""The keys of an index's table."""

_SHAPE = "a folder, an http(s) URL, or a table of " + ", ".join(TERMS)
_PUBLIC_SHAPE = "an http(s) URL, a table with one as location, or false"


def _table_schema() -> dict[str, object]:
    properties = {name: reader.schema for name, reader in TERMS.items()}
    return {
        "type": "object",
        "properties": properties,
        "required": ["location"],
        "additionalProperties": False,
        "allOf": [
            {"not": {"required": [f"{prefix}password_env", f"{prefix}password_file"]}}
            for prefix in ("", "client_key_")
        ],
    }


def _several(key: str, raw: object, place: Place) -> tuple[Index, ...]:
    if isinstance(raw, str) and place.textual:
        raw = [item for item in map(str.strip, re.split(r"[;\n]", raw)) if item]
    if not isinstance(raw, list | tuple):
        raise invalid(key, raw, place, f"a list of indexes, each {_SHAPE}")
    return each(partial(_index, f"{key}[{number}]", item, place) for number, item in enumerate(raw, 1))


def _public(key: str, raw: object, place: Place) -> Index | None:
    if raw is False or (place.textual and str(raw).strip().lower() == "false"):
        return None
    if raw is True or (isinstance(raw, str) and "://" not in raw):
        raise invalid(key, raw, place, _PUBLIC_SHAPE)
    index = _index(key, raw, place)
    if index.is_folder:
        raise invalid(key, raw, place, _PUBLIC_SHAPE)
    if index.name == index.location == PUBLIC_PYPI:
        return index.replace(name="public PyPI")
    return index


def _index(key: str, raw: object, place: Place) -> Index:
    table = {"location": None, **raw} if isinstance(raw, dict) else {"location": raw}
    *_, options = each([partial(_known, key, table, place), partial(_terms, key, table, place)])
    location = str(options.pop("location"))
    if "://" not in location:
        location = absolute(location, place.folder, place.environ)
    if options.get("credentials", "given") != "given" and {"password_env", "password_file"} & options.keys():
        allowed = "given, where a password is named as well"
        raise invalid(f"{key}.credentials", options["credentials"], place, allowed)
    secret = password(key, options, place)
    of_key = password(key, options, place, prefix="client_key_")
    try:
        return Index(location, password=secret, client_key_password=of_key, **options)
    except ValueError as error:
        raise invalid(key, raw, place, f"{_SHAPE} ({foreign(error)})") from None


def _known(key: str, table: Mapping[str, object], place: Place) -> dict[str, Any]:
    """Nothing, once every key of the table is one that there is."""

    def one(name: str) -> None:
        if name == "password":
            raise SettingsInvalid(
                f"`{key}` has a password in clear text",
                facts=(
                    ("set by", place.source),
                    ("allowed", "password_env = a variable's name, or password_file"),
                ),
                remedies=(f"put the password elsewhere, name that place, and take it out of {place.source}",),
                data={"key": key, "source": place.source},
            )
        if name not in TERMS:
            raise unknown("key", name, tuple(TERMS), place.source, of=key)

    each(partial(one, str(name)) for name in table)
    return {}


def _terms(key: str, table: Mapping[str, object], place: Place) -> dict[str, Any]:
    """The values of a table's known keys."""
    strict = place._replace(textual=False)  # within a table a number is no text

    def one(name: str) -> tuple[str, Any]:
        if name != "location":
            return name, TERMS[name](f"{key}.{name}", table[name], strict)
        if table[name] is None:
            raise invalid(f"{key}.location", None, place, TERMS[name].allowed)
        location = text(key, table[name], place, _SHAPE)
        if _SLIP.match(location):
            raise invalid(key, location, place, f"{_SHAPE}; this looks like a URL without its ://")
        return name, location

    return dict(each(partial(one, name) for name in TERMS if name in table))


_URL: Mapping[str, object] = {"type": "string", "pattern": "://"}
SEVERAL = Reader(
    _several,
    f"a list of indexes, each {_SHAPE}",
    {"type": "array", "items": {"anyOf": [TEXT, {"$ref": "#/$defs/index"}]}},
)
PUBLIC = Reader(_public, _PUBLIC_SHAPE, {"anyOf": [_URL, {"$ref": "#/$defs/index"}, {"const": False}]})
DEFINITION: Mapping[str, object] = _table_schema()
"""What the schemas of these readers refer to as "index"."""
