"""Raw values of settings into values: each reader knows what is allowed and says so."""

from __future__ import annotations

import contextlib
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from driverenv.errors import SettingsInvalid, foreign
from driverenv.model.site import PUBLIC_PYPI, Index

_INDEX_KEYS = ("location", "name", "username", "password_env", "password_file")
_INDEX_SHAPE = "a folder, an http(s) URL, or a table of " + ", ".join(_INDEX_KEYS)
# A URL that lost a part would be a relative folder, and its password part of a path.
_SLIP = re.compile(r"(?!.*://)(?:https?:|[^/\\]+:[^/\\]*@|[^/\\]{2,}:.*@)", re.IGNORECASE)
CHOICES = {
    "mode": ("online", "offline"),
    "prereleases": ("if-necessary", "explicit", "never"),
    "builds": ("allowed", "local", "never"),
    "sharing": ("link", "copy"),
    "byte_code": ("background", "now", "never"),
}


class Place(NamedTuple):
    """Where a raw value stands: its source, what its relative paths are relative to, and whether it is text."""

    source: str
    folder: str
    environ: Mapping[str, str]
    textual: bool


def _choice(key: str, raw: object, place: Place) -> str:
    if raw not in CHOICES[key]:
        raise _invalid(key, raw, place, ", ".join(CHOICES[key]))
    return str(raw)


def _text(key: str, raw: object, place: Place, allowed: str) -> str:
    if not isinstance(raw, str) or not raw.strip() or not raw.isprintable():
        raise _invalid(key, raw, place, allowed)
    return raw.strip()


def _local(key: str, raw: object, place: Place) -> tuple[Index, ...]:
    if isinstance(raw, str) and place.textual:
        raw = [item for item in map(str.strip, re.split(r"[;\n]", raw)) if item]
    if not isinstance(raw, list | tuple):
        raise _invalid(key, raw, place, f"a list of indexes, each {_INDEX_SHAPE}")
    return tuple(_index(f"{key}[{number}]", item, place) for number, item in enumerate(raw, 1))


def _public(key: str, raw: object, place: Place) -> Index | None:
    if raw is False or (place.textual and str(raw).strip().lower() == "false"):
        return None
    allowed = "an http(s) URL, a table with one as location, or false"
    if raw is True or (isinstance(raw, str) and "://" not in raw):
        raise _invalid(key, raw, place, allowed)
    index = _index(key, raw, place)
    if index.is_folder:
        raise _invalid(key, raw, place, allowed)
    if index.name == index.location == PUBLIC_PYPI:
        return index.replace(name="public PyPI")
    return index


def _index(key: str, raw: object, place: Place) -> Index:
    table = raw if isinstance(raw, dict) else {"location": raw}
    for name in table:
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
        if name not in _INDEX_KEYS:
            raise unknown(f"key of `{key}`", name, _INDEX_KEYS, place.source)
    location = _text(key, table.get("location"), place, _INDEX_SHAPE)
    if _SLIP.match(location):
        raise _invalid(key, location, place, f"{_INDEX_SHAPE}; this looks like a URL without its ://")
    if "://" not in location:
        location = absolute(location, place.folder, place.environ)
    options = {name: _text(f"{key}.{name}", value, place, "a text") for name, value in table.items()}
    try:
        return Index(
            location,
            name=options.get("name", ""),
            username=options.get("username"),
            password=_password(key, options, place),
        )
    except ValueError as error:
        raise _invalid(key, raw, place, f"{_INDEX_SHAPE} ({foreign(error)})") from None


def _password(key: str, options: Mapping[str, str], place: Place) -> str | None:
    variable, file = options.get("password_env"), options.get("password_file")
    if variable and file:
        raise _invalid(key, "password_env and password_file", place, "one of the two")
    if variable:
        if variable not in place.environ:
            raise _not_set(f"{key}.password_env", variable, place)
        return place.environ[variable]
    if file:
        path = absolute(file, place.folder, place.environ)
        try:
            return Path(path).read_text(encoding="utf-8-sig").splitlines()[0]
        except (OSError, ValueError, IndexError):
            allowed = "a readable file with the password in its first line"
            raise _invalid(f"{key}.password_file", path, place, allowed) from None
    return None


def _not_set(key: str, variable: str, place: Place) -> SettingsInvalid:
    allowed = "the name of a variable that is set"
    return SettingsInvalid(
        f"the variable {foreign(variable)}, which `{key}` names, is not set",
        facts=(("set by", place.source), ("allowed", allowed)),
        remedies=(
            f"set {foreign(variable)} for the process that runs driverenv",
            f"or name a password_file instead, in {place.source}",
        ),
        data={"key": key, "source": place.source, "allowed": allowed, "variable": variable},
    )


