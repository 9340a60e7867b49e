"""Which Pythons and platforms a site has: whether a file is for any of them (PEP 425, PEP 600, PEP 656). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from packaging.specifiers import InvalidSpecifier, SpecifierSet

PYTHONS = ("2.7", *(f"3.{minor}" for minor in range(6, 16)))
_PLATFORMS = re.compile(r"any|win32|win_(?:amd64|arm64)|(?:many|musl)?linux\w*|macosx_\w+")
_LINUX = re.compile(r"(?:manylinux(?:1|2010|2014|_\d+_\d+)|musllinux_\d+_\d+|linux)_(\w+)")
_TAG = re.compile(r"(py|cp|pp)(\d)(\d*)")


class Targets(NamedTuple):
    """What is known: versions such as "3.9", platforms such as "win_amd64" (none for every usual one)."""

    pythons: tuple[str, ...] = PYTHONS
    platforms: tuple[str, ...] = ()

    def why_none(self, tags: Iterable[str], requires_python: str = "") -> str:
        """Why a file with these tags is for none of them, as a sentence's end; "" where it may be, or is an sdist."""
        split = [tag.split("-") for tag in tags]
        if split and not any(
            self._is_known(python, abi) and self._has(platform) for python, abi, platform in split
        ):
            shown = sorted({f"{python}-{abi}-{platform}" for python, abi, platform in split})
            return f"it is for {', '.join(shown[:3])}"
        if requires_python and not any(_fits(python, requires_python) for python in self.pythons):
            return f"it requires Python {requires_python}"
        return ""

    def _is_known(self, tag: str, abi: str) -> bool:
        found = _TAG.fullmatch(tag)
        if found is None:
            return False
        kind, major, minor = found.groups()
        of_major = [python for python in self.pythons if python.split(".")[0] == major]
        if not minor:
            return bool(of_major)
        version = f"{major}.{minor}"
        if kind == "py" or (kind == "cp" and abi in ("abi3", "none")):
            return any(int(python.split(".")[1]) >= int(minor) for python in of_major)
        return version in of_major

    def _has(self, platform: str) -> bool:
        if not self.platforms or platform == "any":
            return _PLATFORMS.fullmatch(platform) is not None
        return any(_runs_on(platform, wanted) for wanted in self.platforms)


def _runs_on(platform: str, wanted: str) -> bool:
    if platform == wanted:
        return True
    linux, own = _LINUX.fullmatch(platform), _LINUX.fullmatch(wanted)
    if linux and own:
        return linux[1] == own[1]
    if platform.startswith("macosx_") and wanted.startswith("macosx"):
        machine = next((one for one in ("arm64", "x86_64") if wanted.endswith(one)), "")
        return platform.endswith(("universal2", machine)) if machine else True
    return False


def _fits(python: str, requires: str) -> bool:
    """Whether any release of this Python does; nonsense allows all, as in pip."""
    try:
        found = SpecifierSet(requires)
    except InvalidSpecifier:
        return True
    return any(found.contains(f"{python}.{micro}", prereleases=True) for micro in (0, 4, 10, 30))
