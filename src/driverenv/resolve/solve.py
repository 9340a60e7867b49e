"""Facts in, outcome out: a resolution, a conflict, or the questions that stand in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from packaging.utils import NormalizedName, canonicalize_name

from driverenv.errors import DriverEnvError, Unresolvable
from driverenv.model.requirement import Target
from driverenv.model.resolution import Conflict, Demand, Facts, Pin, Questions, Resolution, Rules
from driverenv.resolve.chains import Chains, by_whom, in_order, tell
from driverenv.resolve.effort import Effort, TooDeep
from driverenv.resolve.frontier import frontier, questions
from driverenv.resolve.memory import Memory, Missing, Unreadable
from driverenv.resolve.search import Nogood, Search
from driverenv.resolve.want import Choice, Want

if TYPE_CHECKING:
    from driverenv.resolve.provider import Edges

_FIGHTS = 5
"""How many projects the error about a search without an end names."""


def solve(
    demands: Sequence[Demand],
    facts: Facts,
    target: Target,
    rules: Rules,
    *,
    memory: Memory | None = None,
    effort: Effort | None = None,
) -> Resolution | Conflict | Questions:
    """What follows from `demands` (see `rules.demands`) and `facts`, for `target` under `rules`.

    Pass the same `memory` to each round of one launch: it keeps what was worked out; the outcome
    does not depend on it. Likewise the same `effort`: it says when the time is over.

    Raises:
        Unresolvable: `TOO_DEEP`: a bound on the work, or its deadline, was reached.
        Exception: what a `Failed` holds, where the solver really needs that candidate.
    """
    memory = Memory() if memory is None else memory
    memory.effort = effort or Effort()
    memory.learn(facts, target, rules)
    roots = memory.roots(demands)
    fights: Counter[str] = Counter()
    try:
        return frontier(memory, roots) or _settle(memory, roots, fights)
    except TooDeep as reached:
        raise _too_deep(reached, fights, memory) from None


def _settle(
    memory: Memory, roots: tuple[Want, ...], fights: Counter[str]
) -> Resolution | Conflict | Questions:
    from driverenv.resolve.provider import Edges, run  # noqa: PLC0415 (resolvelib, only when it is its turn)

    edges, essential = Edges(fights), memory.essential(roots)
    try:
        outcome = run(memory, essential, edges)
        if isinstance(outcome, Questions):
            return outcome
        resolution = gathered(memory, roots, outcome) if outcome is not None else None
        return resolution or _search(memory, roots, essential, edges)
    except Unreadable as unreadable:
        raise _needed_by(unreadable, edges.demands()) from unreadable.error


def _search(
    memory: Memory, roots: tuple[Want, ...], essential: tuple[Want, ...], edges: Edges
) -> Resolution | Conflict | Questions:
    search = Search(memory, essential)
    try:
        found = search.run()
    except Missing as missing:
        return questions(memory, missing, search.possible)
    finally:
        edges.conflicts.update(search.conflicts)
    if isinstance(found, Nogood):
        causes = in_order(found.leaves(), [want.demand for want in roots])
        every = {id(demand): demand for demand in (*edges.demands(), *causes, *search.demands())}
        return Conflict(causes, tuple(every.values()))
    resolution = gathered(memory, roots, found)
    assert resolution is not None  # noqa: S101 (the search is sound)
    return resolution


def gathered(memory: Memory, roots: tuple[Want, ...], choices: Mapping[str, Choice]) -> Resolution | None:
    """From the roots along the choices: what is not reached is not part of it. None where they do not fit."""
    demanded: dict[NormalizedName, dict[int, Demand]] = {}
    reached: dict[str, Choice] = {}
    queue = list(roots)
    while queue:
        found = []
        for want in queue:
            choice = choices.get(want.ident)
            if choice is None or not memory.satisfies(choice, want):
                return None
            if want.exactly is None:
                demanded.setdefault(want.project, {})[id(want.demand)] = want.demand
            if want.ident not in reached:
                reached[want.ident] = choice
                found.append(choice)
        queue = [want for choice in sorted(found, key=lambda one: one.ident) for want in memory.wants(choice)]
    return Resolution(
        tuple(
            Pin(
                choices[project].candidate,
                _extras(demanded[project].values()),
                _sorted(demanded[project].values()),
            )
            for project in sorted(demanded)
        )
    )


def _extras(demands: Iterable[Demand]) -> tuple[NormalizedName, ...]:
    return tuple(sorted({canonicalize_name(one) for demand in demands for one in demand.requirement.extras}))


def _sorted(demands: Iterable[Demand]) -> tuple[Demand, ...]:
    """The file's own lines first, in their order; then by who demands."""
    return tuple(sorted(demands, key=by_whom))


def _needed_by(unreadable: Unreadable, demands: Iterable[Demand]) -> Exception:
    """The error that metadata failed with, and whose requirement it was that needed it."""
    chain = Chains(demands, (unreadable.candidate,)).toward(unreadable.candidate)
    if isinstance(unreadable.error, DriverEnvError) and chain:
        return unreadable.error.with_facts(("required by", tell(chain)))
    return unreadable.error


def _too_deep(reached: TooDeep, fights: Counter[str], memory: Memory) -> Unresolvable:
    """The projects it fought about most, and a version of each to begin with."""
    counts: Counter[str] = Counter()
    for ident, count in fights.items():
        counts[ident.partition("[")[0].partition(" @ ")[0]] += count
    projects = [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_FIGHTS]]
    pins = [f"{name}=={version}" for name in projects if (version := _best(memory, name))]
    such = f", with a line such as {pins[0]} for each" if pins else ""
    whom = "the projects in conflict" if projects else "the projects that have many versions"
    facts = [("because", reached.reason), *((("in conflict", ", ".join(projects)),) if projects else ())]
    return Unresolvable(
        "the search for a set of versions that fit together was given up",
        code="TOO_DEEP",
        facts=tuple(facts),
        remedies=(f"pin {whom} in the requirements file or in a constraints file{such}",),
        data={"projects": projects, "reason": reached.reason, "over_time": reached.over_time, "pins": pins},
    )


def _best(memory: Memory, project: str) -> str:
    name = canonicalize_name(project)
    shelf = memory.shelf(name) if memory.is_known(name) else None
    best = next(shelf.choices(shelf.fits(())), None) if shelf is not None else None
    return str(best.candidate.version) if best is not None else ""
