"""Readers of simple values: words, texts, numbers, paths, URLs."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping
from functools import partial

from driverenv.settings.place import Place, Reader, absolute, each, invalid, text

LONGEST = 3600
"""Seconds: as `Index` has it."""


def word(allowed: tuple[str, ...], meaning: str = "") -> Reader:
    """One of these words."""
    shown = ", ".join(allowed)

    def read(key: str, raw: object, place: Place) -> str:
        if raw not in allowed:
            raise invalid(key, raw, place, shown)
        return str(raw)

    return Reader(read, shown, {"enum": list(allowed)}, meaning)


def plain_text(allowed: str = "a text", meaning: str = "") -> Reader:
    """Any printable text."""

    def read(key: str, raw: object, place: Place) -> str:
        return text(key, raw, place, allowed)

    return Reader(read, allowed, TEXT, meaning)


def path(allowed: str, meaning: str = "") -> Reader:
    """A path, relative to where it is written."""

    def read(key: str, raw: object, place: Place) -> str:
        return absolute(text(key, raw, place, allowed), place.folder, place.environ)

    return Reader(read, allowed, TEXT, meaning)


def truth(meaning: str = "") -> Reader:
    """True or false."""

    def read(key: str, raw: object, place: Place) -> bool:
        if not isinstance(raw, bool):
            raise invalid(key, raw, place, "true or false")
        return raw

    return Reader(read, "true or false", {"type": "boolean"}, meaning)


def number(allowed: str, schema: Mapping[str, object], meaning: str = "") -> Reader:
    """A number within the bounds of `schema`."""
    least, above, below = (schema.get(name) for name in ("minimum", "exclusiveMinimum", "exclusiveMaximum"))

    def read(key: str, raw: object, place: Place) -> float:
        found = math.nan
        is_number = isinstance(raw, int | float) and not isinstance(raw, bool)
        if is_number or (place.textual and isinstance(raw, str)):
            with contextlib.suppress(ValueError, OverflowError):
                found = float(raw)  # type: ignore[arg-type]
        fits = (
            math.isfinite(found)
            and (not isinstance(least, int) or found >= least)
            and (not isinstance(above, int) or found > above)
            and (not isinstance(below, int) or found < below)
        )
        if not fits:
            raise invalid(key, raw, place, allowed)
        return found

    return Reader(read, allowed, {"type": "number", **schema}, meaning)


def texts(allowed: str, each_allowed: str, meaning: str = "") -> Reader:
    """A list of printable texts; as one text, they are separated by ";"."""

    def read(key: str, raw: object, place: Place) -> tuple[str, ...]:
        if isinstance(raw, str) and place.textual:
            raw = [item for item in map(str.strip, raw.split(";")) if item]
        if not isinstance(raw, list):
            raise invalid(key, raw, place, allowed)
        rows = enumerate(raw, 1)
        return each(partial(text, f"{key}[{number}]", one, place, each_allowed) for number, one in rows)

    return Reader(read, allowed, {"type": "array", "items": TEXT}, meaning)


TEXT: Mapping[str, object] = {"type": "string", "pattern": r"\S"}
