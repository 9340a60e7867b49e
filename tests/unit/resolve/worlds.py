"""Small worlds in memory: indexes as tables, facts as a launch would gather them, golden error texts."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from driverenv import requirements as room
from driverenv import resolve
from driverenv.candidates import sift
from driverenv.errors import DriverEnvError
from driverenv.model.answers import Absent, Found, NotAsked, NowhereFound, ProjectFile
from driverenv.model.requirement import Requirements, Target
from driverenv.model.resolution import (
    Available,
    Candidate,
    Conflict,
    Dependencies,
    Facts,
    Failed,
    Questions,
    Resolution,
    Rules,
    Unusable,
)
from driverenv.model.site import Correction, Index, Policy

LOCAL = Index("http://local.test:8036/simple/", name="local")
PUBLIC = Index("https://public.test/simple/", name="public")
GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "errors"

_MARKERS = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.5",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "6.1",
    "platform_system": "Linux",
    "platform_version": "1",
    "python_full_version": "3.11.5",
    "python_version": "3.11",
    "sys_platform": "linux",
}


def target(version: str = "3.11.5") -> Target:
    """A Linux interpreter."""
    short = ".".join(version.split(".")[:2])
    digits = short.replace(".", "")
    tags = (
        f"cp{digits}-cp{digits}-manylinux_2_17_x86_64",
        f"cp{digits}-abi3-manylinux_2_17_x86_64",
        f"py{digits}-none-any",
        "py3-none-any",
    )
    markers = {**_MARKERS, "python_version": short, "python_full_version": version}
    return Target(version, markers, tags)


@dataclass(frozen=True)
class F:
    """A file of a world: by default a pure wheel."""

    version: str
    requires: tuple[str, ...] = ()
    tag: str = "py3-none-any"
    sdist: bool = False
    name: str | None = None
    yanked: str | None = None
    index_python: str | None = None
    python: str | None = None
    hashes: tuple[tuple[str, str], ...] = ()
    unusable: str | None = None
    failed: Exception | None = None
    extras: tuple[str, ...] = ()
    uploaded: str | None = None

    def filename(self, project: str) -> str:
        escaped = project.replace("-", "_")
        if self.name is not None:
            return self.name
        return (
            f"{escaped}-{self.version}.tar.gz" if self.sdist else f"{escaped}-{self.version}-{self.tag}.whl"
        )

    def known(self) -> Dependencies | Unusable | Failed:
        if self.failed is not None:
            return Failed(self.failed)
        if self.unusable is not None:
            return Unusable(self.unusable)
        extras = frozenset(canonicalize_name(extra) for extra in self.extras)
        return Dependencies(tuple(map(Requirement, self.requires)), self.python, extras)


Content = Mapping[str, Sequence[str | F]]


@dataclass
class World:
    """What the indexes hold; what is in neither is absent. `asked` records what a solve had to know."""

    local: Content = field(default_factory=dict)
    public: Content = field(default_factory=dict)
    offline: bool = False
    prereleases: str = "if-necessary"
    builds: str = "allowed"
    yanked: str = "pinned"
    constraints: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    baseline: tuple[str, ...] = ()
    corrections: tuple[Correction, ...] = ()
    exclude_newer: str | None = None
    may_build: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    """What the local index, asked before public, is known to have."""
    target: Target = field(default_factory=target)
    asked: list[Questions] = field(default_factory=list)

    @property
    def policy(self) -> Policy:
        mode = "offline" if self.offline else "online"
        return Policy(
            mode=mode, local=(LOCAL,), public=PUBLIC, prereleases=self.prereleases, builds=self.builds
        )

    def listing(self, project: NormalizedName, wanted: Requirements) -> Available | NowhereFound:
        for content, index, public in ((self.local, LOCAL, False), (self.public, PUBLIC, True)):
            if project in content and not (public and self.offline):
                page = f"{index.location}{project}/"
                files = tuple(self._file(project, one, index) for one in content[project])
                local_one = Absent(project, LOCAL, "404", among=self.among)
                before = (local_one,) if public and self.among else ()
                found = Found(project, index, files, page, public=public, before=before)
                return sift(
                    project,
                    found,
                    self.target,
                    requirements=wanted,
                    builds=self.builds,
                    may_build=self.may_build,
                    exclude_newer=self.exclude_newer,
                )
        absent = [Absent(project, LOCAL, "404, and its root lists 2 projects without it")]
        if self.offline:
            return NowhereFound(project, tuple(absent), (NotAsked(PUBLIC, "offline mode"),), offline=True)
        absent.append(Absent(project, PUBLIC, "404", public=True))
        return NowhereFound(project, tuple(absent))

    def _file(self, project: str, one: str | F, index: Index) -> ProjectFile:
        file = F(one) if isinstance(one, str) else one
        name = file.filename(project)
        origin = index.location.removesuffix("simple/")
        return ProjectFile(
            name,
            f"{origin}packages/{name}",
            file.hashes,
            file.index_python,
            file.yanked,
            upload_time=file.uploaded,
        )

    def known(self, candidate: Candidate) -> Dependencies | Unusable | Failed:
        content = self.public if candidate.public else self.local
        for one in content[candidate.project]:
            file = F(one) if isinstance(one, str) else one
            if file.filename(candidate.project) == candidate.file.filename:
                return file.known()
        raise KeyError(candidate)

    def all_facts(self, wanted: Requirements) -> Facts:
        """Everything at once, as if nothing had to be asked for."""
        names = [canonicalize_name(name) for name in (*self.local, *self.public)]
        listings = {name: self.listing(name, wanted) for name in names}
        there = [one for one in listings.values() if isinstance(one, Available)]
        return Facts(listings, {c.key: self.known(c) for one in there for c in one.candidates})

    def rules(self, wanted: Requirements) -> Rules:
        """What `wanted` and the words of this world's policy come to."""
        return resolve.rules(
            wanted,
            self.target,
            prereleases=self.prereleases,
            yanked=self.yanked,
            constraints=self.constraints,
            overrides=self.overrides,
            baseline=self.baseline,
            corrections=self.corrections,
        )

    def play(self, text: str | Requirements, *, effort: resolve.Effort | None = None) -> Outcome:
        """Solve `text` (a requirements file), asking this world round by round."""
        wanted = text if isinstance(text, Requirements) else read(text)
        rules, demands = self.rules(wanted), resolve.demands(wanted, self.baseline)
        facts, memory = Facts({}, {}), resolve.Memory()
        for _ in range(500):
            found = resolve.solve(demands, facts, self.target, rules, memory=memory, effort=effort)
            if not isinstance(found, Questions):
                return Outcome(self, found, facts, rules)
            self.asked.append(found)
            listings = {**facts.listings, **{name: self.listing(name, wanted) for name in found.projects}}
            known = {**facts.dependencies, **{one.key: self.known(one) for one in found.candidates}}
            assert len(listings) + len(known) > len(facts.listings) + len(facts.dependencies), found
            facts = Facts(listings, known)
        raise AssertionError("it asks for ever")


@dataclass
class Outcome:
    """What came out, and what was known in the end."""

    world: World
    found: Resolution | Conflict
    facts: Facts
    rules: Rules

    @property
    def pins(self) -> dict[str, str]:
        assert isinstance(self.found, Resolution), self.error
        return {pin.candidate.project: str(pin.candidate.version) for pin in self.found.pins}

    @property
    def error(self) -> DriverEnvError:
        assert isinstance(self.found, Conflict), self.found
        world = self.world
        return resolve.explain(self.found, self.facts, world.target, self.rules, policy=world.policy)


def read(text: str) -> Requirements:
    """As a file named requirements.txt."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requirements.txt"
        path.write_text(text, encoding="utf-8")
        return room.read(path, shown="requirements.txt")


def check_golden(error: DriverEnvError, case: str) -> None:
    """Compare the whole text with tests/golden/errors/<CODE>-<case>.txt; UPDATE_GOLDEN=1 writes it anew."""
    path = GOLDEN / f"{error.code}-{case}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{error}\n", encoding="utf-8")
    if not path.is_file():
        pytest.fail(f"{path.name} is missing; the text is:\n{error}", pytrace=False)
    assert f"{error}\n" == path.read_text(encoding="utf-8")
