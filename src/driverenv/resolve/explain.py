"""From a conflict to the narrowest error that is true, with everything that is wrong in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from driverenv.errors import (
    DriverEnvError,
    IntegrityError,
    LocalVersionMismatch,
    PolicyViolation,
    ProjectNotFound,
    Unresolvable,
    foreign,
)
from driverenv.model.requirement import Target
from driverenv.model.resolution import Conflict, Demand, Facts, Rules
from driverenv.model.site import Policy
from driverenv.resolve import cure
from driverenv.resolve.blame import Blame
from driverenv.resolve.chains import Chains, capped, stated, tell
from driverenv.resolve.memory import Memory
from driverenv.resolve.minimal import Core, minimal, place
from driverenv.resolve.problems import Problem, problem
from driverenv.resolve.served import served_by
from driverenv.resolve.shelf import Shelf
from driverenv.resolve.want import Want

_KINDS: Mapping[str, type[DriverEnvError]] = {
    "LOCAL_NO_MATCH": LocalVersionMismatch,
    "LOCAL_EMPTY": LocalVersionMismatch,
    "NOT_FOUND": ProjectNotFound,
    "PUBLIC_FORBIDDEN": PolicyViolation,
    "ABSENT_OFFLINE": ProjectNotFound,
    "PUBLIC_NO_MATCH": Unresolvable,
    "DIRECT_NO_MATCH": Unresolvable,
    "CONFLICT": Unresolvable,
    "BUILD_FORBIDDEN": PolicyViolation,
    "POLICY_URL": PolicyViolation,
    "INTEGRITY": IntegrityError,
}
_KNOTS = 3
"""How many contradictions a message tells."""


def explain(
    conflict: Conflict, facts: Facts, target: Target, rules: Rules, *, policy: Policy | None = None
) -> DriverEnvError:
    """The error for `conflict`, to be raised. `policy` names the indexes that were not asked."""
    return _error([found.problem for found in _found(conflict, facts, target, rules, policy)])


class Trouble(NamedTuple):
    """One thing that is wrong, and the lines that lead there."""

    error: DriverEnvError
    roots: tuple[Demand, ...]
    """What the requirements file, or the policy, states: without these lines it would not be wrong."""


def troubles(
    conflict: Conflict, facts: Facts, target: Target, rules: Rules, *, policy: Policy | None = None
) -> tuple[Trouble, ...]:
    """The same as `explain`, an error for each thing that is wrong."""
    found = _found(conflict, facts, target, rules, policy)
    return tuple(Trouble(_error([one.problem]), one.roots) for one in found)


class _Found(NamedTuple):
    problem: Problem
    roots: tuple[Demand, ...]


def _found(
    conflict: Conflict, facts: Facts, target: Target, rules: Rules, policy: Policy | None
) -> list[_Found]:
    memory = Memory()
    memory.learn(facts, target, rules)
    every = {id(demand): demand for demand in (*conflict.demands, *conflict.causes)}
    stated_lines = sorted((one for one in every.values() if one.parent is None), key=place)
    roots = memory.roots(stated_lines)
    blame = Blame(memory, roots)
    found = [_Found(problem(leaf, memory, policy), leaf.chain[:1]) for leaf in blame.leaves()]
    if not found:
        core = minimal(conflict, facts, target, rules)
        told = _contradiction(conflict, core, memory, policy, blame)
        knots = _knots(Conflict(core.causes, ()), memory)[:_KNOTS]
        sides = [(shelf.available.project, demands) for shelf, demands in knots]
        instead = cure.override(stated_lines, sides, facts, target, rules)
        found = [_Found(_overridden(told, instead), core.lines)]
    return found


def _error(problems: Sequence[Problem]) -> DriverEnvError:
    first = problems[0]
    data = {**first.data, "problems": [_as_data(one) for one in problems]}
    kind = _KINDS[first.code]
    if len(problems) == 1:
        return kind(first.summary, code=first.code, facts=first.facts, remedies=first.remedies, data=data)
    projects = list(dict.fromkeys(one.project for one in problems))
    facts: list[tuple[str, str]] = []
    for number, one in enumerate(problems, 1):
        facts += [(f"problem {number}", f"{one.code}: {one.summary}"), *one.facts]
    remedies = dict.fromkeys(remedy for one in problems for remedy in one.remedies)
    summary = f"{len(problems)} requirements cannot be met: {', '.join(projects)}"
    return kind(summary, code=first.code, facts=tuple(facts), remedies=tuple(remedies), data=data)


def _as_data(one: Problem) -> dict[str, object]:
    return {"code": one.code, "summary": one.summary, **one.data}


def _contradiction(
    conflict: Conflict, core: Core, memory: Memory, policy: Policy | None, blame: Blame
) -> Problem:
    """Demands that each could be met, but not together: those of the fewest lines, as far as that could be proved."""
    every = {id(one): one for one in (*core.lines, *core.demands, *core.causes)}
    conflict = Conflict(core.causes, tuple(every.values()))
    chains = Chains(conflict.demands)
    knots = _knots(conflict, memory)
    facts: list[tuple[str, str]] = []
    for shelf, demands in knots[:_KNOTS]:
        project = shelf.available.project
        sides = _sides(demands, chains)
        sides += [
            f"constraint {tell((want.demand,))}"
            for want in shelf.constraint
            if any(want.demand is one for one in core.constraints)
        ]
        facts.append(("conflict", f"no version of {project} satisfies all of these:"))
        facts += [("", side) for side in sides]
        facts += served_by(shelf.available.listing, policy)
        versions = [str(candidate.version) for candidate in shelf.available.candidates[:10]]
        more = len(shelf.available.candidates) - len(versions)
        facts.append(("versions", ", ".join(versions) + (f", and {more} more" if more else "")))
    if not knots:
        facts.append(("conflict", "these cannot all be met at once:"))
        facts.append(("", capped([tell(chains.to(cause)) for cause in conflict.causes])))
    hopeless = [cause for cause in conflict.causes if blame.is_hopeless(Want(cause))] if knots else []
    facts += [("passed over", f"{tell((cause,))}, which cannot be had") for cause in hopeless[:_KNOTS]]
    names = [shelf.available.project for shelf, _ in knots[:_KNOTS]]
    summary = (
        f"the requirements contradict each other about {', '.join(names)}"
        if names
        else "the requirements contradict each other"
    )
    return Problem(
        "CONFLICT",
        names[0] if names else "",
        summary,
        tuple(facts),
        _remedies(core),
        _data(conflict, core, chains),
    )


def _overridden(told: Problem, instead: str) -> Problem:
    if not instead:
        return told
    remedy = f'or, if the driver is known to run so, say it in the site\'s settings: overrides = ["{foreign(instead)}"]'
    return told._replace(remedies=(*told.remedies, remedy), data={**told.data, "override": foreign(instead)})


def _knots(conflict: Conflict, memory: Memory) -> list[tuple[Shelf, list[Demand]]]:
    """The projects whose demands in the proof exclude each other, with those demands."""
    by_project: dict[str, list[Demand]] = {}
    for cause in conflict.causes:
        if cause.requirement.url is None:
            by_project.setdefault(Want(cause).project, []).append(cause)
    knots = []
    for demands in by_project.values():
        project = Want(demands[0]).project
        shelf = memory.shelf(project) if memory.is_known(project) else None
        if shelf is not None and len(demands) > 1 and not shelf.fits([Want(demand) for demand in demands]):
            knots.append((shelf, demands))
    return sorted(knots, key=lambda knot: len(knot[1]))


def _sides(demands: Sequence[Demand], chains: Chains) -> list[str]:
    """One a distinct requirement: the first who states it with the way there, and how many more."""
    sides: dict[str, list[Demand]] = {}
    for demand in demands:
        sides.setdefault(str(demand.requirement.specifier), []).append(demand)
    told = []
    for specifier, those in sides.items():
        name = foreign(f"{those[0].requirement.name}{specifier}")
        others = [str(demand.parent) for demand in those[1:] if demand.parent]
        more = f"\n    the same: {_some(others)}" if others else ""
        told.append(f"{name}\n    " + tell(chains.to(those[0])).replace("\n", "\n    ") + more)
    return told


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown}, and {len(names) - 5} more" if len(names) > 5 else shown  # noqa: PLR2004


def _remedies(core: Core) -> tuple[str, ...]:
    lines = dict.fromkeys(foreign(one.source) for one in (*core.lines, *core.constraints) if one.source)
    return (f"change one of these lines: {'; '.join(list(lines)[:5])}",) if lines else ()


def _data(conflict: Conflict, core: Core, chains: Chains) -> dict[str, object]:
    sides = [
        {"requirement": stated(c.requirement), "chain": tell(chains.to(c)).split("\n")}
        for c in conflict.causes
    ]
    lines = [_line(one) for one in (*core.lines, *core.constraints)]
    return {"sides": sides, "minimal": lines, "minimal_proven": core.is_least}


def _line(demand: Demand) -> dict[str, object]:
    source = demand.source
    place = {"file": foreign(source.file), "line": source.line} if source else {"file": "", "line": 0}
    return {**place, "requirement": stated(demand.requirement)}
