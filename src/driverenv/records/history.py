"""The lines of the ledger, read again. What is damaged is passed over, and counted."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator
from typing import NamedTuple

from driverenv import _fs, ledger

_MOST_READ = 4 * ledger.MOST_BYTES
"""Bytes of a file that are read, from its end: driverenv's own are no longer than a fourth of it."""
_LATEST = 253_402_300_799.0
"""The last second of the year 9999."""


class Line(NamedTuple):
    """One launch."""

    when: float
    """Its end, in seconds since the epoch."""
    seconds: float
    how: str
    """A stable word: "ready" (its environment was there, nobody was asked), "made" (a new one was made), "checked" (the
    indexes were asked, and it is the one that was there), "mended" (it was not what it was made, so it was made again),
    "stale" (an index did not answer, so the last answer was used), "refreshing" (that was
    used once more, while the indexes were asked in the background), "pinned" (somebody had gone back to it), "instance" (nobody was asked, as with
    "ready", and the launch got an environment of its own like it), "failed"."""
    what: str
    """The key of the environment, or the code of the error."""
    ask: str
    """The key of the request."""
    receipt: str
    """The name of the receipt of a failed launch, in the driver's folder below ``failures``; "" where there is none."""
    driver: str
    """Its path then."""


class Ledger(NamedTuple):
    """What was written down of all drivers of one readable name."""

    lines: tuple[Line, ...]
    """The oldest first."""
    damaged: int
    """So many lines could not be read."""


HOW = frozenset(
    {
        ledger.READY,
        ledger.MADE,
        ledger.CHECKED,
        ledger.MENDED,
        ledger.STALE,
        ledger.REFRESHING,
        ledger.PINNED,
        ledger.FAILED,
        ledger.INSTANCE,
    }
)


def read(home: str, name: str) -> Ledger:
    """Everything that is written down of drivers with this readable name; nothing where there is no file."""
    path = ledger.path_of(home, name)
    found = [_line(row) for one in (path + ledger.BEFORE, path) for row in _rows(one)]
    lines = [one for one in found if one is not None]
    # Launches that end at the same time write in any order, and clocks are set: what was written first stays first.
    return Ledger(tuple(lines), len(found) - len(lines))


def names(home: str) -> list[str]:
    """The readable names of which anything is written down."""
    try:
        there = os.listdir(os.path.join(home, ledger.FOLDER))
    except OSError:
        return []
    found = {
        one.removesuffix(ledger.BEFORE).removesuffix(ledger.SUFFIX) for one in there if ledger.SUFFIX in one
    }
    return sorted(found)


def _rows(path: str) -> Iterator[bytes]:
    """Lines that are not empty, of the file's end; the first one may be cut."""
    data = b""
    with contextlib.suppress(OSError), _fs.opened(path) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - _MOST_READ))
        data = file.read(_MOST_READ)
    return filter(None, data.split(b"\n"))


def _line(row: bytes) -> Line | None:
    parts = row.decode("utf-8", "surrogateescape").split("\t")
    if len(parts) != len(Line._fields) + 2 or (parts[0], parts[-1]) != (ledger.FORMAT, ledger.END):
        return None
    when, seconds, how, *rest = map(ledger.plain, parts[1:-1])
    try:
        moment, spent = float(when), float(seconds)
    except ValueError:
        return None
    if how not in HOW or not math.isfinite(spent) or not 0 <= moment <= _LATEST:
        return None
    return Line(moment, spent, how, *rest)
