"""Reader of `keep`: what stays below the home folder of what nobody uses."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from driverenv.model.keeping import Keep
from driverenv.settings.place import Place, Reader, each, invalid, text, unknown
from driverenv.settings.simple import TEXT, number, path

_UNITS = {"": 1, "B": 1}
_UNITS |= {f"{unit}{end}": 1000**power for power, unit in enumerate("KMGT", 1) for end in ("", "B")}
_UNITS |= {f"{unit}IB": 1024**power for power, unit in enumerate("KMGT", 1)}
_SIZE = r"^\s*(\d{1,18}(?:\.\d{1,6})?)\s*([KMGTkmgt]?(?:i?[Bb])?)\s*$"
_SHOWN = 'a number of bytes, or a size such as "20 GB"'


def size(shown: str) -> int:
    """A size in bytes, such as "20 GB". Raises `ValueError`."""
    found = re.fullmatch(_SIZE, shown)
    if found is None or found[2].upper() not in _UNITS:
        raise ValueError(f"not a size: {shown!r}")
    return int(float(found[1]) * _UNITS[found[2].upper()])


def _size(key: str, raw: object, place: Place) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool) and raw >= 0:
        return raw
    try:
        return size(str(raw) if isinstance(raw, str) else "")
    except ValueError:
        raise invalid(key, raw, place, _SHOWN) from None


def _whole(key: str, raw: object, place: Place) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or raw < 0:
        raise invalid(key, raw, place, "a whole number, 0 or more")
    return raw


def _patterns(key: str, raw: object, place: Place) -> tuple[str, ...]:
    if not isinstance(raw, list):
        raise invalid(key, raw, place, "a list of patterns of file names")
    rows = enumerate(raw, 1)
    return each(partial(text, f"{key}[{at}]", one, place, "a pattern of a file's name") for at, one in rows)


_AMOUNT = {"minimum": 0}
_BYTES = Reader(
    _size, _SHOWN, {"anyOf": [{"type": "integer", **_AMOUNT}, {"type": "string", "pattern": _SIZE}]}
)

TERMS: dict[str, Reader] = {
    "generations": Reader(_whole, "a whole number, 0 or more", {"type": "integer", **_AMOUNT}),
    "unused_days": number("a number of days, 0 or more", _AMOUNT),
    "grace_minutes": number("a number of minutes, 0 or more", _AMOUNT),
    "max_bytes": _BYTES,
    "store_bytes": _BYTES,
    "logs": path("a folder"),
    "log_files": Reader(_patterns, "a list of patterns of file names", {"type": "array", "items": TEXT}),
}
"""The keys of the table; each may be left out."""


def _keep(key: str, raw: object, place: Place) -> Keep:
    if not isinstance(raw, dict):
        raise invalid(key, raw, place, KEEP.allowed)

    def one(name: str, value: object) -> tuple[str, Any]:
        if name not in TERMS:
            raise unknown("key", name, tuple(TERMS), place.source, of=key)
        return name, TERMS[name](f"{key}.{name}", value, place)

    return Keep(**dict(each(partial(one, str(name), value) for name, value in raw.items())))


KEEP = Reader(
    _keep,
    f"a table of {', '.join(TERMS)}",
    {
        "type": "object",
        "properties": {name: reader.schema for name, reader in TERMS.items()},
        "additionalProperties": False,
    },
    from_text=False,
)


def shown(keep: Keep) -> dict[str, object]:
    """The rules as their table: what is not as by default."""
    usual = Keep()
    values = {name: getattr(keep, name) for name in TERMS if getattr(keep, name) != getattr(usual, name)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
