"""What must be done, before doing it: which file of which wheel lands where. Pure.

Collisions between distributions are normal in the field and never end a launch: the same bytes
are one file, a namespace's `__init__.py` is kept once, anything else has one winner that does
not depend on order or timing, and a note that names both. What ends a launch is a file that
would replace the interpreter, `pyvenv.cfg` or an activation script.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from packaging.utils import canonicalize_name

from driverenv import warm
from driverenv.errors import ArchiveRejected, foreign
from driverenv.model.plan import (
    CODE,
    DATA,
    SCRIPT,
    Arrival,
    EntryPoint,
    Note,
    Plan,
    PlannedFile,
    PlannedScript,
    PlannedWheel,
    UnpackedWheel,
    WheelFile,
)
from driverenv.model.requirement import Interpreter

COLLISION = "FILE_COLLISION"
_SCHEMA = b"environment 1"
_CODE_SUFFIXES = (".py", ".pyi", ".pyc", ".so", ".pyd", ".dll", ".dylib")
_LIBRARY = frozenset({"purelib", "platlib"})
_ROOTS = ("", "/", "\\")
_WRITTEN_HERE = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "RECORD.jws", "RECORD.p7s"})
_PROTECTED = re.compile(
    r"(?:pythonw?|pypyw?|venvw?launcher)[\d.]*t?(?:_d)?(?:\.exe|\.dll|\.bat|\.cmd|\.com)?"
    r"|(?:de)?activate(?:_this)?(?:\.\w+)?"
)
_NAMESPACE = re.compile(rb"\bextend_path\b|\bdeclare_namespace\b")


def environment_key(
    *, interpreter: Interpreter, name: str, arrivals: Iterable[tuple[str, bool]], policy: Iterable[str] = ()
) -> str:
    """The identity of an environment: its content and what governs its making, never a driver's version.

    Args:
        interpreter: by its `identity`.
        name: the readable name, since it is part of `sys.prefix`.
        arrivals: the sha256 of each wheel and whether the driver's own file asks for it.
        policy: what else makes two environments differ, such as the sharing.
    """
    wheels = sorted(f"{sha256} {requested:d}" for sha256, requested in arrivals)
    parts = (interpreter.identity, name, "\n".join(wheels), "\n".join(policy))
    return warm.key((_SCHEMA, *(part.encode("utf-8", "surrogateescape") for part in parts)))


def arrival(wheel: UnpackedWheel, *, requested: bool) -> Arrival:
    """A wheel of the store as something that is to be in an environment."""
    return Arrival(
        project=canonicalize_name(wheel.project),
        version=wheel.version,
        sha256=wheel.sha256,
        dist_info=wheel.dist_info,
        files=wheel.entries,
        scripts=wheel.scripts,
        root=str(wheel.root),
        requested=requested,
    )


def declares_namespace(source: bytes) -> bool:
    """Whether an `__init__.py` makes its package a namespace that many distributions share."""
    return _NAMESPACE.search(source) is not None


def make_plan(
    arrivals: Iterable[Arrival],
    *,
    key: str,
    name: str,
    interpreter: Interpreter,
    content: Callable[[Arrival, WheelFile], bytes],
) -> Plan:
    """Say which file lands where. The order of `arrivals` makes no difference.

    `content` reads a file of a wheel; it is asked only for `__init__.py` files that collide.
    Raises `ArchiveRejected` where a file would replace the interpreter or leave the environment.
    """
    ordered = sorted(arrivals, key=lambda arrival: (arrival.project, arrival.sha256))
    table = _Table(ordered, _Layout.of(interpreter), content)
    for number in range(len(ordered)):
        table.add(number)
    table.settle_folders()
    return Plan(key, name, tuple(table.wheels()), tuple(table.notes()))


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where schemes land; `/`-separated, with a slash at the end where there is a folder."""

    library: str
    scripts: str
    include: str
    windows: bool
    folds_case: bool

    @classmethod
    def of(cls, interpreter: Interpreter) -> _Layout:
        def slashed(path: str) -> str:
            return (path.replace("\\", "/") if interpreter.windows else path).rstrip("/") + "/"

        platform = interpreter.target.markers.get("sys_platform", "")
        return cls(
            library=slashed(interpreter.site_packages),
            scripts=slashed(interpreter.scripts),
            include=slashed(interpreter.include),
            windows=interpreter.windows,
            folds_case=platform in ("win32", "darwin", "cygwin"),
        )

    def folder(self, scheme: str, project: str) -> str:
        return {"scripts": self.scripts, "headers": f"{self.include}{project}/"}.get(scheme, "")


