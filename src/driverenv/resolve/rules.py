"""From what a requirements file and the policy say to what the solver takes: demands and rules."""

from __future__ import annotations

from packaging.utils import NormalizedName

from driverenv.model.requirement import Requirements, Target
from driverenv.model.resolution import Demand, Rules
from driverenv.resolve.want import applies


def demands(requirements: Requirements) -> tuple[Demand, ...]:
    """The roots, as demands, in the file's order; markers are left to the solver."""
    return tuple(Demand(root.requirement, None, root.source) for root in requirements.roots)


def rules(requirements: Requirements, target: Target, *, prereleases: str = "if-necessary") -> Rules:
    """The rules of one solve; `prereleases` is the policy's word, which ``--pre`` widens unless it is "never"."""
    constraints: dict[NormalizedName, tuple[Demand, ...]] = {}
    for root in requirements.constraints:
        if applies(root.requirement, target, ""):
            known = constraints.get(root.project, ())
            constraints[root.project] = (*known, Demand(root.requirement, None, root.source))
    widened = requirements.prereleases and prereleases != "never"
    return Rules(
        prereleases="allow" if widened else prereleases,
        constraints=constraints,
        hashes=_hashes(requirements, target) if requirements.hash_checking else None,
    )


def _hashes(requirements: Requirements, target: Target) -> dict[NormalizedName, frozenset[tuple[str, str]]]:
    """Where two lines name hashes of one project, a file must be among those of both."""
    allowed: dict[NormalizedName, frozenset[tuple[str, str]]] = {}
    for root in (*requirements.roots, *requirements.constraints):
        if root.hashes and applies(root.requirement, target, ""):
            found = frozenset(root.hashes)
            allowed[root.project] = allowed[root.project] & found if root.project in allowed else found
    return allowed
