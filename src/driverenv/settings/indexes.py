"""Readers of indexes: a folder, a URL, or a table of terms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from driverenv.errors import SettingsInvalid, foreign
from driverenv.model.site import PUBLIC_PYPI, Index
from driverenv.settings.place import Place, Reader, absolute, each, invalid, text, unknown
from driverenv.settings.simple import LONGEST, TEXT, path, plain_text, proxy_url, truth, word
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

TERMS: dict[str, Reader] = {
    "location": plain_text(
        "a folder or an http(s) URL",
        "a folder, a `file://` URL, or an `http(s)://` URL, with or without `/simple`",
    ),
    "name": plain_text(meaning="what messages and `sources` call it; by default the location"),
    "username": plain_text(),
    "password_env": plain_text("a variable's name", "the variable that holds the password"),
    "password_file": path("a file", "a file that has the password in its first line"),
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
    "proxy": proxy_url(or_none=False),
    "connect_timeout": _SECONDS._replace(meaning="seconds until a connection must stand"),
    "answer_timeout": _SECONDS._replace(meaning="seconds until an answer must begin"),
    "whole_timeout": _SECONDS._replace(meaning="seconds until an answer must be complete"),
    "redirect_hosts": _HOSTS,
    "file_hosts": _HOSTS,
    "probe": word(("root", "project")),
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
        "not": {"required": ["password_env", "password_file"]},
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
    password = _password(key, options, place)
    try:
        return Index(location, password=password, **options)
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


def _password(key: str, options: dict[str, Any], place: Place) -> str | None:
    """The password that the terms refer to; they are taken out of `options`."""
    variable, file = options.pop("password_env", None), options.pop("password_file", None)
    if variable and file:
        raise invalid(key, "password_env and password_file", place, "one of the two")
    if (variable or file) and options.get("credentials", "given") != "given":
        raise invalid(
            f"{key}.credentials", options["credentials"], place, "given, where a password is named as well"
        )
    if variable or file:
        try:
            return _from_variable(key, variable, place) if variable else _from_file(key, file, place)
        except SettingsInvalid as error:
            if place.missing is None:
                raise
            place.missing.append(error.summary)
            return _UNKNOWN
    return None


_UNKNOWN = "?"
"""Stands for a password where none is needed."""


def _from_variable(key: str, variable: str, place: Place) -> str:
    if variable not in place.environ:
        raise _not_set(f"{key}.password_env", variable, place)
    return place.environ[variable]


def _from_file(key: str, file: str, place: Place) -> str:
    try:
        return Path(file).read_text(encoding="utf-8-sig").splitlines()[0]
    except (OSError, ValueError, IndexError):
        allowed = "a readable file with the password in its first line"
        raise invalid(f"{key}.password_file", file, place, allowed) from None


def _not_set(key: str, variable: str, place: Place) -> SettingsInvalid:
    allowed = "the name of a variable that is set"
    return SettingsInvalid(
        f"the variable {foreign(variable)}, which `{key}` names, is not set",
        facts=(("set by", place.source), ("allowed", allowed)),
        remedies=(
            f"set {foreign(variable)} for the process that runs driverenv",
            "or give the index a password_file instead, in a settings file",
        ),
        data={"key": key, "source": place.source, "allowed": allowed, "variable": variable},
    )


_URL: Mapping[str, object] = {"type": "string", "pattern": "://"}
SEVERAL = Reader(
    _several,
    f"a list of indexes, each {_SHAPE}",
    {"type": "array", "items": {"anyOf": [TEXT, {"$ref": "#/$defs/index"}]}},
)
PUBLIC = Reader(_public, _PUBLIC_SHAPE, {"anyOf": [_URL, {"$ref": "#/$defs/index"}, {"const": False}]})
DEFINITIONS: Mapping[str, object] = {"index": _table_schema()}
"""What the schemas of these readers refer to."""
