"""Small things that nobody needs any more: answers to requests, extracted drivers, logs, forgotten drivers."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from driverenv import _fs, lease, ledger, warm
from driverenv.generations import Drivers
from driverenv.store import Store
from driverenv.stories import oblivion

ANSWER, EXTRACTED, LOG, DRIVER, EDITS = "answer", "extracted driver", "log", "driver", "edits"
MEMORY = "memory"
_HOUR = 3600.0
_ABSENT = "-"


class Collected(NamedTuple):
    """One thing that goes, or stays, and why."""

    kind: str
    """"environment", "answer", "extracted driver", "log", "driver", "edits", "memory", "wheel", "archive", or "trash"."""
    path: str
    why: str
    """A sentence's end, for people."""
    size: int = 0
    """Bytes that are freed."""
    stays: bool = False


class _Answer(NamedTuple):
    path: Path
    key: str
    """Of the environment."""
    prefix: str
    checked: float
    """In seconds since the epoch."""
    inputs: tuple[str, ...] = ()
    """Files that were there, and that it depends on."""


def answered(home: Path) -> dict[str, float]:
    """When each environment answered a request last, by key; seconds since the epoch."""
    found: dict[str, float] = {}
    for one in _answers(home / "asks"):
        found[one.key] = max(one.checked, found.get(one.key, 0.0))
    return found


def answers_with(home: Path, keys: frozenset[str]) -> list[Path]:
    """The records of answers that lead to environments with these keys."""
    return [one.path for one in _answers(home / "asks") if one.key in keys]


def sweep(home: Path, store: Store, *, since: float, dry_run: bool) -> list[Collected]:
    """What is not needed any more; removed, unless it is a `dry_run`.

    `since`, in seconds since the epoch: what is older is old. Raises `HomeUnusable`.
    """
    items = [*_stale_answers(home, since), *_extracted(home, dry_run=dry_run), *_old_logs(store, since)]
    forgotten = list(_forgotten(home, since, dry_run=dry_run))
    items += _edits(home, {one.path for one in forgotten})
    items += [
        Collected(MEMORY, str(one.folder), f"{one.what}: {one.number:,} of them are old", one.size)
        for one in oblivion.forget(home, since, dry_run=dry_run)
    ]
    items += [*forgotten, *_histories(home, since, {one.path for one in forgotten})]
    for item in items:
        if not dry_run and item.kind in (ANSWER, LOG, EDITS):
            with contextlib.suppress(OSError):
                os.unlink(item.path)
    if not dry_run:
        with store.staging():  # what dead processes left there is swept by whoever stages
            pass
    return items


def _answers(folder: Path) -> Iterator[_Answer]:
    """Every record of an answer; what is none has neither key nor prefix."""
    for path in _files(folder):
        try:
            lines = _fs.read(path).decode("utf-8", "surrogateescape").split("\n")
        except OSError:
            continue
        rows = [line.partition(" ") for line in (lines if lines[0] == warm.HEADER else ())]
        fields = dict(rest.partition(" ")[::2] for kind, _, rest in rows if kind == "field")
        times = [rest for kind, _, rest in rows if kind == "checked"]
        seen = [rest.partition(" ") for kind, _, rest in rows if kind == "input"]
        inputs = tuple(place for print_, _, place in seen if print_ != _ABSENT)
        yield _Answer(path, fields.get("key", ""), fields.get("prefix", ""), _seconds(times), inputs)


def _seconds(rows: list[str]) -> float:
    try:
        return float(rows[0].split(" ")[0])
    except (IndexError, ValueError):
        return 0.0


def _files(folder: Path) -> Iterator[Path]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for name in names:
        if not name.startswith("."):
            yield folder / name


def _stale_answers(home: Path, since: float) -> Iterator[Collected]:
    """Where drivers are unpacked elsewhere each time nobody ever asks for the old answers again."""
    for folder in (home / "asks", home / "lane" / "asks"):
        for one in _answers(folder):
            if not one.prefix or not os.path.isdir(one.prefix):
                yield Collected(ANSWER, str(one.path), "its environment is gone", size_of(one.path))
            elif one.checked < since and not all(map(os.path.lexists, one.inputs)):
                yield Collected(ANSWER, str(one.path), "its driver is gone", size_of(one.path))


def _extracted(home: Path, *, dry_run: bool) -> Iterator[Collected]:
    """Drivers that came in a zip, whose launch did not come to its end, and from which nobody runs."""
    for folder in _files(home / "launches"):
        path = folder / lease.NAME
        if not path.exists() and _is_young(folder):
            continue  # it is being extracted
        claimed = lease.claim(str(path))
        if claimed is None:
            continue
        try:
            size = size_of(folder)
            if not dry_run:
                _fs.remove(folder)
        finally:
            lease.release(claimed)
        yield Collected(EXTRACTED, str(folder), "its launch is over", size)


def _is_young(folder: Path) -> bool:
    """Whether it is younger than the newest thing beside it, or not an hour older: no clock is asked."""
    times = [path.stat().st_mtime for path in _files(folder.parent) if path.exists()]
    return folder.stat().st_mtime > max(times, default=0.0) - _HOUR


def _old_logs(store: Store, since: float) -> Iterator[Collected]:
    for path in _files(store.logs):
        with contextlib.suppress(OSError):
            status = path.stat()
            if stat.S_ISREG(status.st_mode) and status.st_mtime < since:
                yield Collected(LOG, str(path), "it is old", status.st_size)


def _forgotten(home: Path, since: float, *, dry_run: bool) -> Iterator[Collected]:
    """Drivers that are not there any more, and have no environment left."""
    drivers = Drivers(str(home))
    for one in drivers:
        keys = [generation.key for generation in one.lineage.generations]
        if any((home / "environments" / key).is_dir() for key in keys) or os.path.lexists(one.lineage.driver):
            continue
        if _made(one.folder) < since and (dry_run or drivers.remove(one)):
            yield Collected(DRIVER, str(one.folder), "the driver is gone, and has no environment left")


def _histories(home: Path, since: float, forgotten: set[str]) -> Iterator[Collected]:
    """What was written down of launches of drivers that nobody knows any more."""
    known = {one.lineage.name for one in Drivers(str(home)) if str(one.folder) not in forgotten}
    for path in _files(home / ledger.FOLDER):
        with contextlib.suppress(OSError):
            status = path.stat()
            name = path.name.removesuffix(ledger.BEFORE).removesuffix(ledger.SUFFIX)
            if name not in known and stat.S_ISREG(status.st_mode) and status.st_mtime < since:
                yield Collected(LOG, str(path), "its driver is forgotten", status.st_size)


def _edits(home: Path, forgotten: set[str]) -> Iterator[Collected]:
    """What was edited in environments that no driver remembers."""
    known = {
        generation.key
        for one in Drivers(str(home))
        if str(one.folder) not in forgotten
        for generation in one.lineage.generations
    }
    for path in oblivion.files(home / "documents" / EDITS, "*/*"):
        if path.name not in known:
            yield Collected(EDITS, str(path), "no driver remembers its environment", size_of(path))


def _made(folder: Path) -> float:
    return max((path.lstat().st_mtime for path in _files(folder)), default=0.0)


def size_of(path: Path) -> int:
    """The bytes that removing `path` frees: of files that have no other name."""
    total = 0
    stack = [str(path)]
    while stack:
        one = stack.pop()
        with contextlib.suppress(OSError):
            status = os.lstat(one)
            if stat.S_ISDIR(status.st_mode):
                stack += [entry.path for entry in os.scandir(one)]
            elif status.st_nlink == 1:
                total += status.st_size
    return total
