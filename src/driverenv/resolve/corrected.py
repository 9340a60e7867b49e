"""Facts as the solver takes them: with the site's corrections laid over what was said."""

from __future__ import annotations

from packaging.requirements import Requirement

from driverenv.model.requirement import Source
from driverenv.model.resolution import (
    Available,
    Candidate,
    Demand,
    Dependencies,
    Facts,
    Failed,
    Rules,
    Unusable,
)
from driverenv.policy.corrections import applied, of

Known = Dependencies | Unusable | Failed
Overlay = dict[str, tuple[Known | None, Known]]
"""By `Candidate.key`: what was said, and that with the correction laid over it."""

CORRECTION = "a correction of the site"


def corrected(facts: Facts, rules: Rules, overlay: Overlay | None = None) -> Facts:
    """`facts`, with the corrections of `rules`; what was worked out before is kept in `overlay`."""
    if not rules.corrections:
        return facts
    before: Overlay = {} if overlay is None else overlay
    changed: dict[str, Known] = {}
    for project in rules.corrections:
        listing = facts.listings.get(project)
        for candidate in listing.candidates if isinstance(listing, Available) else ():
            said = facts.dependencies.get(candidate.key)
            known = before.get(candidate.key)
            if known is None or known[0] is not said:
                taken = believed(candidate, said, rules)
                if taken is None:
                    continue
                known = before[candidate.key] = (said, taken)
            changed[candidate.key] = known[1]
    return Facts(facts.listings, {**facts.dependencies, **changed})


def believed(candidate: Candidate, said: Known | None, rules: Rules) -> Known | None:
    """What the solver takes as what `candidate` needs, where `said` is what was said."""
    return applied(said, of(rules.corrections, candidate.project, candidate.version))


def by_candidate(requirement: Requirement, candidate: Candidate, rules: Rules | None) -> Demand:
    """A demand of `candidate`; one by a correction says so."""
    correction = of(rules.corrections, candidate.project, candidate.version) if rules else None
    if correction is None or correction.requires is None:
        return Demand(requirement, candidate, None)
    return Demand(requirement, candidate, Source(CORRECTION, 0, str(requirement)))
