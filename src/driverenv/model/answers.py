"""What indexes answer: `Found` or `Absent`. Failure is not an answer; it is raised.

The vocabulary is that of PEP 503, PEP 592, PEP 691, PEP 700 and PEP 714.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from packaging.utils import NormalizedName

from driverenv.model.site import Index


class ProjectFile(NamedTuple):
    """One file on a project's page, as the index tells it; nothing is verified yet."""

    filename: str
    url: str
    """Absolute, without fragment and credentials; an absolute path for a folder index."""
    hashes: tuple[tuple[str, str], ...] = ()
    """Pairs of algorithm and lower-case hexadecimal digest."""
    requires_python: str | None = None
    yanked: str | None = None
    """None: not yanked; else the reason, which may be empty (PEP 592)."""
    size: int | None = None
    """Bytes."""
    core_metadata: tuple[tuple[str, str], ...] | None = None
    """None: no sidecar advertised; else its hashes, maybe none (PEP 658, PEP 714)."""
    upload_time: str | None = None
    """ISO 8601, UTC (PEP 700)."""

    def digest(self, algorithm: str) -> str | None:
        """The hexadecimal digest for `algorithm`, or None."""
        return dict(self.hashes).get(algorithm)


@dataclass(frozen=True, slots=True)
class Found:
    """The index has the project: it alone serves it."""

    project: NormalizedName
    index: Index
    files: tuple[ProjectFile, ...]
    page_url: str
    """Where the answer stands: the page's URL without credentials, or the folder."""
    public: bool = False
    notes: tuple[str, ...] = ()
    """Oddities worth a warning: foreign files on the page, and the like."""
    before: tuple[Absent, ...] = ()
    """What the indexes that were asked first answered: each proved that it does not have the project."""
    rule: str = ""
    """The rule of the policy by which it serves the project."""
    direct: str = ""
    """`URL` or `BUNDLED` where no index was found to have it, and a line of the driver names its only file."""


URL = "url"
BUNDLED = "bundled"
"""How a line of a driver names a file itself: by its address, or by its path in the driver's own folder."""


class Evidence(NamedTuple):
    """The parts of a proof of absence, each in words; empty where there is none."""

    page: str = ""
    """Where the project's page would be, without credentials; or the folder."""
    answer: str = ""
    """What came from there: "404", or a redirect that says the same."""
    listing: str = ""
    """What all that the index has says."""
    memory: str = ""
    """What was remembered of the project here, and how it was judged."""


NO_EVIDENCE = Evidence()


@dataclass(frozen=True, slots=True)
class Absent:
    """The index proved that it does not have the project."""

    project: NormalizedName
    index: Index
    proof: str
    """What the index answered, e.g. "404, and its root lists 12 projects without it"."""
    evidence: Evidence = NO_EVIDENCE
    public: bool = False
    notes: tuple[str, ...] = ()
    among: Collection[str] = field(default=(), repr=False, compare=False)
    """The projects that the index does have, as far as they are known: for "did you mean"."""
    lists_nothing: bool = False
    """Whether the index has no project at all: it is new, or has lost everything."""


@dataclass(frozen=True, slots=True)
class NotAsked:
    """An index that was not asked, and why."""

    index: Index
    reason: str


@dataclass(frozen=True, slots=True)
class NowhereFound:
    """No index that may serve the project has it."""

    project: NormalizedName
    absents: tuple[Absent, ...]
    not_asked: tuple[NotAsked, ...] = ()
    offline: bool = False
    forbidden: str = ""
    """The rule of the policy that kept the project from the public index; "" for none."""