_Owner = tuple[int, PlannedFile | PlannedScript, WheelFile | None]
"""The arrival's number, what it brings, and the row of its wheel: a plain tuple, made by the thousand."""


@dataclass(slots=True)
class _Table:
    """Who owns which path, by the path as the file system compares it."""

    arrivals: Sequence[Arrival]
    layout: _Layout
    content: Callable[[Arrival, WheelFile], bytes]
    owners: dict[str, _Owner] = field(default_factory=dict)
    shared: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    clashes: dict[tuple[int, int], list[str]] = field(default_factory=lambda: defaultdict(list))
    """Targets by (winner, loser)."""

    def add(self, number: int) -> None:
        """Take in everything of one arrival. The loop runs for thousands of files at each launch."""
        arrival = self.arrivals[number]
        own_info = arrival.dist_info + "/"
        library, claim = self.layout.library, self.owners.setdefault
        for row in arrival.files:
            scheme, path, size, sha256, executable = (
                row.scheme,
                row.path,
                row.size,
                row.sha256,
                row.executable,
            )
            if scheme in _LIBRARY:
                target = library + path
                if ".." in path or path[:1] in _ROOTS:
                    _check_path(arrival, path)
                if path.startswith(own_info):
                    if path[len(own_info) :] in _WRITTEN_HERE:
                        continue
                    kind = CODE
                else:
                    kind = CODE if path.endswith(_CODE_SUFFIXES) or ".so." in path else DATA
            else:
                target = self.layout.folder(scheme, arrival.project) + path
                self._check(arrival, path, target)
                kind = SCRIPT if scheme == "scripts" else DATA
            planned = PlannedFile(target, f"{scheme}/{path}", size, sha256, executable, kind)
            newcomer = (number, planned, row)
            first = claim(self._fold(target) if self.layout.folds_case else target, newcomer)
            if first is not newcomer:
                self._meet(first, newcomer)
        for script in arrival.scripts:
            self._add_script(number, arrival, script)

    def _add_script(self, number: int, arrival: Arrival, script: EntryPoint) -> None:
        target = self.layout.scripts + script.name + (".exe" if self.layout.windows else "")
        self._check(arrival, script.name, target)
        planned = PlannedScript(target, script.name, script.module, script.attribute, script.gui)
        newcomer = (number, planned, None)
        first = self.owners.setdefault(self._fold(target), newcomer)
        if first is not newcomer:
            self._meet(first, newcomer)

    def _fold(self, target: str) -> str:
        return target.casefold() if self.layout.folds_case else target

    def _check(self, arrival: Arrival, path: str, target: str) -> None:
        """Refuse what would land outside, or on a file of the environment itself."""
        _check_path(arrival, path)
        folder, _, name = target.casefold().rpartition("/")
        in_scripts = folder == self.layout.scripts.rstrip("/").casefold()
        if target.casefold() == "pyvenv.cfg" or (in_scripts and _PROTECTED.fullmatch(name)):
            raise _refused(arrival, target, "would replace a file of the environment itself")

    def _meet(self, first: _Owner, second: _Owner) -> None:
        """Two distributions bring the same path: one serves both."""
        winner, loser = first, second
        if not _same(first[1], second[1]):
            spaces = [self._is_namespace(one) for one in (first, second)]
            if spaces == [False, True]:
                winner, loser = second, first
                self.owners[self._fold(first[1].target)] = second
            if spaces != [True, True]:
                self.clashes[winner[0], loser[0]].append(winner[1].target)
        if winner[0] != loser[0]:
            self.shared[loser[0]].append(winner[1].target)

    def _is_namespace(self, owner: _Owner) -> bool:
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


def _check_path(arrival: Arrival, path: str) -> None:
    if not path or path[0] in _ROOTS or path[1:2] == ":" or ".." in path.replace("\\", "/").split("/"):
        raise _refused(arrival, path, "lands outside the environment")


def _refused(arrival: Arrival, path: str, why: str) -> ArchiveRejected:
    return ArchiveRejected(
        f"a file of {arrival} {why}",
        facts=(
            ("distribution", str(arrival)),
            ("file", foreign(path)),
            ("wheel", f"sha256 {arrival.sha256}"),
        ),
        remedies=(
            "take this release off the index, or exclude it by a constraint",
            "no package may touch the interpreter, pyvenv.cfg or the activation scripts",
        ),
        data={"project": arrival.project, "version": arrival.version, "path": path, "sha256": arrival.sha256},
    )
