"""The solver's own requirement and candidate: `Want` and `Choice`, small and compared by identity.

An extra is a project of its own to the solver ("requests[socks]"), tied to the version of its base.
"""

from __future__ import annotations

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion

from driverenv.model.requirement import Target
from driverenv.model.resolution import Candidate, Demand

_UPPER = ("<", "<=", "~=")


class Want:
    """One demand as the solver sees it: `ident` is what it asks for."""

    __slots__ = (
        "bounded",
        "demand",
        "exactly",
        "explicit",
        "extra",
        "ident",
        "impossible",
        "pinned",
        "project",
        "text",
    )

    def __init__(
        self, demand: Demand, extra: str = "", *, exactly: Choice | None = None, impossible: str = ""
    ) -> None:
        self.demand = demand
        self.extra = extra
        self.exactly = exactly
        self.impossible = impossible
        requirement = demand.requirement
        self.project: NormalizedName = exactly.project if exactly else canonicalize_name(requirement.name)
        self.ident = f"{self.project}[{extra}]" if extra else str(self.project)
        if impossible:
            self.ident = f"{self.project} @ {impossible}"
        self.text = "" if exactly else str(requirement.specifier)
        operators = [] if exactly else [(one.operator, one.version) for one in requirement.specifier]
        self.pinned = any(
            operator in ("==", "===") and not text.endswith(".*") for operator, text in operators
        )
        self.bounded = any(operator in _UPPER or operator == "==" for operator, _ in operators)
        self.explicit = not exactly and bool(requirement.specifier.prereleases)
        """Whether it names a pre-release, and so allows them (PEP 440)."""

    def __repr__(self) -> str:
        """As in a requirements file."""
        return f"<{self.ident} {self.text or (self.exactly and self.exactly.candidate.version)}>"


class Choice:
    """A candidate, or one extra of it; there is one object for each."""

    __slots__ = ("candidate", "extra", "ident", "index", "project")

    def __init__(self, candidate: Candidate, index: int, extra: str = "") -> None:
        self.candidate = candidate
        self.index = index
        """Its place among its project's candidates, best first."""
        self.extra = extra
        self.project = candidate.project
        self.ident = f"{candidate.project}[{extra}]" if extra else str(candidate.project)

    def __repr__(self) -> str:
        """Project, extra and version."""
        return f"<{self.ident} {self.candidate.version}>"


def wants(demand: Demand) -> tuple[Want, ...]:
    """A demand on a project, and one on each extra it names."""
    extras = sorted({canonicalize_name(extra) for extra in demand.requirement.extras})
    return (Want(demand), *(Want(demand, extra) for extra in extras))


def applies(requirement: Requirement, target: Target, extra: str) -> bool:
    """Whether the marker is true for the target; one that cannot be evaluated there counts as true."""
    if requirement.marker is None:
        return True
    try:
        return requirement.marker.evaluate({**target.markers, "extra": extra})
    except (UndefinedComparison, UndefinedEnvironmentName, InvalidVersion):
        return True
