"""Open what was handed over as a driver, whatever its form, and find the driver's own folder in it.

A path may lead into a zip: ``Shell.zip/Driver.zip`` is the driver zip inside of a shell's zip.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from driverenv import lease
from driverenv.driver import metadata
from driverenv.driver.metadata import Metadata
from driverenv.driver.zips import Zip
from driverenv.errors import ArchiveRejected, RequirementsInvalid, foreign

MARKS = ("driver.py", metadata.NAME, "main.py", "__main__.py", "requirements.txt")
"""A folder with one of these is a driver's."""

_DEPTH = 3
"""How many zips may lie inside each other."""
_INSIDE = 500
"""How many zips of one level are looked into."""
_SCRIPTS = (".py", ".pyw")


@dataclass(frozen=True, slots=True)
class Driver:
    """A driver whose files can be read."""

    path: Path
    """Its folder; or the script, requirements, project or lock file that was named."""
    shown: str
    """What messages call `path`: the zip and the way inside it, where it came out of one."""
    metadata: Metadata | None
    """None where it has no ``drivermetadata.xml``."""
    inputs: tuple[str, ...]
    """Absolute paths of the files that were read, or looked for."""
    unpacked: bool = False
    leases: tuple[str, ...] = ()
    """The files of leases that keep it where it was extracted; whoever runs from there takes them."""


def is_package(path: str) -> bool:
    """Whether `path` names a zip, or something inside of one; decided by its name alone."""
    return any(
        part.lower().endswith(".zip") for part in path.replace("\\", "/").split("/")
    ) and not os.path.isdir(path)


@contextlib.contextmanager
def opened(path: Path, *, scratch: Path) -> Iterator[Driver]:
    """The driver at `path`; a zip is extracted below the folder `scratch` (made if missing), and removed at the end.

    Raises:
        RequirementsInvalid: `REQUIREMENTS_MISSING`: it is not there; `DRIVER_INVALID`: there is no driver in it,
            or several; or its metadata cannot be read.
        ArchiveRejected: a zip breaks a rule of archives; nothing of it was written.
    """
    if not is_package(str(path)):
        yield _plain(path)
        return
    archive, inside = _split(path)
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(open(archive, "rb"))
        except OSError as error:
            raise _missing(path, error) from error
        with _rejections_of_drivers():
            found, below = _find(Zip(file, str(archive)), inside)
            scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
            place = tempfile.mkdtemp(prefix="driver-", dir=scratch)
            stack.callback(shutil.rmtree, place, ignore_errors=True)
            held = os.path.join(place, lease.NAME)
            lease.make(held)
            stack.enter_context(lease.Lease(held))
            folder = Path(place, PurePosixPath(found.shown).stem)
            found.extract(folder, below)
        shown = f"{found.shown}/{below}" if below else found.shown
        driver = _plain(folder, shown)
        inputs = (os.path.abspath(archive),)
        yield Driver(folder, shown, driver.metadata, inputs, unpacked=True, leases=(held,))


def _plain(path: Path, shown: str = "") -> Driver:
    """A folder (messages call it `shown`), or a file; the metadata lies in its folder, or one folder down."""
    folder = path if path.is_dir() else path.parent
    places = [folder / metadata.NAME]
    if path.is_dir() and not any((folder / mark).is_file() for mark in MARKS):
        with contextlib.suppress(OSError):
            places += sorted(entry / metadata.NAME for entry in folder.iterdir() if entry.is_dir())
    there = [place for place in places if place.is_file()]
    inputs = tuple(os.path.abspath(place) for place in (there or places[:1]))
    if path.suffix.lower() in _SCRIPTS or len(there) != 1:
        return Driver(path, str(path), None, inputs)
    try:
        with open(there[0], "rb") as file:
            data = file.read(metadata.SIZE + 1)
    except OSError as error:
        raise _missing(there[0], error) from error
    named = f"{shown}/{there[0].relative_to(path).as_posix()}" if shown else str(there[0])
    return Driver(path, str(path), metadata.parse(data, named), inputs)


