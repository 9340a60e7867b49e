"""The door to resolvelib: what it may choose, in which order it works, and what it saw on its way.

The order matters more than the engine. What the last conflict was about comes first, then projects
that were in many conflicts; then what the driver itself asks for, what is pinned, what has an upper
bound; and last the order of the driver's own lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from resolvelib import AbstractProvider, BaseReporter, ResolutionImpossible, ResolutionTooDeep
from resolvelib.resolvers import Resolution
from resolvelib.structs import RequirementInformation

from driverenv.model.resolution import Demand, Questions
from driverenv.resolve.frontier import questions
from driverenv.resolve.memory import Memory, Missing
from driverenv.resolve.want import Choice, Want

MAX_ROUNDS = 500
"""What takes longer is left to `search`, which learns."""
PROMOTED = 5
"""Projects in so many conflicts are settled early."""

_Information = RequirementInformation[Want, Choice]


def run(memory: Memory, roots: tuple[Want, ...], edges: Edges) -> Mapping[str, Choice] | Questions | None:
    """Choices by ident, which are to be checked; or what is missing; or None: it found no way (there may be one)."""
    provider = Provider(memory, roots, edges)
    try:
        # Not `Resolver`: what it does beyond this recurses without end on some cycles.
        return Resolution(provider, edges).resolve(roots, max_rounds=MAX_ROUNDS).mapping
    except Missing as missing:
        return questions(memory, missing, provider.last)
    except (ResolutionImpossible, ResolutionTooDeep):
        return None


class Edges(BaseReporter[Want, Choice, str]):
    """Remembers every demand that was seen, and who was in conflicts how often."""

    def __init__(self, conflicts: Counter[str] | None = None) -> None:
        self._seen: dict[int, Demand] = {}
        self.conflicts = Counter[str]() if conflicts is None else conflicts

    def adding_requirement(self, requirement: Want, parent: Choice | None) -> None:
        del parent  # the demand names it
        self._seen.setdefault(id(requirement.demand), requirement.demand)

    def resolving_conflicts(self, causes: Collection[_Information]) -> None:
        involved = {information.requirement.ident for information in causes}
        involved.update(information.parent.ident for information in causes if information.parent)
        self.conflicts.update(involved)

    def demands(self) -> tuple[Demand, ...]:
        """Every demand seen, in the order of their first appearance."""
        return tuple(self._seen.values())


class Provider(AbstractProvider[Want, Choice, str]):
    """Answers resolvelib's questions from a `Memory`; knows nothing of the world."""

    def __init__(self, memory: Memory, roots: tuple[Want, ...], edges: Edges) -> None:
        self._memory = memory
        self._edges = edges
        self._order = {want.ident: place for place, want in reversed(list(enumerate(roots)))}
        self.last: dict[str, int] = {}
        """What was still possible, by ident, when it was last looked at."""
        self._idents: dict[str, Want] = {}

    def identify(self, requirement_or_candidate: Want | Choice) -> str:
        return requirement_or_candidate.ident

    def narrow_requirement_selection(
        self,
        identifiers: Iterable[str],
        resolutions: Mapping[str, Choice],
        candidates: Mapping[str, Iterator[Choice]],
        information: Mapping[str, Iterator[_Information]],
        backtrack_causes: Sequence[_Information],
    ) -> Iterable[str]:
        del resolutions, candidates, information  # resolvelib's signature
        names = list(identifiers)
        if not backtrack_causes:
            return names
        involved = {cause.requirement.ident for cause in backtrack_causes}
        involved.update(cause.parent.ident for cause in backtrack_causes if cause.parent)
        return [name for name in names if name in involved] or names

    def get_preference(
        self,
        identifier: str,
        resolutions: Mapping[str, Choice],
        candidates: Mapping[str, Iterator[Choice]],
        information: Mapping[str, Iterator[_Information]],
        backtrack_causes: Sequence[_Information],
    ) -> tuple[bool, int, bool, bool, bool, float, str]:
        del resolutions, candidates, backtrack_causes  # resolvelib's signature
        direct = pinned = bounded = False
        for requirement, parent in information[identifier]:
            direct = direct or parent is None
            pinned = pinned or requirement.pinned or requirement.exactly is not None
            bounded = bounded or requirement.bounded
        conflicts = self._edges.conflicts[identifier]
        return (
            conflicts < PROMOTED,
            -conflicts if conflicts >= PROMOTED else 0,
            not direct,
            not pinned,
            not bounded,
            self._order.get(identifier, float("inf")),
            identifier,
        )

    def find_matches(
        self,
        identifier: str,
        requirements: Mapping[str, Iterator[Want]],
        incompatibilities: Mapping[str, Iterator[Choice]],
    ) -> Callable[[], Iterator[Choice]] | tuple[()]:
        wants = list(requirements[identifier])
        self._memory.effort.step()
        if wants:
            self._idents.setdefault(identifier, wants[0])
        first = self._idents[identifier]  # all who wanted it may have been withdrawn
        if first.impossible:
            return ()
        shelf = self._memory.shelf(first.project)
        if shelf is None:
            return ()
        excluded = list(incompatibilities[identifier])
        if first.extra:
            wants += requirements.get(str(first.project), ())
            excluded += incompatibilities.get(str(first.project), ())
        mask = shelf.fits(wants)
        for choice in excluded:
            mask &= ~(1 << choice.index)
        self.last[identifier] = mask
        if not mask:
            return ()
        extra = first.extra
        return lambda: shelf.choices(mask, extra)

    def is_satisfied_by(self, requirement: Want, candidate: Choice) -> bool:
        return self._memory.satisfies(candidate, requirement)

    def get_dependencies(self, candidate: Choice) -> tuple[Want, ...]:
        found = self._memory.wants(candidate)
        unknown = {
            want.project for want in found if not want.impossible and not self._memory.is_known(want.project)
        }
        if unknown:
            raise Missing(projects=sorted(unknown))
        return found
