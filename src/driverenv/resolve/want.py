"""The solver's own requirement and candidate: `Want` and `Choice`, small and compared by identity.

The extras that one demand names are a project of their own to the solver ("requests[security,socks]"),
tied to the version of its base.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion

from driverenv.model.requirement import Target
from driverenv.model.resolution import Candidate, Demand

_UPPER = ("<", "<=", "~=")
_MANY = 32
"""So many lines with extras of one project are still looked at one by one."""
_NAMED = re.compile(r"""\bextra == "([^"]*)"|"([^"]*)" == extra\b""")
_OTHER_THAN_EQUAL = re.compile(r"""\bextra (?!== ")|(?<!== )\bextra\b(?! ==)""")


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


def wants(demand: Demand, provided: Collection[str]) -> tuple[Want, ...]:
    """A demand on a project, and one on the extras it names, all in one; those that nobody has add nothing."""
    extras = {canonicalize_name(extra) for extra in demand.requirement.extras}.intersection(provided)
    return (Want(demand), Want(demand, ",".join(sorted(extras)))) if extras else (Want(demand),)


def merged(wants: tuple[Want, ...]) -> tuple[Want, ...]:
    """Of one who states extras of one project in very many lines: all of them as one want, told by its first line."""
    by_project: dict[NormalizedName, list[Want]] = {}
    for want in wants:
        if want.extra:
            by_project.setdefault(want.project, []).append(want)
    many = {project: found for project, found in by_project.items() if len(found) > _MANY}
    if not many:
        return wants
    kept = [want for want in wants if not (want.extra and want.project in many)]
    for found in many.values():
        extras = {extra for want in found for extra in want.extra.split(",")}
        kept.append(Want(found[0].demand, ",".join(sorted(extras))))
    return tuple(kept)


def replaced(demand: Demand, overrides: Mapping[NormalizedName, Requirement]) -> Demand:
    """`demand`, with what the site's override asks for in place of its version or URL; its extras stay."""
    if not overrides:
        return demand
    override = overrides.get(canonicalize_name(demand.requirement.name))
    if override is None or demand.replaced is not None:
        return demand
    extras = ",".join(sorted({*demand.requirement.extras, *override.extras}))
    instead = Requirement(f"{override.name}{f'[{extras}]' if extras else ''}{override.specifier}")
    return demand._replace(requirement=instead, replaced=demand.requirement)


def named_extras(marker: str) -> frozenset[str] | None:
    """The extras that the text of a marker names; None where it asks for more than equality with them."""
    if "extra" not in marker:
        return frozenset()
    if _OTHER_THAN_EQUAL.search(marker):
        return None
    return frozenset(canonicalize_name(left or right) for left, right in _NAMED.findall(marker))


def applies(
    requirement: Requirement, target: Target, extra: str, groups: frozenset[str] | None = None
) -> bool:
    """Whether the marker is true for the target; one that cannot be evaluated there counts as true.

    `groups` are the dependency groups of a lock, whose markers have words of their own (PEP 751); None elsewhere.
    """
    if requirement.marker is None:
        return True
    try:
        if groups is not None:
            chosen: Mapping[str, frozenset[str]] = {"extras": frozenset(), "dependency_groups": groups}
            return requirement.marker.evaluate({**target.markers, **chosen}, context="lock_file")
        return requirement.marker.evaluate({**target.markers, "extra": extra})
    except (UndefinedComparison, UndefinedEnvironmentName, InvalidVersion):
        return True
