"""What became of launches, for a report: how a driver is, its newest launches, and the failures among them."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from driverenv.errors import DriverEnvError
from driverenv.report.content import (
    BACK,
    FAILS,
    REMOVED,
    STALE,
    WELL,
    Failure,
    Launch,
    Said,
    Side,
    Trouble,
    Unread,
)
from driverenv.stories import failure
from driverenv.stories.chronicle import Chronicle
from driverenv.stories.reporting.texts import block, plain, several

MOST_LAUNCHES = 60
_MOST_FAILURES = 5
"""Receipts of failures that are read, of one driver."""
_MOST_SIDES, _MOST_FACTS = 8, 40
_NAME = re.compile(r"[\w.-]+")
_LARGEST = 32 * 1024 * 1024


def state(told: Chronicle) -> str:
    """How the driver is, by its last launch and what is left of its environment."""
    last = told.launches[-1] if told.launches else None
    current = next((one for one in told.states if one.is_current), None)
    if last is not None and last.how in ("failed", "stale"):
        return FAILS if last.how == "failed" else STALE
    if current is not None and current.is_pinned:
        return BACK
    return REMOVED if current is not None and not current.is_there else WELL


def newest(told: Chronicle) -> tuple[Launch, ...]:
    """The newest launches, the oldest of them first."""
    return tuple(
        Launch(one.when, one.seconds, one.how, one.generation, plain(one.code, 100))
        for one in told.launches[-MOST_LAUNCHES:]
    )


def troubles(shown: str, told: Chronicle) -> Iterator[Trouble]:
    """The launches that failed or were stale; those in a row that went alike are one."""
    for (how, code), rows in groupby(told.launches, lambda one: (one.how, one.code)):
        alike = list(rows)
        if how in ("failed", "stale"):
            yield Trouble(alike[-1].when, shown, how, plain(code, 100), len(alike), alike[0].when)


def counts(told: Chronicle) -> tuple[tuple[str, int], ...]:
    """How many launches went how; the most first."""
    return tuple(Counter(one.how for one in told.launches).most_common())


def failures(
    home: str, name: str, driver: str, *, alone: bool
) -> tuple[tuple[Failure, ...], tuple[Unread, ...]]:
    """The failures of a driver that differ, the newest first; and the receipts that cannot be read.

    `alone`: no other driver has its name, so receipts of other paths are its own.
    """
    mark = f"-{failure.mark_of(driver)}.json"
    there = sorted(failure.folder_of(home, name).glob("*.json*"), key=lambda one: one.name, reverse=True)
    own = [one for one in there if not one.name.startswith(".") and (alone or mark in one.name)]
    found: dict[tuple[str, str], Failure] = {}
    unread = []
    for path in own[:_MOST_FAILURES]:
        try:
            one = _failure(path)
        except (DriverEnvError, OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
            why = error.summary if isinstance(error, DriverEnvError) else str(error)
            unread.append(Unread(plain(path), plain(why)))
        else:
            found.setdefault((one.code, one.summary), one)
    return tuple(found.values()), tuple(unread)


def _failure(path: Path) -> Failure:
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is no file")
    if status.st_size > _LARGEST:
        raise ValueError(f"it is larger than {_LARGEST // 1024 // 1024} MiB")
    read = failure.read(path)
    error, target = read.error, read.record.target
    return Failure(
        when=plain(read.when, 40),
        code=plain(error.code, 100),
        summary=plain(error.summary),
        facts=tuple(Said(plain(label, 100), block(text)) for label, text in error.facts[:_MOST_FACTS]),
        remedies=tuple(map(block, error.remedies[:_MOST_SIDES])),
        sides=_sides(error.data.get("sides")),
        receipt=plain(path),
        python="" if target is None else plain(target.short),
    )


def _sides(found: Any) -> tuple[Side, ...]:  # noqa: ANN401 (JSON)
    """Who demands what of the projects that they contradict each other about, where the error tells it; once each."""
    if not isinstance(found, list):
        return ()
    sides = [Side(plain(one["requirement"]), several(one["chain"], 12)) for one in found if _is_side(one)]
    names = Counter(_project(one) for one in dict.fromkeys(sides))
    knots = [one for one in sides if names[_project(one)] > 1]
    return tuple(dict.fromkeys(knots or sides))[:_MOST_SIDES]


def _project(one: Side) -> str:
    found = _NAME.match(one.requirement)
    return found[0].lower() if found else ""


def _is_side(one: Any) -> bool:  # noqa: ANN401 (JSON)
    return isinstance(one, dict) and "requirement" in one and isinstance(one.get("chain"), list)
