"""Which override of the site would let a set go through that contradicts itself: old versions of pip installed such sets.

Whether the driver then runs is known to who runs it, and to nobody here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from packaging.requirements import Requirement
from packaging.utils import NormalizedName

from driverenv.model.requirement import Target
from driverenv.model.resolution import Demand, Facts, Rules
from driverenv.resolve.effort import TooDeep
from driverenv.resolve.memory import Memory, Missing, Unreadable
from driverenv.resolve.search import Nogood, Search

_TRIES = 6
_MAX_CONFLICTS = 200

Knot = tuple[NormalizedName, Sequence[Demand]]
"""A project, and the demands on it that exclude each other."""


def override(
    lines: Sequence[Demand], knots: Sequence[Knot], facts: Facts, target: Target, rules: Rules
) -> str:
    """What to say as an override, so that `lines` contradict each other no more; "" where none is known to do.

    What a line of the driver says itself comes first; of lines alone none is overridden: they can be changed.
    One that is proved to be enough is better than one of which nothing worse is known.
    """
    if rules.exact:
        return ""
    maybe = ""
    for project, text in _choices(knots)[:_TRIES]:
        instead = {**rules.overrides, project: Requirement(text)}
        enough = _is_enough(lines, facts, target, replace(rules, overrides=instead))
        if enough:
            return text
        if enough is None:
            maybe = maybe or text
    return maybe


def _choices(knots: Sequence[Knot]) -> list[tuple[NormalizedName, str]]:
    found: dict[str, NormalizedName] = {}
    for project, demands in knots:
        if any(one.parent is not None for one in demands):
            for demand in sorted(demands, key=lambda one: one.parent is not None):
                found.setdefault(f"{project}{demand.requirement.specifier}", project)
    return [(project, text) for text, project in found.items()]


def _is_enough(lines: Sequence[Demand], facts: Facts, target: Target, rules: Rules) -> bool | None:
    """None: more would have to be asked to know."""
    memory = Memory()
    memory.learn(facts, target, rules)
    search = Search(memory, memory.essential(memory.roots(lines)), limit=_MAX_CONFLICTS)
    try:
        return not isinstance(search.run(), Nogood)
    except (Missing, Unreadable, TooDeep):
        return None
