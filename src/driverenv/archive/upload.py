"""A file as an upload would be looked at: nothing is known of it but its name and its content."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    NormalizedName,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from driverenv.archive import sdist, wheel
from driverenv.archive.rules import Label


class Identity(NamedTuple):
    """What a file is that keeps every rule."""

    project: NormalizedName
    version: Version
    is_wheel: bool


class Content(NamedTuple):
    """What a good file says."""

    metadata: bytes | None
    """METADATA or PKG-INFO; None for an sdist that must be built to know what it needs."""
    notes: tuple[str, ...]
    """How a wheel differs from its RECORD; only ever filled where it was not read strictly."""


def read(path: Path, *, project: str, version: str, filename: str, strict: bool = True) -> Content:
    """Read the whole wheel or sdist at `path`, which is offered as `filename` of this project; nothing is written.

    Raises `ArchiveRejected`, and `OSError` where it cannot be read.
    """
    offered = {"project": project, "version": version, "filename": filename}
    if filename.lower().endswith(".whl"):
        found = wheel.Offer(Label(filename), project, version, strict).check(path)
        return Content(wheel.read_metadata(path, **offered), found.notes)
    sdist.check(path, **offered)
    return Content(sdist.static_metadata(path, **offered), ())


def inspect(path: Path, filename: str = "") -> Identity:
    """Read the whole wheel or sdist at `path` by the same rules as what an index serves; nothing is written.

    Args:
        path: the file.
        filename: the name that it is to have on the index; that of `path` by default.

    Raises:
        ArchiveRejected: it breaks a rule, which `data["rule"]` names, with the member and the file.
        OSError: it cannot be read.
    """
    name = filename or path.name
    label = Label(name)
    is_wheel = name.lower().endswith(".whl")
    try:
        if is_wheel:
            project, version, _, _ = parse_wheel_filename(name)
        else:
            project, version = parse_sdist_filename(name)
    except (InvalidWheelFilename, InvalidSdistFilename) as error:
        label.refuse("file-name", f"its name is that of no wheel and no sdist ({error})")
    except ValueError:  # more digits than Python converts
        label.refuse("file-name", "its name has a number that is far too long")
    read(path, project=project, version=str(version), filename=name)
    return Identity(project, version, is_wheel)
