"""Readers of what concerns builds: their limits, and what limits their tools."""

from __future__ import annotations

from functools import partial

from driverenv.errors import foreign
from driverenv.model.site import BUILD_LIMITS
from driverenv.settings.place import Place, Reader, each, invalid, unknown
from driverenv.settings.rules import PATTERN, REQUIREMENTS, pattern
from driverenv.settings.simple import TEXT, number

_BOUNDS = {"exclusiveMinimum": 0, "exclusiveMaximum": 1_000_000_000}
_AMOUNT = number("a number above 0", _BOUNDS)


def _limits(key: str, raw: object, place: Place) -> tuple[tuple[str, float], ...]:
    if not isinstance(raw, dict):
        raise invalid(key, raw, place, LIMITS.allowed)

    def one(name: str, value: object) -> tuple[str, float]:
        if name not in BUILD_LIMITS:
            raise unknown("key", name, tuple(BUILD_LIMITS), place.source, of=key)
        return name, _AMOUNT(f"{key}.{name}", value, place)

    given = dict(each(partial(one, str(name), value) for name, value in raw.items()))
    return tuple({**BUILD_LIMITS, **given}.items())


LIMITS = Reader(
    _limits,
    f"a table of {', '.join(BUILD_LIMITS)}",
    {
        "type": "object",
        "properties": {name: {"type": "number", **_BOUNDS} for name in BUILD_LIMITS},
        "additionalProperties": False,
    },
    from_text=False,
)


def _constraints(key: str, raw: object, place: Place) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(raw, dict):
        raise invalid(key, raw, place, CONSTRAINTS.allowed)

    def one(name: str, needed: object) -> tuple[str, tuple[str, ...]]:
        full = f"{key}.{foreign(name)}"
        return pattern(full, name, place), REQUIREMENTS(full, needed, place)

    return tuple(sorted(each(partial(one, str(name), needed) for name, needed in raw.items())))


CONSTRAINTS = Reader(
    _constraints,
    "a table of patterns of projects, each with a list of requirements (PEP 508)",
    {
        "type": "object",
        "propertyNames": {"pattern": PATTERN},
        "additionalProperties": {"type": "array", "items": TEXT},
    },
    from_text=False,
)
