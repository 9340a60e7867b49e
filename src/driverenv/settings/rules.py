"""Readers of a policy's rules: patterns, sources, exceptions, requirements, the cool-down."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from driverenv.errors import foreign, masked
from driverenv.model.site import Exemption, Policy
from driverenv.settings.place import Place, Reader, each, invalid, text, unknown
from driverenv.settings.simple import TEXT, plain_text, word

PATTERN = r"^[a-z0-9*]+(-[a-z0-9*]+)*$"


def pattern(key: str, raw: object, place: Place) -> str:
    """A pattern of projects. Raises `SettingsInvalid`."""
    allowed = "a normalised name (PEP 503), such as acme-tools, in which * stands for any text"
    found = text(key, raw, place, allowed)
    if re.fullmatch(PATTERN, found):
        return found
    from driverenv.policy import canonical  # noqa: PLC0415 (only for this error)

    other = canonical(found)
    if re.fullmatch(PATTERN, other):
        raise invalid(key, raw, place, f"{other}: {allowed}", remedy=f"write {other} instead: {place.source}")
    raise invalid(key, raw, place, allowed)


def _list(key: str, raw: object, place: Place, allowed: str, apart: str) -> list[tuple[str, object]]:
    """The items of a list, each with its key; text is split at what keeps them `apart`."""
    if isinstance(raw, str) and place.textual:
        raw = [item for item in map(str.strip, re.split(apart, raw)) if item]
    if not isinstance(raw, list):
        raise invalid(key, raw, place, allowed)
    return [(f"{key}[{number}]", item) for number, item in enumerate(raw, 1)]


def _patterns(key: str, raw: object, place: Place) -> tuple[str, ...]:
    items = _list(key, raw, place, "a list of patterns", r"[;,\s]")
    return each(partial(pattern, name, item, place) for name, item in items)


PATTERNS = Reader(
    _patterns,
    "a list of patterns",
    {"type": "array", "items": {"type": "string", "pattern": PATTERN}},
)


def _address(key: str, raw: object, place: Place) -> str:
    allowed = "an http:// or https:// URL of an origin or a folder below it, without user and password"
    found = text(key, raw, place, allowed)
    try:
        return Policy(direct_urls=[found]).direct_urls[0]
    except ValueError:
        raise invalid(key, masked(found), place, allowed) from None


def _addresses(key: str, raw: object, place: Place) -> tuple[str, ...]:
    items = _list(key, raw, place, "a list of addresses", r"[;,\s]")
    return each(partial(_address, name, item, place) for name, item in items)


ADDRESSES = Reader(
    _addresses,
    "a list of addresses",
    {
        "type": "array",
        "items": {"type": "string", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^/@?#]+(/[^@?#]*)?$"},
    },
)


def _sources(key: str, raw: object, place: Place) -> tuple[tuple[str, tuple[str, ...]], ...]:
    allowed = "a table of patterns, each with a list of names of indexes"
    if not isinstance(raw, dict):
        raise invalid(key, raw, place, allowed)

    def one(stands_for: str, names: object) -> tuple[str, tuple[str, ...]]:
        name = f"{key}.{foreign(stands_for)}"
        found = [names] if isinstance(names, str) else names
        if not isinstance(found, list) or not found:
            raise invalid(name, names, place, "a name of an index, or a list of some")
        pattern(name, stands_for, place)
        return stands_for, each(
            partial(text, f"{name}[{number}]", item, place, "a name of an index")
            for number, item in enumerate(found, 1)
        )

    return tuple(sorted(each(partial(one, name, names) for name, names in raw.items())))


SOURCES = Reader(
    _sources,
    "a table of patterns, each with a list of names of indexes",
    {
        "type": "object",
        "propertyNames": {"pattern": PATTERN},
        "additionalProperties": {"anyOf": [TEXT, {"type": "array", "items": TEXT, "minItems": 1}]},
    },
    from_text=False,
)


def _day(key: str, raw: object, place: Place) -> str:
    from datetime import date, datetime  # noqa: PLC0415 (only where a policy has exceptions)

    allowed = "a day such as 2026-12-01"
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw.isoformat()
    found = text(key, raw, place, allowed)
    try:
        if date.fromisoformat(found).isoformat() == found:
            return found
    except ValueError:
        pass
    raise invalid(key, raw, place, allowed)


TERMS: dict[str, Reader] = {
    "project": Reader(pattern, "a normalised name or a pattern", {"type": "string", "pattern": PATTERN}),
    "allow": word(("public", "build", "build-network")),
    "until": Reader(_day, "a day such as 2026-12-01", {"type": "string", "format": "date"}),
    "reason": plain_text(),
    "owner": plain_text(),
}
"""The keys of an exception's table; each must be there."""


