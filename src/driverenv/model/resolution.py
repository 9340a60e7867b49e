"""Facts in, outcome out: the nouns between the indexes and the solver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import BuildTag, NormalizedName
from packaging.version import Version

from driverenv.model.answers import Found, NowhereFound, ProjectFile
from driverenv.model.requirement import Source
from driverenv.model.site import Index


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that could be installed for one version of a project on the target."""

    project: NormalizedName
    version: Version
    file: ProjectFile
    index: Index
    public: bool
    is_wheel: bool
    tag_rank: int
    """Position of the file's best tag among the target's; sdists come after every wheel."""
    build: BuildTag = ()
    direct: str = ""
    """How a line of the driver names this file (`Found.direct`); "" for a file of an index."""

    @property
    def key(self) -> str:
        """What facts about this file are filed under: its URL (or path)."""
        return self.file.url

    def __str__(self) -> str:
        """Project and version."""
        return f"{self.project} {self.version}"


class Rejection(NamedTuple):
    """A file that is no candidate, and why; `reason` is a stable word, `detail` a sentence's end."""

    filename: str
    version: Version | None
    reason: str
    """One of: "name", "other-project", "format", "version", "tag", "python", "sdist", "wheel", "metadata", "newer"."""
    detail: str


@dataclass(frozen=True, slots=True)
class Available:
    """What an index has of a project for the target: one candidate a version, best version first."""

    project: NormalizedName
    listing: Found
    candidates: tuple[Candidate, ...]
    rejections: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What a distribution's metadata says of what it needs (core metadata 2.x)."""

    requires: tuple[Requirement, ...]
    requires_python: str | None = None
    extras: frozenset[NormalizedName] = frozenset()


class Corrected(NamedTuple):
    """What the site says of some releases of a project in place of what they say (`Policy.corrections`)."""

    versions: SpecifierSet
    """The releases that are meant; empty for all."""
    requires: tuple[Requirement, ...] | None
    """None leaves what they say."""
    requires_python: str | None
    """None leaves what they say; empty is any Python."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """A distribution whose metadata cannot be used: the candidate is passed over, with the reason."""

    detail: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A distribution whose metadata could not be had: if the solver needs it, `error` is raised."""

    error: Exception


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything known so far; the solver asks nothing else.

    `listings` by project; `dependencies` by `Candidate.key`.
    """

    listings: Mapping[NormalizedName, Available | NowhereFound] = field(default_factory=dict)
    dependencies: Mapping[str, Dependencies | Unusable | Failed] = field(default_factory=dict)


class Demand(NamedTuple):
    """A requirement with the one who states it: a candidate, or a line of a file."""

    requirement: Requirement
    parent: Candidate | None
    source: Source | None
    """Of a candidate's demand only where it is the site's: by a correction."""
    replaced: Requirement | None = None
    """What was stated there, where an override of the site took its place."""


class Pin(NamedTuple):
    """One project of a resolution: the version, the file, and everybody who asked for it."""

    candidate: Candidate
    extras: tuple[NormalizedName, ...]
    demands: tuple[Demand, ...]


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer: pins sorted by project."""

    pins: tuple[Pin, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """No set of candidates satisfies all: the demands of the last conflict, and who asked for whom."""

    causes: tuple[Demand, ...]
    demands: tuple[Demand, ...]
    """Every demand seen while solving: the edges from which chains to the root lines are told."""


@dataclass(frozen=True, slots=True)
class Questions:
    """What must be known before the solver can go on; empty is never given."""

    projects: tuple[NormalizedName, ...] = ()
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What the requirements file and the policy say about choosing: pure data for sift and solve."""

    prereleases: str = "if-necessary"
    """"if-necessary", "explicit", "never" or "allow" (``--pre``)."""
    constraints: Mapping[NormalizedName, tuple[Demand, ...]] = field(default_factory=dict)
    hashes: Mapping[NormalizedName, frozenset[tuple[str, str]]] | None = None
    """None: no hash checking; else the allowed digests of each root project."""
    overrides: Mapping[NormalizedName, Requirement] = field(default_factory=dict)
    """By project: what takes the place of every demand on it, at any depth."""
    yanked: str = "pinned"
    """"pinned" (PEP 592: only where a requirement pins the version) or "never"."""
    exact: bool = False
    """The demands are a lock (PEP 751): what a candidate needs is not asked for, nothing is added."""
    groups: frozenset[str] = frozenset()
    """The dependency groups that the markers of a lock may ask for."""
    corrections: Mapping[NormalizedName, tuple[Corrected, ...]] = field(default_factory=dict)
    """By project: what is true of releases whose metadata is wrong; the last one counts, for each field by itself."""

    def with_constraints(self, constraints: Mapping[NormalizedName, tuple[Demand, ...]]) -> Rules:
        """The same rules with other constraints."""
        return replace(self, constraints=constraints)

    def constraint(self, project: NormalizedName) -> SpecifierSet:
        """All constraints on `project` in one."""
        combined = SpecifierSet()
        for demand in self.constraints.get(project, ()):
            combined &= demand.requirement.specifier
        return combined
