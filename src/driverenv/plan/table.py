"""Who owns which path of an environment, and who gives way where two bring the same one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from packaging.utils import canonicalize_name

from driverenv.errors import foreign
from driverenv.model.plan import (
    LIBRARY,
    Arrival,
    EntryPoint,
    Note,
    PlannedFile,
    PlannedScript,
    PlannedWheel,
    WheelFile,
)
from driverenv.plan.layout import ROOTS, Layout, check_description, check_path

COLLISION = "FILE_COLLISION"
_WRITTEN_HERE = frozenset(
    {
        "RECORD",
        "INSTALLER",
        "REQUESTED",
        "direct_url.json",
        "provenance_url.json",
        "RECORD.jws",
        "RECORD.p7s",
    }
)
_NAMESPACE = re.compile(rb"\bextend_path\b|\bdeclare_namespace\b")

Owner = tuple[int, PlannedFile | PlannedScript, WheelFile | None]
"""The arrival's number, what it brings, and the row of its wheel: a plain tuple, made by the thousand."""


def declares_namespace(source: bytes) -> bool:
    """Whether an `__init__.py` makes its package a namespace that many distributions share."""
    return _NAMESPACE.search(source) is not None


@dataclass(slots=True)
class Table:
    """Who owns which path, by the path as the file system compares it."""

    arrivals: Sequence[Arrival]
    layout: Layout
    content: Callable[[Arrival, WheelFile], bytes]
    kind_of: Callable[[str, str], str] | None = None
    """What a file is to be, asked with its path below site-packages and what it is by itself."""
    owners: dict[str, Owner] = field(default_factory=dict)
    shared: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    clashes: dict[tuple[int, int], list[str]] = field(default_factory=lambda: defaultdict(list))
    """Targets by (winner, loser)."""

    def add(self, number: int) -> None:
        """Take in everything of one arrival. The loop runs for thousands of files at each launch."""
        arrival = self.arrivals[number]
        own_info = arrival.dist_info + "/"
        library, claim, kind_of = self.layout.library, self.owners.setdefault, self.kind_of
        for row in arrival.files:
            scheme, path, kind = row.scheme, row.path, row.kind
            if scheme in LIBRARY:
                target = library + path
                if path.startswith(own_info):
                    if path[len(own_info) :] in _WRITTEN_HERE:
                        continue
                elif "-info" in path or ".." in path or path[:1] in ROOTS:
                    self._check_module(arrival, path)
                if kind_of is not None:
                    kind = kind_of(path, kind)
            else:
                target = self.layout.folder(scheme, arrival.project) + path
                self.layout.check(arrival, path, target, scheme=scheme)
            planned = PlannedFile(target, f"{scheme}/{path}", row.size, row.sha256, row.executable, kind)
            newcomer = (number, planned, row)
            first = claim(self.layout.fold(target) if self.layout.folds_case else target, newcomer)
            if first is not newcomer:
                self._meet(first, newcomer)
        for script in arrival.scripts:
            self._add_script(number, arrival, script)

    def _check_module(self, arrival: Arrival, path: str) -> None:
        check_path(arrival, path)
        others = frozenset(one.dist_info.casefold() for one in self.arrivals if one is not arrival)
        check_description(arrival, path, others)

    def _add_script(self, number: int, arrival: Arrival, script: EntryPoint) -> None:
        target = self.layout.scripts + script.name + (".exe" if self.layout.windows else "")
        self.layout.check(arrival, script.name, target, scheme="scripts")
        planned = PlannedScript(target, script.name, script.module, script.attribute, script.gui)
        newcomer = (number, planned, None)
        first = self.owners.setdefault(self.layout.fold(target), newcomer)
        if first is not newcomer:
            self._meet(first, newcomer)

    def _meet(self, first: Owner, second: Owner) -> None:
        """Two distributions bring the same path: one serves both."""
        winner, loser = first, second
        if not _same(first[1], second[1]):
            spaces = [self._is_namespace(one) for one in (first, second)]
            if spaces == [False, True] or (
                spaces != [True, False] and self._rank(second) < self._rank(first)
            ):
                winner, loser = second, first
                self.owners[self.layout.fold(first[1].target)] = second
            if spaces != [True, True]:
                self.clashes[winner[0], loser[0]].append(winner[1].target)
        if winner[0] != loser[0]:
            self.shared[loser[0]].append(winner[1].target)

    def _rank(self, owner: Owner) -> tuple[bool, bool]:
        """Who gives way to whom: public to local, and then whoever has another name than the module or script."""
        number, what, _ = owner
        arrival = self.arrivals[number]
        if isinstance(what, PlannedScript):
            name = what.name
        else:
            name = what.target.removeprefix(self.layout.library).partition("/")[0].removesuffix(".py")
        return arrival.public, canonicalize_name(name) != arrival.project

    def _is_namespace(self, owner: Owner) -> bool:
        number, what, row = owner
        if row is None or not what.target.endswith("/__init__.py"):
            return False
        return declares_namespace(self.content(self.arrivals[number], row))

    def settle_folders(self) -> None:
        """A path cannot be a file and a folder: the folder stays."""
        folders: dict[str, int] = {}
        for key, owner in self.owners.items():
            folder = key.rpartition("/")[0]
            while folder and folder not in folders:
                folders[folder] = owner[0]
                folder = folder.rpartition("/")[0]
        for key in sorted(self.owners.keys() & folders.keys()):
            number, gone, _ = self.owners.pop(key)
            self.clashes[folders[key], number].append(gone.target)

    def wheels(self) -> Iterator[PlannedWheel]:
        """The plan of each arrival."""
        files: dict[int, list[PlannedFile]] = defaultdict(list)
        scripts: dict[int, list[PlannedScript]] = defaultdict(list)
        for number, what, _ in self.owners.values():
            if isinstance(what, PlannedFile):
                files[number].append(what)
            else:
                scripts[number].append(what)
        for number, arrival in enumerate(self.arrivals):
            yield PlannedWheel(
                project=arrival.project,
                version=arrival.version,
                sha256=arrival.sha256,
                dist_info=self.layout.library + arrival.dist_info,
                root=arrival.root,
                requested=arrival.requested,
                files=tuple(files[number]),
                scripts=tuple(sorted(scripts[number])),
                shared=tuple(sorted(set(self.shared[number]))),
                origin=arrival.origin,
                entries=arrival.files,
                public=arrival.public,
            )

    def notes(self) -> Iterator[Note]:
        """One note for each pair of distributions that collide."""
        for (winner, loser), targets in sorted(self.clashes.items()):
            one, other = self.arrivals[winner], self.arrivals[loser]
            example = foreign(min(targets))
            more = f" (and {len(targets) - 1} more)" if len(targets) > 1 else ""
            text = f"{one} and {other} both bring {example}{more}, with different content: {one}'s is used"
            if winner == loser:
                text = f"{one} brings {example}{more} twice, with different content: the first is used"
            yield Note(COLLISION, text)


def _same(one: PlannedFile | PlannedScript, other: PlannedFile | PlannedScript) -> bool:
    if isinstance(one, PlannedFile) and isinstance(other, PlannedFile):
        return one.sha256 == other.sha256 and one.size == other.size
    return one == other
