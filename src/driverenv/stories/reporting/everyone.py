"""Every driver that a report is about, with its launches; and what of them cannot be read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from driverenv.errors import HomeUnusable
from driverenv.generations import Drivers, Found
from driverenv.records import history
from driverenv.report.content import Driver, Unread
from driverenv.stories import chronicle, inventory
from driverenv.stories.chronicle import Chronicle
from driverenv.stories.reporting import drivers
from driverenv.stories.reporting.scope import Scope, is_key, is_path
from driverenv.stories.reporting.texts import plain

_MOST_PATHS = 100
"""Drivers of one name that never came to an environment."""
_ODD = (TypeError, ValueError, AttributeError, OSError)


class One(NamedTuple):
    """A driver, and what it was told by."""

    driver: Driver
    told: Chronicle
    alone: bool
    """Whether no other driver has its name."""


def everyone(meant: Scope) -> tuple[list[One], list[Unread]]:
    """The drivers that are meant, in order of names. Raises `HomeUnusable`."""
    there = list(Drivers(meant.home))
    unread: list[Unread] = []
    found: list[One] = []
    named: dict[str, list[Found]] = {}
    for one in there:
        if not is_path(one.lineage.name) or not is_path(one.lineage.driver):
            unread.append(Unread(plain(one.folder), "its name, or its driver's path, cannot be one"))
            continue
        named.setdefault(one.lineage.name, []).append(one)
    for name, rows in named.items():
        if any(_is_meant(meant, one) for one in rows):
            found += _of_name(meant, name, rows, unread)
    if not meant.key:
        found += (
            one for name in history.names(meant.home) if name not in named for one in _failed(meant, name)
        )
    if not meant.driver and not meant.key:
        unread += _unreadable(meant.home, {one.shown for one in there})
    return sorted(found, key=lambda one: (one.driver.shown.casefold(), one.driver.path)), unread


def _is_meant(meant: Scope, one: Found) -> bool:
    if meant.key:
        return any(row.key == meant.key for row in one.lineage.generations)
    return meant.driver in ("", one.shown)


def _of_name(meant: Scope, name: str, rows: list[Found], unread: list[Unread]) -> Iterator[One]:
    written = history.read(meant.home, name)
    for one in rows:
        if not _is_meant(meant, one):
            continue
        try:
            if not all(is_key(row.key) for row in one.lineage.generations):
                raise ValueError("a generation has no key")
            known = inventory.look_at(meant.home, one)
            others = {row.lineage.driver for row in rows if row is not one}
            told = chronicle.of(meant.home, known, others, written)
            yield One(drivers.outline(told, name, meant.key), told, alone=len(rows) == 1)
        except _ODD as error:
            unread.append(Unread(plain(one.folder), plain(f"it is malformed: {error}")))


def _failed(meant: Scope, name: str) -> Iterator[One]:
    """Drivers of a name that never came to an environment."""
    if meant.driver in ("", name):
        found = chronicle.of_nobody(meant.home, name, history.read(meant.home, name))[:_MOST_PATHS]
        yield from (One(drivers.outline(told, name), told, alone=len(found) == 1) for told in found)


def _unreadable(home: str, read: set[str]) -> Iterator[Unread]:
    """What lies among the drivers, and says nothing."""
    folder = Path(home, "drivers")
    try:
        names = sorted(one.name for one in os.scandir(folder) if not one.name.startswith("."))
    except FileNotFoundError:
        return
    except OSError as error:
        raise HomeUnusable(f"the drivers cannot be listed: {error.strerror}") from error
    for name in names:
        if name not in read:
            yield Unread(plain(folder / name), "it says nothing readable of a driver")