def _split(path: Path) -> tuple[Path, tuple[str, ...]]:
    """The zip on disk, and the parts of the way inside of it."""
    parts = path.parts
    for count in range(1, len(parts) + 1):
        if parts[count - 1].lower().endswith(".zip"):
            outer = Path(*parts[:count])
            if not outer.is_dir():
                return outer, parts[count:]
    return path, ()


def _find(archive: Zip, inside: tuple[str, ...], depth: int = 0) -> tuple[Zip, str]:
    """The zip that holds the driver, and the folder of the driver in it ("" for its top)."""
    if inside:
        return _follow(archive, inside, depth)
    folders = _folders_of_drivers(archive)
    if len(folders) == 1:
        return archive, folders[0]
    if depth >= _DEPTH:
        raise _invalid(archive.shown, f"zips lie more than {_DEPTH} deep inside each other")
    found, broken = _inner(archive, depth)
    found += [(archive, below) for below in folders]
    if not found:
        if broken:
            raise broken[0]
        there = f"none of {', '.join(MARKS)} at its top or one folder down"
        raise _invalid(archive.shown, f"there is no driver in it: {there}")
    if len(found) > 1:
        several = [f"{one.shown}/{below}" if below else one.shown for one, below in found]
        raise _invalid(archive.shown, f"there are {len(found)} drivers in it", *several)
    return found[0]


def _inner(archive: Zip, depth: int) -> tuple[list[tuple[Zip, str]], list[ArchiveRejected]]:
    """The drivers in the zips inside; and why some of these zips cannot be read."""
    found: list[tuple[Zip, str]] = []
    broken: list[ArchiveRejected] = []
    for name in sorted(name for name in archive.files if name.lower().endswith(".zip"))[:_INSIDE]:
        try:
            found.append(_find(archive.inner(name), (), depth + 1))
        except RequirementsInvalid:
            continue
        except ArchiveRejected as error:
            if archive.is_exhausted:  # what was not looked into may be the driver, or another one
                raise
            broken.append(error)
    return found, broken


def _follow(archive: Zip, inside: tuple[str, ...], depth: int) -> tuple[Zip, str]:
    for count in range(len(inside), 0, -1):
        name = "/".join(inside[:count])
        if name in archive.files and name.lower().endswith(".zip") and depth < _DEPTH:
            return _find(archive.inner(name), inside[count:], depth + 1)
    below = "/".join(inside)
    if any(name.startswith(f"{below}/") for name in archive.files):
        return archive, below
    there = sorted(name for name in archive.files if name.lower().endswith(".zip"))
    raise _invalid(
        archive.shown, f"there is no {below} in it", *(f"{archive.shown}/{name}" for name in there)
    )


def _folders_of_drivers(archive: Zip) -> list[str]:
    """The top ("") alone where it is a driver's, else the folders right below it that are."""
    folders = {name.rpartition("/")[0] for name in archive.files if name.rpartition("/")[2].lower() in MARKS}
    return [""] if "" in folders else sorted(folder for folder in folders if "/" not in folder)


@contextlib.contextmanager
def _rejections_of_drivers() -> Iterator[None]:
    """A zip of a driver is not mended on an index."""
    try:
        yield
    except ArchiveRejected as error:
        raise ArchiveRejected(
            error.summary,
            facts=error.facts,
            remedies=("pack the driver again, with a current zip tool, from its own folder",),
            data=error.data,
        ) from error


def _missing(path: Path, error: OSError) -> RequirementsInvalid:
    why = "is not there" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
    return RequirementsInvalid(
        f"{foreign(path)} {why}",
        code="REQUIREMENTS_MISSING",
        remedies=(
            "give the path of a driver's folder, of its zip or script, or of a requirements file there",
        ),
        data={"driver": str(path)},
    )


def _invalid(shown: str, detail: str, *choices: str) -> RequirementsInvalid:
    facts = tuple(("there", foreign(choice)) for choice in choices[:20])
    remedy = (
        "name the one that is meant"
        if choices
        else "give the zip of a driver, or of a shell with a driver in it"
    )
    example = f": {foreign(choices[0])}" if choices else ""
    return RequirementsInvalid(
        f"{foreign(shown)}: {foreign(detail)}",
        code=metadata.CODE,
        facts=facts,
        remedies=(remedy + example,),
        data={"driver": shown, "choices": list(choices)},
    )
