"""Whose file is it? File names are split here, with the asked project as hint, never by an index's word alone.

An index may split names wrongly: pypiserver lists `my-2g-tool-1.0.zip` under `my`. Versions are not
parsed, only looked at where a name has more than one place to be cut.
"""

from __future__ import annotations

import re

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import VERSION_PATTERN

_EXTENSION = re.compile(
    r"\.(?:whl|zip|tar\.(?:gz|bz2|xz|z|lzma)|tgz|tbz2?|txz|tar|egg|exe|msi|rpm|deb|dmg)(?:\.(?:asc|sig))?$",
    re.IGNORECASE,
)
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


def claimants(filename: str) -> frozenset[NormalizedName]:
    """The projects that this file may belong to; mostly one.

    - `my-2g-tool-1.0.zip`: `my-2g-tool`, the only cut that leaves a version (PEP 440).
    - `six-1.16.0 (1).tar.gz`: no cut leaves a version, so every cut before a digit counts: `six`.
    - `widget-extra-1.0-py3-none-any.whl`, not escaped: `extra` is no version, so `widget`, and `widget-extra`.
    - `widget-latest.tar.gz`: no such cut at all: `widget-latest`, and `widget`.
    """
    stem, is_wheel = _stem(filename)
    if is_wheel and stem.count("-") in (4, 5):
        return _wheel_claimants(stem)
    cuts = _version_cuts(stem) or _cuts(stem)
    if not cuts:
        head, dash, _ = stem.rpartition("-")
        return frozenset(canonicalize_name(name) for name in (stem, head if dash else stem) if name)
    return frozenset(canonicalize_name(stem[:cut]) for cut in cuts)


def _wheel_claimants(stem: str) -> frozenset[NormalizedName]:
    fields = stem.split("-")
    last = 1 if _VERSION.fullmatch(fields[1]) else len(fields) - 4
    return frozenset(canonicalize_name("-".join(fields[:cut])) for cut in range(1, last + 1))


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


def may_hide(project: NormalizedName, listed: NormalizedName) -> bool:
    """Whether an index that splits names wrongly may have files of `project` on the page of `listed`.

    `my-2g-tool-1.0.zip` is cut before the first digit, `my-tool-v1.0.zip` not at all.
    """
    if project.startswith(f"{listed}-"):
        return project[len(listed) + 1 : len(listed) + 2].isdigit()
    return listed.startswith(f"{project}-") and _CUT.match(listed, len(project)) is not None
