"""What a home takes on the disk, part by part, for a report."""

from __future__ import annotations

import os
from pathlib import Path

from driverenv.errors import HomeUnusable
from driverenv.report.content import Place
from driverenv.stories.holdings import Holdings, holdings
from driverenv.stories.leftovers import size_of
from driverenv.stories.reporting.texts import plain

MOST_MEASURED = 1_000
"""Environments that are measured, file by file."""
_MOST = 30
_OTHERS = {
    "folders": "images of empty environments",
    "documents": "what is known of files, Pythons and builds",
    "logs": "logs of builds",
    "failures": "receipts of failed launches",
    "history": "a line for each launch",
    "answers": "answers of indexes",
    "quarantine": "damaged things, as they were found",
    "trash": "what a collection left",
    "staging": "what is being made",
    "launches": "drivers that came in a zip",
    "drivers": "which environments each driver had",
    "asks": "which environment answers which request",
    "names": "what was local once",
}


def keys(home: str) -> tuple[str, ...]:
    """The keys of the environments that are there, sorted."""
    try:
        found = [one.name for one in os.scandir(os.path.join(home, "environments")) if one.is_dir()]
    except OSError:
        return ()
    return tuple(sorted(name for name in found if not name.startswith(".")))


def sizes(home: str, wanted: tuple[str, ...]) -> dict[str, int]:
    """The bytes that removing each of these environments frees; those beyond `MOST_MEASURED` are left out."""
    return {key: size_of(Path(home, "environments", key)) for key in wanted[:MOST_MEASURED]}


def places(home: str, measured: dict[str, int]) -> tuple[Place, ...]:
    """The parts of the home, the largest first; those that take nothing are left out."""
    rows = [Place("environments", "own files; code is shared with the store", sum(measured.values()))]
    found = _holdings(home)
    rows += [
        Place("wheels", "unpacked, and their byte code", sum(one.files for one in found.rows)),
        Place("archives", "as they were downloaded or built", sum(one.archive for one in found.rows)),
        *(
            Place(plain(name, 100), _OTHERS.get(name, ""), size_of(Path(home, name)))
            for name in _others(home)
        ),
    ]
    return tuple(sorted((one for one in rows if one.size), key=lambda one: (-one.size, one.name))[:_MOST])


def _others(home: str) -> list[str]:
    """What else is in the home folder, be it of others."""
    try:
        found = sorted(os.listdir(home))
    except OSError:
        return []
    return [name for name in found if name not in ("environments", "wheels", "archives")]


def _holdings(home: str) -> Holdings:
    try:
        return holdings(home)
    except HomeUnusable:
        return Holdings((), {})
