"""Readers of how long an answer holds."""

from __future__ import annotations

from functools import partial

from driverenv.errors import foreign
from driverenv.model.site import NEVER
from driverenv.settings.place import Place, Reader, each, invalid, text
from driverenv.settings.simple import number

_ALLOWED = f'a number of minutes, 0 or more, or "{NEVER}"'
_NUMBER = number(_ALLOWED, {"minimum": 0})
_SCHEMA = {"anyOf": [{"type": "number", "minimum": 0}, {"enum": [NEVER]}]}


def _minutes(key: str, raw: object, place: Place) -> float:
    return float("inf") if raw == NEVER else float(_NUMBER(key, raw, place))


MINUTES = Reader(_minutes, _ALLOWED, _SCHEMA)


def _per_driver(key: str, raw: object, place: Place) -> tuple[tuple[str, float], ...]:
    if not isinstance(raw, dict):
        raise invalid(key, raw, place, PER_DRIVER.allowed)

    def one(pattern: object, minutes: object) -> tuple[str, float]:
        name = text(key, pattern, place, "a pattern of a driver's name")
        return name, _minutes(f"{key}.{foreign(name)}", minutes, place)

    return tuple(sorted(each(partial(one, pattern, minutes) for pattern, minutes in raw.items())))


PER_DRIVER = Reader(
    _per_driver,
    f"a table of patterns of drivers' names, each with {_ALLOWED}",
    {"type": "object", "additionalProperties": _SCHEMA},
    from_text=False,
)
