"""Where a wheel's members go (PEP 427): schemes, the one dist-info folder, and what is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from packaging.utils import canonicalize_name
from packaging.version import Version

from driverenv.archive.headers import same_version
from driverenv.archive.names import folded
from driverenv.archive.rules import Label
from driverenv.archive.scripts import check_name

SCHEMES = frozenset({"purelib", "platlib", "scripts", "data", "headers"})
# An installer writes these itself, or does not want a stranger's.
_LEFT_OUT = frozenset({"record", "record.jws", "record.p7s", "installer", "requested", "direct_url.json"})
SIGNATURES = frozenset({"record.jws", "record.p7s"})
"""Folded, as all names here: a file system may not know case."""
# Where `data` would be the interpreter's, another scheme's or another distribution's.
_DATA_TAKEN = re.compile(
    r"(?:bin|scripts)(?:/|$)|pyvenv\.cfg(?:/|$)|(?:lib|lib64|lib32)/(?:python|pypy|site-packages)|(?:lib|lib64|include)$"
    r"|include/(?:site|python)"
)


class Place(NamedTuple):
    """Where a member goes: a scheme, and the path below it."""

    scheme: str
    path: str


def find_dist_info(names: Iterable[str], project: str, version: Version, label: Label) -> str:
    """The name of the one dist-info folder, which must be that of `project` and `version`."""
    tops = {name.partition("/")[0] for name in names}
    found = sorted(top for top in tops if top.lower().endswith(".dist-info"))
    if len(found) != 1:
        label.refuse("dist-info", f"it has {len(found)} dist-info folders", found[0] if found else "")
    stem = found[0].removesuffix(".dist-info")
    name, _, spelled = stem.rpartition("-")
    if canonicalize_name(name) != canonicalize_name(project) or not same_version(spelled, version):
        label.refuse("dist-info", f"its dist-info folder is not that of {project} {version}", found[0])
    strange = sorted(top for top in tops if top.lower().endswith(".data") and top != f"{stem}.data")
    if strange:
        label.refuse("data-scheme", "it has a .data folder that is not its own", strange[0])
    return found[0]


class Layout:
    """Gives every member of one wheel its place."""

    def __init__(self, dist_info: str, root_scheme: str, label: Label) -> None:
        self._dist_info = dist_info
        self._data = dist_info.removesuffix(".dist-info") + ".data"
        self._root_scheme = root_scheme
        self._label = label
        self._taken: dict[str, str] = {}

    def place(self, name: str) -> Place | None:
        """Where the member `name` goes; None where it is left out."""
        top, _, rest = name.partition("/")
        if top == self._data:
            place = self._place_data(name, rest)
        elif top == self._dist_info and folded(rest) in _LEFT_OUT:
            return None
        else:
            place = Place(self._root_scheme, name)
        if "__pycache__" in folded(place.path).split("/"):
            return None
        self._take(place, name)
        return place

    def _place_data(self, name: str, rest: str) -> Place:
        scheme, _, path = rest.partition("/")
        if scheme not in SCHEMES or not path:
            self._label.refuse("data-scheme", "a member of .data is in no scheme", name)
        if scheme == "scripts":
            if "/" in path:
                self._label.refuse("data-scheme", "a script is in a folder of its own", name)
            check_name(path, self._label, name)
        elif scheme == "data" and _DATA_TAKEN.match(folded(path)):
            self._label.refuse("data-target", "a data file would go where only an installer writes", name)
        elif scheme in ("purelib", "platlib"):
            top = path.partition("/")[0]
            if top.lower().endswith(".dist-info") and (top != self._dist_info or "/" not in path):
                self._label.refuse(
                    "dist-info", "a member would go into another distribution's dist-info", name
                )
        return Place(scheme, path)

    def _take(self, place: Place, name: str) -> None:
        space = "lib" if place.scheme in ("purelib", "platlib") else place.scheme
        if space == "scripts" and place.path.lower().endswith(".exe"):
            self._take_key("scripts/" + folded(place.path)[:-4], name)
        self._take_key(space + "/" + folded(place.path), name)

    def _take_key(self, key: str, name: str) -> None:
        other = self._taken.setdefault(key, name)
        if other != name:
            self._label.refuse("data-target", f"it would go to the same place as {other}", name)

    def take_script(self, script: str, member: str) -> None:
        """Refuse an entry point's script that a file of the wheel already is."""
        other = self._taken.get("scripts/" + folded(script))
        if other is not None:
            self._label.refuse("data-target", f"the script {script} is also the member {other}", member)