def _python(key: str, raw: object, place: Place) -> str:
    text = _text(key, raw, place, 'a path, or a version such as "3.12"')
    return absolute(text, place.folder, place.environ) if re.search(r"[/\\]", text) else text


def _folder(key: str, raw: object, place: Place) -> str:
    return absolute(_text(key, raw, place, "a folder"), place.folder, place.environ)


def _minutes(key: str, raw: object, place: Place) -> float:
    number = math.nan
    if (isinstance(raw, int | float) and not isinstance(raw, bool)) or (
        place.textual and isinstance(raw, str)
    ):
        with contextlib.suppress(ValueError, OverflowError):
            number = float(raw)
    if not math.isfinite(number) or number < 0:
        raise _invalid(key, raw, place, "a number of minutes, 0 or more")
    return number


def _proxy(key: str, raw: object, place: Place) -> str | bool:
    if raw is False or (place.textual and str(raw).strip().lower() == "false"):
        return False
    allowed = "an http:// or https:// URL, or false for no proxy"
    text = _text(key, raw, place, allowed)
    if not re.match(r"https?://[^/]", text, re.IGNORECASE):
        raise _invalid(key, raw, place, allowed)
    try:
        Index(text)
    except ValueError as error:
        said = foreign(error).replace("an index's URL", "it")
        raise _invalid(key, raw, place, f"{allowed} ({said})") from None
    return text


READERS: dict[str, Callable[[str, object, Place], Any]] = {
    "mode": _choice,
    "local": _local,
    "public": _public,
    "python": _python,
    "home": _folder,
    "prereleases": _choice,
    "builds": _choice,
    "sharing": _choice,
    "byte_code": _choice,
    "valid_for_minutes": _minutes,
    "proxy": _proxy,
}


def absolute(path: str, folder: str, environ: Mapping[str, str]) -> str:
    """`path` from `folder`, normalised; ``~`` is the user's home."""
    if path == "~" or path.startswith(("~/", "~\\")):
        user = environ.get("HOME") or environ.get("USERPROFILE") or os.path.expanduser("~")
        path = user + path[1:]
    return os.path.normpath(os.path.join(folder, path))


def _masked(text: str) -> str:
    return re.sub(
        r"^(\W?(?:https?|socks\w{1,2}|s?ftp)://)?.*@", r"\1***@", text, flags=re.IGNORECASE | re.DOTALL
    )


def plain(key: str, value: object) -> object:
    """`value` of the setting `key` as JSON-able data, secrets masked."""
    if isinstance(value, tuple):
        return [plain(key, item) for item in value]
    if isinstance(value, dict):
        return {name: _masked(text) for name, text in value.items()}
    if isinstance(value, Index):
        shown = {"location": value.location, "name": value.name}
        if value.username is not None:
            shown["username"] = value.username
        if value.password is not None:
            shown["password"] = "***"  # noqa: S105 (a mask)
        return shown
    if key == "proxy" and isinstance(value, str):
        return _masked(value)
    return False if key == "public" and value is None else value


_KINDS: dict[type, str] = {type(None): "missing", dict: "a table", list: "a list"}  # they may hold secrets


def _invalid(key: str, raw: object, place: Place, allowed: str) -> SettingsInvalid:
    shown = _KINDS.get(type(raw)) or foreign(_masked(repr(raw)))
    return SettingsInvalid(
        f"the setting `{key}` is {shown}, which is not allowed",
        facts=(("set by", place.source), ("allowed", allowed)),
        remedies=(f"correct {place.source} to what is allowed",),
        data={"key": key, "source": place.source, "allowed": allowed},
    )


def unknown(what: str, name: str, known: tuple[str, ...], source: str) -> SettingsInvalid:
    """The error for a name that does not exist, with the nearest one that does."""
    import difflib  # noqa: PLC0415 (only for this error)

    near = difflib.get_close_matches(name, known, n=1)
    return SettingsInvalid(
        f"there is no {what} `{foreign(name)}`",
        facts=(("set by", source), *((("nearest", near[0]),) if near else ()), ("allowed", ", ".join(known))),
        remedies=(f"{f'write {near[0]} instead' if near else 'take it out'}: {source}, {foreign(name)}",),
        data={"key": name, "source": source, "nearest": near[0] if near else None, "allowed": list(known)},
    )


def together(wrong: Sequence[SettingsInvalid]) -> SettingsInvalid:
    """One error for all that is wrong; a single one as it is."""
    if len(wrong) == 1:
        return wrong[0]
    return SettingsInvalid(
        f"{len(wrong)} settings are wrong",
        facts=tuple(fact for one in wrong for fact in (("wrong", one.summary), *one.facts)),
        remedies=tuple(dict.fromkeys(remedy for one in wrong for remedy in one.remedies)),
        data={"problems": [{"summary": one.summary, **one.data} for one in wrong]},
    )
