"""Who asked for whom: from a demand back to the line of the file that it all began with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from driverenv.errors import foreign
from driverenv.model.resolution import Available, Candidate, Demand, Dependencies, Facts, Rules
from driverenv.resolve.corrected import by_candidate, corrected
from driverenv.resolve.want import Want, replaced

_NO_VERSION = Version("0")
_USER_INFO = re.compile(r"://[^/\s@]+@")

LIMIT = 10
"""How many of anything a message lists."""

Chain = tuple[Demand, ...]


class Chains:
    """The shortest way from the root lines to each demand, among all demands that were seen; `leaves` state none, and can be asked for."""

    def __init__(self, demands: Iterable[Demand], leaves: Iterable[Candidate] = ()) -> None:
        self._by_parent: dict[str, tuple[Candidate, list[Demand]]] = {}
        roots = []
        for demand in demands:
            if demand.parent is None:
                roots.append(demand)
            else:
                self._by_parent.setdefault(demand.parent.key, (demand.parent, []))[1].append(demand)
        for leaf in leaves:
            self._by_parent.setdefault(leaf.key, (leaf, []))
        self._parents: dict[str, list[Candidate]] = {}
        for parent, _ in self._by_parent.values():
            self._parents.setdefault(parent.project, []).append(parent)
        self._to: dict[str, Chain] = {}
        self._walk(roots)

    def to(self, demand: Demand) -> Chain:
        """From a root line to `demand`, both included; just `demand` where no way is known."""
        if demand.parent is None:
            return (demand,)
        return (*self._to.get(demand.parent.key, ()), demand)

    def toward(self, candidate: Candidate) -> Chain:
        """From a root line to a demand that `candidate` satisfies; empty where no way is known."""
        return self._to.get(candidate.key, ())

    def _walk(self, roots: Sequence[Demand]) -> None:
        queue: list[Chain] = [(root,) for root in roots]
        for chain in queue:
            wanted = Want(chain[-1])
            for parent in self._parents.get(wanted.project, ()):
                specifier = chain[-1].requirement.specifier
                if parent.key not in self._to and specifier.contains(parent.version, prereleases=True):
                    self._to[parent.key] = chain
                    queue += [(*chain, demand) for demand in self._by_parent[parent.key][1]]


def way_to(project: str, demands: Iterable[Demand], facts: Facts, rules: Rules | None = None) -> Chain:
    """The shortest way on which `demands` lead to `project`, as far as is known; empty where none is.

    `rules` has the site's overrides and corrections, which lead elsewhere than what is stated.
    """
    overrides = rules.overrides if rules else {}
    known = facts if rules is None else corrected(facts, rules)
    every = [replaced(one, overrides) for one in (*demands, *_stated_by_candidates(known, rules))]
    chains = Chains(every)
    ways = [chains.to(demand) for demand in every if canonicalize_name(demand.requirement.name) == project]
    return min((way for way in ways if way[0].parent is None), key=len, default=())


def _stated_by_candidates(facts: Facts, rules: Rules | None) -> Iterator[Demand]:
    for listing in facts.listings.values():
        for candidate in listing.candidates if isinstance(listing, Available) else ():
            known = facts.dependencies.get(candidate.key)
            for requirement in known.requires if isinstance(known, Dependencies) else ():
                yield by_candidate(requirement, candidate, rules)


def tell(chain: Chain) -> str:
    """One line a step: the file's line, then who requires what."""
    return "\n".join(_step(demand) for demand in chain)


def stated(requirement: Requirement) -> str:
    """A requirement as messages show it: no user and password in a URL."""
    return foreign(_USER_INFO.sub("://***@", str(requirement)))


def _step(demand: Demand) -> str:
    written = demand.replaced or demand.requirement
    if demand.parent is not None:
        by = f" (by {foreign(demand.source.file)})" if demand.source else ""
        step = f"{demand.parent} requires {stated(written)}{by}"
    else:
        step = foreign(demand.source) if demand.source else stated(written)
    if demand.replaced is None:
        return step
    return f"{step} (in its place, by an override of the site: {stated(demand.requirement)})"


def capped(lines: Sequence[str], limit: int = LIMIT) -> str:
    """The first `limit`, one a line, and how many more there are."""
    more = [f"and {len(lines) - limit} more"] if len(lines) > limit else []
    return "\n".join([*lines[:limit], *more])


def by_whom(demand: Demand) -> tuple[str, str]:
    """To sort by: the file's own lines first, then by who demands."""
    return (demand.parent.project, str(demand.requirement)) if demand.parent else ("", "")


def in_order(demands: Iterable[Demand], roots: Sequence[Demand]) -> tuple[Demand, ...]:
    """Root lines first, as the file has them; then by parent, newest version first."""
    place = {id(root): number for number, root in reversed(list(enumerate(roots)))}
    stated = [
        demand
        for demand in demands
        if demand.parent is None or demand.parent.project != demand.requirement.name
    ]
    by_version = sorted(
        stated, key=lambda demand: demand.parent.version if demand.parent else _NO_VERSION, reverse=True
    )
    return tuple(sorted(by_version, key=lambda demand: (place.get(id(demand), len(place)), *by_whom(demand))))
