"""The one gate for what others wrote: no secrets, no control characters, no more than there is room for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from driverenv.errors import foreign, masked
from driverenv.report.content import Said

LONGEST = 1_000
_LOOKED_AT = 20_000
_MOST_LINES = 80


def plain(value: object, limit: int = LONGEST) -> str:
    """A text of one line. What is cut away is cut after the masking: half a password is one as well."""
    return foreign(masked(str(value)[:_LOOKED_AT]), limit=limit)


def block(value: object) -> str:
    """A text whose line breaks are kept."""
    lines = str(value)[:_LOOKED_AT].split("\n")
    more = [f"and {len(lines) - _MOST_LINES} more lines"] if len(lines) > _MOST_LINES else []
    return "\n".join([*map(plain, lines[:_MOST_LINES]), *more])


def several(values: Any, most: int) -> tuple[str, ...]:  # noqa: ANN401 (JSON)
    """Texts of a list, and how many more there are. Raises `TypeError` where it is none."""
    if not isinstance(values, list | tuple):
        raise TypeError("a list was expected")
    more = (f"and {len(values) - most} more",) if len(values) > most else ()
    return (*map(plain, values[:most]), *more)


def said(rows: Iterable[Mapping[str, Any]], label: str, text: str, most: int) -> tuple[Said, ...]:
    """Pairs of what each row has under these keys, at most so many."""
    return tuple(Said(plain(row[label]), plain(row[text])) for row in list(rows)[:most])
