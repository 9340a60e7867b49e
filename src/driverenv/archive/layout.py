"""Where a wheel's members go (PEP 427): schemes, the one dist-info folder, and what is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from packaging.version import Version

from driverenv.archive.headers import normalized, same_name, same_version
from driverenv.archive.names import folded
from driverenv.archive.rules import MAX_SCRIPTS, Label
from driverenv.archive.scripts import Script, check_name

SCHEMES = frozenset({"purelib", "platlib", "scripts", "data", "headers"})
# An installer writes these itself, or does not want a stranger's.
_LEFT_OUT = frozenset(
    {"record", "record.jws", "record.p7s", "installer", "requested", "direct_url.json", "provenance_url.json"}
)
_SPELLED = {name.lower(): name for name in ("METADATA", "WHEEL", "entry_points.txt")}
SIGNATURES = frozenset({"record.jws", "record.p7s"})
"""Folded, as all names here: a file system may not know case."""
# Where `data` would be the interpreter's, another scheme's or another distribution's. Native libraries in lib
# are nobody else's, and those of Intel's wheels (mkl, tbb) are linked to from there.
_DATA_TAKEN = re.compile(r"(?:bin|scripts|include|lib|lib64|lib32)(?:/|$)|pyvenv\.cfg(?:/|$)")
_LIBRARY = re.compile(
    r"lib/(?:[^/]+\.(?:so(?:\.[0-9]+)*|a|o|bc|dbg|dylib|dll|lib)|pkgconfig/[^/]+\.pc|cmake/.+\.cmake)"
)
_INSTALLED = (".dist-info", ".egg-info", ".egg-link", ".egg")
"""What Python takes for another distribution, at the top of a folder of modules."""


class Place(NamedTuple):
    """Where a member goes: a scheme, and the path below it."""

    scheme: str
    path: str


def find_dist_info(names: Iterable[str], project: str, version: Version, label: Label) -> str:
    """The name of the one dist-info folder, which must be that of `project` and `version`."""
    tops = {name.partition("/")[0] for name in names}
    found = sorted(top for top in tops if folded(top).endswith(".dist-info"))
    if len(found) != 1:
        label.refuse("dist-info", f"it has {len(found)} dist-info folders", found[0] if found else "")
    stem = found[0].removesuffix(".dist-info")
    name, _, spelled = stem.rpartition("-")
    if not same_name(name, project) or not same_version(spelled, version):
        label.refuse("dist-info", f"its dist-info folder is not that of {project} {version}", found[0])
    strange = sorted(top for top in tops if folded(top).endswith(".data") and top != f"{stem}.data")
    if strange:
        label.refuse("data-scheme", "it has a .data folder that is not its own", strange[0])
    return found[0]


class Layout:
    """Gives every member of one wheel its place."""

    def __init__(self, dist_info: str, root_scheme: str, label: Label) -> None:
        self._dist_info = dist_info
        stem = dist_info.removesuffix(".dist-info")
        self._data = stem + ".data"
        self._project = normalized(stem.rpartition("-")[0])
        self._root_scheme = root_scheme
        self._label = label
        self._taken: dict[str, str] = {}
        self._folders: dict[str, str] = {}
        self._scripts = 0

    def place(self, name: str) -> Place | None:
        """Where the member `name` goes; None where it is left out."""
        top, _, rest = name.partition("/")
        if top == self._data:
            place = self._place_data(name, rest)
        elif top == self._dist_info and folded(rest) in _LEFT_OUT:
            return None
        elif top == self._dist_info and _SPELLED.get(folded(rest), rest) != rest:
            self._label.refuse("dist-info", "a file of dist-info is spelled otherwise", name)
        else:
            self._check_top(top, name)
            place = Place(self._root_scheme, name)
        key = folded(place.path)
        if "__pycache__" in key.split("/"):
            return None
        self._take(place.scheme, key, name)
        return place

    def check_folder(self, name: str) -> None:
        """Refuse the empty folder `name` where a file in it would be refused for it."""
        top, _, rest = name.partition("/")
        if top == self._data and rest and rest.partition("/")[0] not in SCHEMES:
            self._label.refuse("data-scheme", "a folder of .data is no scheme", name)

    def _place_data(self, name: str, rest: str) -> Place:
        scheme, _, path = rest.partition("/")
        if scheme not in SCHEMES or not path:
            self._label.refuse("data-scheme", "a member of .data is in no scheme", name)
        if scheme == "scripts":
            if "/" in path:
                self._label.refuse("data-scheme", "a script is in a folder of its own", name)
            check_name(path, self._label, name)
            self._count(name)
        elif scheme == "data":
            key = folded(path)
            if _DATA_TAKEN.match(key) and not _LIBRARY.fullmatch(key):
                self._label.refuse("data-target", "a data file would go where only an installer writes", name)
        elif scheme in ("purelib", "platlib"):
            top = path.partition("/")[0]
            if folded(top).endswith(".dist-info"):
                self._label.refuse("dist-info", "a member of .data would go into a dist-info folder", name)
            self._check_top(top, name)
        return Place(scheme, path)

    def _check_top(self, top: str, name: str) -> None:
        """Refuse what Python would take for another distribution."""
        key = folded(top)
        if top == self._dist_info or not key.endswith(_INSTALLED):
            return
        if key.endswith(".egg-info") and normalized(
            re.split(r"-(?=\d)", top)[0].removesuffix(".egg-info")
        ) == (self._project):
            return  # left over from its own build; it says nothing of others
        self._label.refuse("dist-info", "Python would take it for another distribution", name)

    def _take(self, scheme: str, path: str, name: str) -> None:
        space = "lib" if scheme in ("purelib", "platlib") else scheme
        key = f"{space}/{path}"
        if space == "scripts" and key.endswith(".exe"):
            self._take_key(key[:-4], name)
        self._take_key(key, name)
        folder = key.rpartition("/")[0]
        while folder and folder not in self._folders:
            self._folders[folder] = name
            folder = folder.rpartition("/")[0]

    def _take_key(self, key: str, name: str) -> None:
        other = self._taken.setdefault(key, name)
        if other != name:
            self._label.refuse("data-target", f"it would go to the same place as {other}", name)

    def take_scripts(self, scripts: Iterable[Script], member: str) -> None:
        """Refuse entry points whose scripts would replace each other, or a script that is a file of the wheel."""
        made: dict[str, Script] = {}
        for script in scripts:
            self._count(member)
            key = folded(script.name).removesuffix(".exe")
            other = self._taken.get(f"scripts/{key}")
            if other is not None:
                detail = f"the script {script.name} is also the member {other}"
                self._label.refuse("data-target", detail, member)
            twin = made.setdefault(key, script)
            if (twin.module, twin.attribute) != (script.module, script.attribute):
                detail = f"the scripts {twin.name} and {script.name} would go to the same place"
                self._label.refuse("data-target", detail, member)

    def _count(self, member: str) -> None:
        self._scripts += 1
        if self._scripts > MAX_SCRIPTS:
            self._label.refuse("entry-points", f"it has more than {MAX_SCRIPTS:,} scripts", member)

    def finish(self) -> None:
        """Refuse a place that is a file's and a folder's; after all members were placed."""
        for key in sorted(self._taken.keys() & self._folders.keys()):
            detail = f"a file would go where {self._folders[key]} needs a folder"
            self._label.refuse("data-target", detail, self._taken[key])
