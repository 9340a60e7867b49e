"""Which drivers there are: those that this server has launched, and those in a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from driverenv.driver import MARKS
from driverenv.errors import RequirementsInvalid, foreign
from driverenv.generations import Drivers
from driverenv.stories.site import readable_stem

_LISTS = (".txt", ".in", ".toml")


class Member(NamedTuple):
    """A driver that could be launched."""

    name: str
    """Its readable name."""
    driver: str
    """Absolute path, as a request has it."""
    python: str = ""
    """The Python that its last launch had, a full version; "" where that is not known: then by its own metadata."""


def known(home: str) -> tuple[Member, ...]:
    """The drivers that were launched with this home and are still there, in order of names. Raises `HomeUnusable`."""
    found = []
    for one in Drivers(home):
        lineage = one.lineage
        current = lineage.find(lineage.current)
        if os.path.exists(_outermost(lineage.driver)):
            found.append(Member(lineage.name, lineage.driver, current.python if current else ""))
    return tuple(sorted(found))


def _outermost(driver: str) -> str:
    """The path itself, or the zip that it leads into."""
    path = Path(driver)
    zips = [one for one in (path, *path.parents) if one.suffix.lower() == ".zip" and one.is_file()]
    return str(zips[-1]) if zips else driver


def in_folder(folder: str) -> tuple[Member, ...]:
    """The drivers in a folder, in order of names: it is one itself, or has folders, zips, scripts or lists of some.

    Raises `RequirementsInvalid` (`REQUIREMENTS_MISSING`) where there is none.
    """
    place = os.path.abspath(folder)
    found = [place] if _is_driver(Path(place)) else sorted(_inside(place))
    if not found:
        raise RequirementsInvalid(
            f"there is no driver in {foreign(folder)}",
            code="REQUIREMENTS_MISSING",
            remedies=("give a driver's folder or zip, a requirements file, or a folder with such in it",),
            data={"driver": place},
        )
    return tuple(Member(_name(path), path) for path in found)


def _inside(folder: str) -> Iterator[str]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if not entry.name.startswith(".") and _is_driver(Path(entry.path)):
            yield entry.path


def _is_driver(path: Path) -> bool:
    if path.is_dir():
        return any((path / mark).is_file() for mark in MARKS)
    return path.is_file() and path.suffix.lower() in (".zip", ".py", *_LISTS)


def _name(path: str) -> str:
    """A list of requirements among others is called by its own name."""
    stem, dot, ending = os.path.basename(path).rpartition(".")
    is_list = os.path.isfile(path) and f"{dot}{ending}".lower() in _LISTS and stem != "requirements"
    return stem if is_list else readable_stem(path)
