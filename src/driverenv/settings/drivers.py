"""Readers of what concerns drivers and their Pythons: interpreters, seeds, corrections, variables."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from driverenv.errors import foreign
from driverenv.model.site import Correction
from driverenv.policy.pythons import UNDECLARED
from driverenv.settings.place import Place, Reader, absolute, each, invalid, text, unknown
from driverenv.settings.rules import REQUIREMENTS
from driverenv.settings.simple import TEXT

_VERSION = r"^\d+(\.\d+){0,2}$"
_VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"


def _table(
    allowed: str, one: Callable[[str, str, object, Place], Any]
) -> Callable[[str, object, Place], tuple[tuple[str, Any], ...]]:
    """A reader of a table, `one` reading each of its values by name."""

    def read(key: str, raw: object, place: Place) -> tuple[tuple[str, Any], ...]:
        if not isinstance(raw, dict):
            raise invalid(key, raw, place, allowed)

        def item(name: str, value: object) -> tuple[str, Any]:
            return name, one(f"{key}.{foreign(name)}", name, value, place)

        return tuple(sorted(each(partial(item, str(name), value) for name, value in raw.items())))

    return read


def _name(key: str, name: str, place: Place, pattern: str, allowed: str) -> None:
    if not re.fullmatch(pattern, name):
        raise invalid(key, name, place, allowed)


def _python(key: str, name: str, raw: object, place: Place) -> str:
    if name != UNDECLARED:
        _name(key, name, place, _VERSION, f'a version such as "2", "3" or "3.9", or {UNDECLARED}, as name')
    found = text(key, raw, place, 'a path, or a version such as "3.12"')
    if re.search(r"[/\\]", found):
        return absolute(found, place.folder, place.environ)
    _name(key, found, place, _VERSION, 'a path, or a version such as "3.12"')
    return found


PYTHONS = Reader(
    _table("a table: what drivers declare, and the interpreter that is meant", _python),
    "a table of versions, each with a version or a path",
    {
        "type": "object",
        "propertyNames": {"anyOf": [{"pattern": _VERSION}, {"const": UNDECLARED}]},
        "additionalProperties": TEXT,
    },
    from_text=False,
)


def _seeds(key: str, name: str, raw: object, place: Place) -> tuple[str, ...]:
    _name(key, name, place, _VERSION, 'a version such as "2.7" or "3", as name')
    found: tuple[str, ...] = REQUIREMENTS(key, raw, place)
    return found


SEEDS = Reader(
    _table("a table of versions of Python, each with a list of requirements", _seeds),
    "a table of versions of Python, each with a list of requirements (PEP 508)",
    {
        "type": "object",
        "propertyNames": {"pattern": _VERSION},
        "additionalProperties": {"type": "array", "items": TEXT},
    },
    from_text=False,
)


def _variable(key: str, name: str, raw: object, place: Place) -> str:
    _name(key, name, place, _VARIABLE, "a variable's name")
    if not isinstance(raw, str) or not raw.isprintable():
        raise invalid(key, raw, place, "a text")
    return raw


VARIABLES = Reader(
    _table("a table of variables, each with a text", _variable),
    "a table of variables, each with a text",
    {"type": "object", "propertyNames": {"pattern": _VARIABLE}, "additionalProperties": {"type": "string"}},
    from_text=False,
)


def _names(key: str, raw: object, place: Place) -> tuple[str, ...]:
    if isinstance(raw, str) and place.textual:
        raw = [item for item in re.split(r"[;,\s]+", raw) if item]
    if not isinstance(raw, list):
        raise invalid(key, raw, place, "a list of names of variables")

    def one(number: int, item: object) -> str:
        found = text(f"{key}[{number}]", item, place, "a variable's name")
        _name(f"{key}[{number}]", found, place, _VARIABLE, "a variable's name")
        return found

    return each(partial(one, number, item) for number, item in enumerate(raw, 1))


NAMES = Reader(
    _names,
    "a list of names of variables",
    {"type": "array", "items": {"type": "string", "pattern": _VARIABLE}},
)


def _specifiers(key: str, raw: object, place: Place) -> str:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 (only where there are any)

    allowed = 'versions, such as "==1.0" or ">=2,<3" (PEP 440)'
    found = text(key, raw, place, allowed)
    try:
        return str(SpecifierSet(found))
    except InvalidSpecifier:
        raise invalid(key, raw, place, allowed) from None


def _project(key: str, raw: object, place: Place) -> str:
    from driverenv.policy import canonical  # noqa: PLC0415 (only where there are any)

    allowed = "a project's name"
    found = text(key, raw, place, allowed)
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", found):
        raise invalid(key, raw, place, allowed)
    return canonical(found)


TERMS: dict[str, Reader] = {
    "project": Reader(_project, "a project's name", TEXT, "the project whose metadata is wrong"),
    "versions": Reader(_specifiers, "versions (PEP 440)", TEXT, "the releases that are meant; not set: all"),
    "requires": REQUIREMENTS._replace(meaning="what they need, in place of what they say"),
    "requires_python": Reader(
        _specifiers, "versions (PEP 440)", TEXT, "the Pythons that they are for, in place of what they say"
    ),
}
"""The keys of a correction's table."""


def _corrections(key: str, raw: object, place: Place) -> tuple[Correction, ...]:
    if not isinstance(raw, list):
        raise invalid(key, raw, place, CORRECTIONS.allowed)
    return each(partial(_correction, f"{key}[{number}]", item, place) for number, item in enumerate(raw, 1))


def _correction(key: str, raw: object, place: Place) -> Correction:
    if not isinstance(raw, dict):
        raise invalid(key, raw, place, CORRECTIONS.allowed)

    def one(name: str) -> tuple[str, Any]:
        if name not in TERMS:
            raise unknown("key", name, tuple(TERMS), place.source, of=key)
        return name, TERMS[name](f"{key}.{name}", raw.get(name), place)

    found = dict(each(partial(one, str(name)) for name in dict.fromkeys(["project", *raw])))
    if not found.keys() & {"requires", "requires_python"}:
        raise invalid(key, None, place, "a table with requires, requires_python, or both")
    return Correction(**found)


CORRECTIONS = Reader(
    _corrections,
    f"tables of {', '.join(TERMS)}",
    {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {name: reader.schema for name, reader in TERMS.items()},
            "required": ["project"],
            "additionalProperties": False,
        },
    },
    from_text=False,
)


def shown(correction: Correction) -> dict[str, object]:
    """A correction as its table."""
    values = {name: getattr(correction, name) for name in TERMS}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if value is not None and (name != "versions" or value)
    }