def _exceptions(key: str, raw: object, place: Place) -> tuple[Exemption, ...]:
    allowed = f"tables of {', '.join(TERMS)}"
    if not isinstance(raw, list):
        raise invalid(key, raw, place, allowed)
    return each(partial(_exception, f"{key}[{number}]", item, place) for number, item in enumerate(raw, 1))


def _exception(key: str, raw: object, place: Place) -> Exemption:
    if not isinstance(raw, dict):
        raise invalid(key, raw, place, f"a table of {', '.join(TERMS)}")

    def one(name: str) -> tuple[str, Any]:
        if name not in TERMS:
            raise unknown("key", name, tuple(TERMS), place.source, of=key)
        return name, TERMS[name](f"{key}.{name}", raw.get(name), place)

    found = dict(each(partial(one, str(name)) for name in dict.fromkeys([*TERMS, *raw])))
    return Exemption(**found)


EXCEPTIONS = Reader(
    _exceptions,
    f"tables of {', '.join(TERMS)}",
    {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {name: reader.schema for name, reader in TERMS.items()},
            "required": list(TERMS),
            "additionalProperties": False,
        },
    },
    from_text=False,
)


def _requirements(key: str, raw: object, place: Place) -> tuple[str, ...]:
    items = _list(key, raw, place, "a list of requirements (PEP 508)", r"\n")
    return each(partial(_requirement, name, item, place) for name, item in items)


def _requirement(key: str, raw: object, place: Place) -> str:
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 (only where there are any)

    allowed = "a requirement (PEP 508) such as six<2 ; python_version >= '3.11', without a URL"
    found = text(key, raw, place, allowed)
    try:
        requirement = Requirement(found)
    except InvalidRequirement as error:
        said = foreign(str(error).split("\n", 1)[0])
        raise invalid(key, raw, place, f"{allowed} ({said})") from None
    if requirement.url is not None:
        raise invalid(key, raw, place, allowed)
    return found


REQUIREMENTS = Reader(_requirements, "a list of requirements (PEP 508)", {"type": "array", "items": TEXT})


def _exclude_newer(key: str, raw: object, place: Place) -> str:
    from datetime import date  # noqa: PLC0415 (only where there is a cool-down)

    from driverenv.policy.terms import EXCLUDE_NEWER, instant  # noqa: PLC0415

    found = raw.isoformat() if isinstance(raw, date) else text(key, raw, place, EXCLUDE_NEWER)
    try:
        instant(found, _ANY_DAY)
    except ValueError:
        raise invalid(key, raw, place, EXCLUDE_NEWER) from None
    return found


_ANY_DAY = 1.7e9
"""Seconds since the epoch: whether a duration is one does not depend on the clock."""

COOL_DOWN = Reader(
    _exclude_newer,
    'a date, a date-time, or a duration such as "7 days"',
    {
        "anyOf": [
            {"type": "string", "format": "date"},
            {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}"},
            {"type": "string", "pattern": r"^\s*\d{1,6}\s*(minute|hour|day|week)s?\s*$"},
        ]
    },
)


def shown(exemption: Exemption) -> Mapping[str, str]:
    """An exception as its table."""
    return {name: getattr(exemption, name) for name in TERMS}
