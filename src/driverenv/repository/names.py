"""What the name of a distribution file says by the rules (PEP 427, PEP 625), whatever an index makes of it. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from packaging.utils import InvalidWheelFilename, NormalizedName, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from driverenv.model.filenames import SDISTS, passed_by

_WHEEL_CUT = re.compile(r"(.+?)-\d.*?-")
_SDIST_CUT = re.compile(r"-\d+[a-z_.!+]", re.IGNORECASE)


class Named(NamedTuple):
    """One way to read a file's name."""

    filename: str
    project: NormalizedName
    version: str
    """As PEP 440 writes it."""
    is_wheel: bool
    tags: tuple[str, ...] = ()
    """Of a wheel, sorted: "py3-none-any"."""


def readings(filename: str) -> tuple[Named, ...]:
    """Every way to read the name as a wheel's or an sdist's, the likeliest first; none where it is neither's.

    The name of a wheel says one thing. That of an sdist may be cut in more than one place
    (`widget-1.0-1.tar.gz`); its metadata tells which one is meant.
    """
    if filename.lower().endswith(".whl"):
        return _wheel(filename)
    extension = next((one for one in SDISTS if filename.lower().endswith(one)), "")
    stem = filename[: -len(extension)] if extension else ""
    cuts = [at for at, letter in enumerate(stem) if letter == "-" and at]
    found = [_sdist(filename, stem[:at], stem[at + 1 :]) for at in reversed(cuts)]
    return tuple(one for one in found if one is not None)


def _wheel(filename: str) -> tuple[Named, ...]:
    try:
        project, version, _, tags = parse_wheel_filename(filename[:-4] + ".whl")
    except (InvalidWheelFilename, ValueError):
        return ()
    return (Named(filename, project, str(version), True, tuple(sorted(map(str, tags)))),)


def _sdist(filename: str, name: str, text: str) -> Named | None:
    try:
        project, version = canonicalize_name(name, validate=True), Version(text)
    except ValueError:  # InvalidName, InvalidVersion, or more digits than Python converts
        return None
    return Named(filename, project, str(version), is_wheel=False)


def why_not(filename: str) -> str:
    """Why a file of this name is nothing that a launch could use, as a sentence's end; "" where it may be."""
    if readings(filename):
        return ""
    lower = filename.lower()
    if what := passed_by(filename):
        return f"it is {what}"
    if lower.endswith(".whl"):
        return "its name is none that a wheel can have (PEP 427)"
    if lower.endswith(SDISTS):
        return "no project and version can be told from its name"
    return "it is neither a wheel nor an sdist"


def listed_as(filename: str) -> str:
    """The project under which a pypiserver lists the file; "" where it does not list it.

    It cuts an sdist's name at the first hyphen before a number that goes on with a letter, a dot or the like, and
    a wheel's at the first one before any digit.
    """
    lower = filename.lower()
    if lower.endswith(".whl"):
        found = _WHEEL_CUT.match(filename)
        return canonicalize_name(found[1]) if found else ""
    extension = next((one for one in SDISTS if lower.endswith(one)), "")
    stem = filename[: -len(extension)] if extension else ""
    if stem.count("-") < 2:  # noqa: PLR2004 (nothing to choose)
        return canonicalize_name(stem.partition("-")[0])
    head = _SDIST_CUT.split(stem, maxsplit=1)[0] if "." in stem else stem.rpartition("-")[0]
    return canonicalize_name(head)
