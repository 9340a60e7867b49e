"""The fewest lines that contradict each other: what is left when no line can be taken away any more.

Each guess is proved by the search on what is known; where it would have to ask first, or takes too
long, a set counts as "not proven contradictory", so a line is taken away only where that is certain.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

from driverenv.model.requirement import Target
from driverenv.model.resolution import Conflict, Demand, Facts, Rules
from driverenv.resolve.chains import in_order
from driverenv.resolve.effort import TooDeep
from driverenv.resolve.memory import Memory, Missing, Unreadable
from driverenv.resolve.search import Nogood, Search
from driverenv.resolve.want import Want

MAX_PROOFS = 100
"""How many sets are looked at, at most."""
MAX_CONFLICTS = 500
"""How many conflicts all proofs together may take."""
_ALL_SUBSETS = 5
"""So few lines are looked at in every combination: what is found then are the fewest there are among them."""


class Core(NamedTuple):
    """Lines that cannot hold together, and the proof of it."""

    lines: tuple[Demand, ...]
    """Root demands, in their order."""
    constraints: tuple[Demand, ...]
    causes: tuple[Demand, ...]
    """The demands that the proof rests on."""
    demands: tuple[Demand, ...]
    """Every demand that was taken into account."""
    is_least: bool
    """Whether every line was tried; not, where the bounds on the work were reached first."""


def minimal(conflict: Conflict, facts: Facts, target: Target, rules: Rules) -> Core:
    """The fewest lines of `conflict` (root demands, constraints) that contradict each other.

    The causes of the conflict are the first proof; what is tried takes lines away from those.
    """
    causes = {id(one): one for one in conflict.causes if one.parent is None}
    lines = tuple(sorted(causes.values(), key=place))
    constraints = tuple(one for those in rules.constraints.values() for one in those)
    prover = _Prover(facts, target, rules)
    core = Core(lines, constraints, conflict.causes, conflict.demands, is_least=False)
    core = prover.with_fewer_constraints(prover.with_fewer_lines(core))
    if 1 < len(core.lines) + len(core.constraints) <= _ALL_SUBSETS:
        core = prover.smallest(core)
    return core._replace(is_least=not prover.gave_up)


def place(root: Demand) -> tuple[str, int]:
    """Where a root demand stands, to sort by."""
    return (root.source.file, root.source.line) if root.source else ("", 0)


class _Prover:
    def __init__(self, facts: Facts, target: Target, rules: Rules) -> None:
        self._facts, self._target, self._rules = facts, target, rules
        self._memories: dict[tuple[int, ...], Memory] = {}
        self._proofs = MAX_PROOFS
        self._conflicts = MAX_CONFLICTS
        self.gave_up = False

    def prove(self, lines: tuple[Demand, ...], constraints: tuple[Demand, ...]) -> Core | None:
        """The proof that these cannot hold together; it may need fewer lines. None where there is none."""
        if not self._proofs or self._conflicts <= 0:
            self.gave_up = True
            return None
        self._proofs -= 1
        memory = self._memory(constraints)
        search = Search(memory, memory.essential(memory.roots(lines)), limit=self._conflicts)
        try:
            found = search.run()
        except TooDeep:
            self.gave_up = True
            return None
        except (Missing, Unreadable):
            return None
        finally:
            self._conflicts -= search.learned
        if not isinstance(found, Nogood):
            return None
        causes = in_order(found.leaves(), lines)
        needed = {id(one) for one in causes}
        stated = {id(one.replaced): one for one in causes if one.replaced and one.parent is None}
        kept = tuple(one for one in lines if id(one) in needed or id(one.requirement) in stated)
        return Core(kept, constraints, causes, tuple(search.demands()), is_least=False)

    def with_fewer_lines(self, core: Core) -> Core:
        """Take away each line that is not needed, the last one first."""
        for line in reversed(core.lines):
            rest = tuple(one for one in core.lines if one is not line)
            if len(rest) < len(core.lines):
                core = self.prove(rest, core.constraints) or core
        return core

    def with_fewer_constraints(self, core: Core) -> Core:
        """All at once, then those of projects that nothing is demanded of, then one by one."""
        if not core.constraints:
            return core
        without = self.prove(core.lines, ())
        if without is not None:
            return without
        demanded = {Want(one).project for one in core.causes if one.requirement.url is None}
        near = tuple(one for one in core.constraints if Want(one).project in demanded)
        core = self.prove(core.lines, near) or core
        for constraint in reversed(core.constraints):
            rest = tuple(one for one in core.constraints if one is not constraint)
            core = self.prove(core.lines, rest) or core
        return core

    def smallest(self, core: Core) -> Core:
        """A proof of the smallest subset that has one: rules about pre-releases may hide it from one-by-one."""
        parts: Sequence[Demand] = (*core.lines, *core.constraints)
        count = len(core.lines)
        for size in range(1, len(parts)):
            for chosen in itertools.combinations(range(len(parts)), size):
                lines = tuple(parts[one] for one in chosen if one < count)
                constraints = tuple(parts[one] for one in chosen if one >= count)
                found = self.prove(lines, constraints) if lines else None
                if found is not None:
                    return found._replace(lines=lines)
        return core

    def _memory(self, constraints: tuple[Demand, ...]) -> Memory:
        key = tuple(map(id, constraints))
        memory = self._memories.get(key)
        if memory is None:
            kept = {
                project: left
                for project, those in self._rules.constraints.items()
                if (left := tuple(one for one in those if any(one is other for other in constraints)))
            }
            memory = self._memories[key] = Memory()
            memory.learn(self._facts, self._target, self._rules.with_constraints(kept))
        return memory
