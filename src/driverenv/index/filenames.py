"""Whose file is it? File names are split here, with the asked project as hint, never by an index's word alone.

An index may split names wrongly: pypiserver lists `my-2g-tool-1.0.zip` under `my`. Versions are not
parsed, only looked at where a name has more than one place to be cut.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import VERSION_PATTERN

_COPIES = (
    r"(?:~|\.(?:part(?:ial)?|bak|(?:cr|op)?download|te?mp|filepart|aria2|!ut|incomplete|unfinished"
    r"|old|orig|new|copy|\d{1,3}))*"
)
"""What is left over of a file, or on its way: its name is a claim all the same."""
_EXTENSION = re.compile(
    r"\.(?:whl|zip|tar\.(?:gz|bz2|xz|z|lzma)|tgz|tbz2?|txz|tar|egg|exe|msi|rpm|deb|dmg)(?:\.(?:asc|sig))?"
    rf"{_COPIES}$",
    re.IGNORECASE,
)
_ARCHIVE = re.compile(rf"\.(?:zip|tar(?:\.(?:gz|bz2|xz|z|lzma))?|tgz|tbz2?|txz){_COPIES}$", re.IGNORECASE)
_OPAQUE = re.compile(rf"\.(?:7z|rar|zipx|tar\.(?:zst|lz4?|lzo)|tzst){_COPIES}$", re.IGNORECASE)
_ON_ITS_WAY = re.compile(r"[.~]{1,2}(.+\.\w+)\.\w{6}|(?:\.|~)?syncthing[.~](.+)\.tmp|\.(.+)\.~\w+")
"""How rsync, Syncthing and Nextcloud call a file while they write it."""
_USUAL = (".whl", ".tar.gz", ".zip")
_PLATFORM = re.compile(
    r"(?:[.-](?:win32|win-amd64|win-arm64|linux-\w+|macosx-[\w.]+-\w+|noarch|x86_64|any)|-py\d(?:\.\d+)?)+(?:-.*)?$",
    re.IGNORECASE,
)
_CUT = re.compile(r"[-_](?=v?\d)", re.IGNORECASE)
_VERSION = re.compile(VERSION_PATTERN, re.VERBOSE | re.IGNORECASE)
_PLAIN = str.maketrans("_.", "--")


def is_distribution(filename: str) -> bool:
    """Whether the name is that of a distribution file of any kind, usable or not, or of its signature."""
    return filename.endswith(_USUAL) or _EXTENSION.search(filename) is not None


def is_archive(filename: str) -> bool:
    """Whether the name is that of an archive that may hold distributions; that of an sdist is one, too."""
    return _ARCHIVE.search(filename) is not None


def is_opaque(filename: str) -> bool:
    """Whether the name is that of an archive of a kind that nobody here looks into."""
    return _OPAQUE.search(filename) is not None


def arriving(filename: str) -> str:
    """The name that a hidden file will have when a known program has written it; "" for any other file."""
    found = _ON_ITS_WAY.fullmatch(filename)
    name = next(filter(None, found.groups()), "") if found else ""
    return name if is_distribution(name) or is_opaque(name) else ""


def claimants(filename: str) -> frozenset[NormalizedName]:
    """The projects that this file may belong to; mostly one.

    - `my-2g-tool-1.0.zip`: `my-2g-tool`, the only cut that leaves a version (PEP 440).
    - `six-1.16.0 (1).tar.gz`: no cut leaves a version, so every cut before a digit counts: `six`.
    - `widget-extra-1.0-py3-none-any.whl`, not escaped: `extra` is no version, so `widget`, and `widget-extra`.
    - `widget-latest.tar.gz`: no such cut at all: `widget-latest`, and `widget`.
    - `Copy of six-1.0.zip`: `six`, too.
    """
    stem, is_wheel = _stem(filename)
    if is_wheel and stem.count("-") > 3:  # noqa: PLR2004 (name, version and three tags)
        heads = _wheel_heads(stem)
    elif cuts := _version_cuts(stem) or _cuts(stem):
        heads = [stem[:cut] for cut in cuts]
    elif is_wheel:
        fields = stem.split("-")
        heads = ["-".join(fields[:cut]) for cut in range(1, len(fields) + 1)]
    else:
        head, dash, _ = stem.rpartition("-")
        heads = [stem, head if dash else stem]
    names = (name for head in heads for name in (head, head.rpartition(" ")[2]) if name)
    return frozenset(map(canonicalize_name, names))


def _wheel_heads(stem: str) -> list[str]:
    """The possible names of a wheel with all its parts: whatever stands before something like a version.

    A name that is not escaped has parts of its own; a version is followed by three tags, and maybe a build.
    """
    fields = stem.split("-")
    last = len(fields) - 4
    cuts = [cut for cut in range(1, last + 1) if _VERSION.fullmatch(fields[cut])]
    if cuts and cuts[0] == 1 and last == 1:
        return fields[:1]
    usual = range(1, last + 1) if last <= 2 and cuts[:1] != [1] else ()  # noqa: PLR2004 (a build number)
    return ["-".join(fields[:cut]) for cut in sorted({*cuts, *usual}) or range(1, last + 1)]


def named_in(text: str) -> frozenset[NormalizedName]:
    """The projects that a text names, be it a name, a name with a version, or a file: `six`, `six-1.0`."""
    if is_distribution(text):
        return claimants(text)
    heads = {text, *(text[:cut] for cut in _version_cuts(text))}
    return frozenset(canonicalize_name(head) for head in heads if head)


def has_version(filename: str) -> bool:
    """Whether some part of the name can be a version, so that it is a distribution's and no bundle's."""
    stem, is_wheel = _stem(filename)
    return is_wheel or bool(_version_cuts(stem))


def _stem(filename: str) -> tuple[str, bool]:
    """The name without its extension (and an installer's platform), and whether it is a wheel's."""
    found = _EXTENSION.search(filename)
    stem = filename[: found.start()] if found else filename
    is_wheel = found is not None and found.group().lower().startswith(".whl")
    return stem if is_wheel else _PLATFORM.sub("", stem), is_wheel


def _cuts(stem: str) -> list[int]:
    return [cut.start() for cut in _CUT.finditer(stem) if cut.start()]


def _version_cuts(stem: str) -> list[int]:
    return [cut for cut in _cuts(stem) if _VERSION.fullmatch(stem, cut + 1)]


def belongs(filename: str, project: NormalizedName) -> bool:
    """Whether the file may belong to `project`."""
    head, rest = filename[: len(project)], filename[len(project) :]
    usual = rest.endswith(".whl") and rest[:1] == "-" and "-" not in head and rest.count("-") in (4, 5)
    if usual and head.translate(_PLAIN).lower() == project:
        return True  # without the work of cutting it
    return is_distribution(filename) and project in claimants(filename)


class Hiding:
    """The names that an index lists, ready to be asked which of their pages may have files of another project.

    An index may split names wrongly: `my-2g-tool-1.0.zip` is cut before the first digit, `my-tool-v1.0.zip` not at all.
    """

    def __init__(self, listed: Collection[NormalizedName]) -> None:
        self._listed = listed
        self._longer: dict[str, list[NormalizedName]] = {}
        for name in listed:
            for cut in _CUT.finditer(name):
                self._longer.setdefault(name[: cut.start()], []).append(name)

    def of(self, project: NormalizedName) -> list[NormalizedName]:
        """The listed names, sorted, on whose pages files of `project` may be, which is none of them."""
        cuts = (at for at, letter in enumerate(project[1:]) if letter.isdigit() and project[at] == "-")
        shorter = (NormalizedName(project[:at]) for at in cuts)
        return sorted({*self._longer.get(project, ()), *filter(self._listed.__contains__, shorter)})
