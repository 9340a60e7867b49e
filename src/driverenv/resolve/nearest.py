"""What comes nearest to what was asked for: a version, a file for another platform or Python, a name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from driverenv.errors import foreign
from driverenv.model.requirement import Target
from driverenv.model.resolution import Rejection

_COMPARABLE = 5
"""Letters: names shorter than this are all alike."""
_ALIKE = (("0", "o"), ("1", "l"), ("i", "l"), ("rn", "m"), ("vv", "w"))
_SHOWN = 3
_LOWER = (">", ">=", "~=", "==")
_UPPER = ("<", "<=", "~=", "==")


class Misfit(NamedTuple):
    """A file for something else, and in which way."""

    filename: str
    tags: str
    python: str
    """What Python it is for, where that is the trouble; else empty."""
    platform: str
    """What platform it is for, where that is the trouble; else empty."""

    def __str__(self) -> str:
        """One line for people."""
        parts = []
        if self.python:
            parts.append(f"another Python ({foreign(self.python, limit=40)})")
        if self.platform:
            parts.append(f"another platform ({foreign(self.platform, limit=60)})")
        return f"{foreign(self.filename)} is for {' and '.join(parts) or 'another combination of Python, ABI and platform'}"


def nearest_file(rejections: Iterable[Rejection], target: Target) -> Misfit | None:
    """The wheel with the wrong tags that comes nearest: the same Python before the same platform, the newest first."""
    found = [
        (_distance(misfit), rejection.version or Version("0"), misfit)
        for rejection in rejections
        if rejection.reason == "tag" and (misfit := _misfit(rejection.filename, target)) is not None
    ]
    if not found:
        return None
    least = min(distance for distance, _, _ in found)
    best = [(version, misfit) for distance, version, misfit in found if distance == least]
    newest = max(version for version, _ in best)
    return min((misfit for version, misfit in best if version == newest), key=lambda one: one.filename)


def _distance(misfit: Misfit) -> tuple[int, bool]:
    return bool(misfit.python) + bool(misfit.platform), bool(misfit.python)


def _misfit(filename: str, target: Target) -> Misfit | None:
    parts = filename[:-4].rsplit("-", 3)
    if len(parts) != 4:  # noqa: PLR2004 (name, Python, ABI, platform)
        return None
    python, abi, platform = parts[1].lower(), parts[2].lower(), parts[3].lower()
    known = [tag.split("-") for tag in target.tags]
    platforms = {one[2] for one in known}
    pairs = {(one[0], one[1]) for one in known}
    fits_python = any((one, other) in pairs for one in python.split(".") for other in abi.split("."))
    fits_platform = not platforms.isdisjoint(platform.split("."))
    return Misfit(
        filename,
        "-".join(parts[1:]),
        "" if fits_python else (python if abi in ("none", python, "abi3") else f"{python}-{abi}"),
        "" if fits_platform else platform,
    )


def nearest_versions(
    versions: Iterable[Version], specifiers: Sequence[SpecifierSet]
) -> tuple[Version | None, Version | None]:
    """The closest of `versions` below and above what all `specifiers` allow; final releases where there are any."""
    there = sorted(version for version in set(versions) if not _fits(version, specifiers))
    there = [version for version in there if not version.is_prerelease] or there
    below = [version for version in there if _refuses(version, specifiers, _LOWER, higher=False)]
    above = [version for version in there if _refuses(version, specifiers, _UPPER, higher=True)]
    return max(below, default=None), min(above, default=None)


def _fits(version: Version, specifiers: Sequence[SpecifierSet]) -> bool:
    return all(specifier.contains(version, prereleases=True) for specifier in specifiers)


def _refuses(
    version: Version, specifiers: Sequence[SpecifierSet], operators: Sequence[str], *, higher: bool
) -> bool:
    """Whether one of the bounds refuses `version`, which lies on its other side."""
    for one in (one for specifier in specifiers for one in specifier if one.operator in operators):
        if not one.contains(version, prereleases=True):
            named = Version(one.version.removesuffix(".*"))
            if version >= named if higher else version <= named:
                return True
    return False


def similar(name: str, known: Iterable[str]) -> list[str]:
    """The names that look like `name` first, then those that are spelled nearly so; at most three."""
    names = sorted(set(known) - {name})
    alike = [one for one in names if _looks(one) == _looks(name)]
    if len(name) < _COMPARABLE:
        return alike[:_SHOWN]
    close = difflib.get_close_matches(name, names, n=_SHOWN, cutoff=0.8)
    return list(dict.fromkeys([*alike, *close]))[:_SHOWN]


def _looks(name: str) -> str:
    """As a hasty eye sees it; short names only without their separators."""
    seen = name.replace("-", "")
    if len(name) >= _COMPARABLE:
        for mark, looks in _ALIKE:
            seen = seen.replace(mark, looks)
        seen = seen.removesuffix("s")
    return seen
