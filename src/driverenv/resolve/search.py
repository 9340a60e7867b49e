"""The last word: a complete search that learns from each conflict, for what resolvelib cannot settle.

resolvelib withdraws pins in a way that, on graphs with cycles, now and then calls solvable
requirements impossible, runs in circles, or returns a set that does not fit together. So its answers
are checked, and where it has none this search decides. It is conflict-driven learning over sets of
candidates: each project has a domain (bits of its shelf, and one more bit for "not needed"), each
dependency is a nogood (a combination that must not be), and each conflict teaches another nogood,
which remembers those it follows from: what is left at the end is a proof, told by its demands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from packaging.utils import NormalizedName, canonicalize_name

from driverenv.model.resolution import Demand, Dependencies
from driverenv.resolve.effort import TooDeep
from driverenv.resolve.memory import Memory, Missing
from driverenv.resolve.shelf import Shelf
from driverenv.resolve.want import Choice, Want

MAX_CONFLICTS = 20_000
"""A bound on the work, whatever the machine."""
_PAUSE = 1000
"""After so many conclusions the time is looked at."""


class Nogood:
    """Not all of `terms` (by ident: a set of candidates) may hold at once."""

    __slots__ = ("causes", "demand", "terms")

    def __init__(
        self, terms: dict[str, int], demand: Demand | None = None, causes: tuple[Nogood, ...] = ()
    ) -> None:
        self.terms = terms
        self.demand = demand
        self.causes = causes

    def leaves(self) -> Iterator[Demand]:
        """The demands that it follows from, each once."""
        seen: set[int] = set()
        queue = [self]
        while queue:
            nogood = queue.pop()
            if id(nogood) in seen:
                continue
            seen.add(id(nogood))
            queue += nogood.causes
            if nogood.demand is not None and id(nogood.demand) not in seen:
                seen.add(id(nogood.demand))
                yield nogood.demand


class _Step(NamedTuple):
    """A domain became smaller: by decision (no reason), or because a nogood left nothing else."""

    ident: str
    before: int
    level: int
    reason: Nogood | None


class Search:
    """One search; `run` it once."""

    def __init__(self, memory: Memory, roots: Sequence[Want], *, limit: int | None = None) -> None:
        self._memory = memory
        self._limit = MAX_CONFLICTS if limit is None else limit
        self._roots = roots
        self._order = {want.ident: place for place, want in reversed(list(enumerate(roots)))}
        self._idents: dict[str, Want] = {}
        self._domains: dict[str, int] = {}
        self._history: dict[str, list[tuple[int, int]]] = {}
        self._trail: list[_Step] = []
        self._level = 0
        self._uses: dict[str, list[Nogood]] = {}
        self._queue: list[Nogood] = []
        self._decided: dict[str, int] = {}
        self._depended: set[tuple[str, int]] = set()
        self._conflicts: Counter[str] = Counter()
        self.learned = 0
        """How many conflicts there were."""
        self._demanding: dict[NormalizedName, set[NormalizedName]] | None = None

    @property
    def conflicts(self) -> Counter[str]:
        """By ident: in how many conflicts it was."""
        return self._conflicts

    @property
    def possible(self) -> dict[str, int]:
        """The candidates that are still possible, by ident."""
        return {ident: domain >> 1 for ident, domain in self._domains.items()}

    def demands(self) -> Iterator[Demand]:
        """Every demand that was taken into account."""
        for nogoods in self._uses.values():
            yield from (nogood.demand for nogood in nogoods if nogood.demand is not None)

    def run(self) -> dict[str, Choice] | Nogood:
        """The choices by ident, or the proof that there are none.

        Raises:
            Missing: something must be known first.
            TooDeep: a bound on the work was reached.
        """
        for want in self._roots:
            self._require({}, want)
        for _ in range(self._limit):
            conflict = self._propagate()
            while conflict is None:
                self._memory.effort.step()
                if not self._decide():
                    return {chosen: self._choice(chosen, index) for chosen, index in self._decided.items()}
                conflict = self._propagate()
            self.learned += 1
            learned = self._learn(conflict)
            if not learned.terms:
                return learned
        raise TooDeep(f"after {self._limit} conflicts there was no end in sight")

    # ------------------------------------------------------------------------------------- what there is

    def _shelf(self, ident: str) -> Shelf | None:
        want = self._idents[ident]
        return None if want.impossible else self._memory.shelf(want.project)

    def _universe(self, ident: str) -> int:
        shelf = self._shelf(ident)
        return (shelf.everything << 1 | 1) if shelf is not None else 1

    def _choice(self, ident: str, index: int) -> Choice:
        shelf = self._shelf(ident)
        assert shelf is not None  # noqa: S101 (what is chosen lies on a shelf)
        return shelf.choice(index, self._idents[ident].extra)

    def _require(self, terms: dict[str, int], want: Want) -> None:
        """Where all of `terms` hold, `want` must be satisfied. Bit 0 of a domain: not needed at all."""
        if want.ident not in self._domains:
            self._idents[want.ident] = want
            universe = self._universe(want.ident)
            shelf = self._shelf(want.ident)
            usable = shelf.usable << 1 | 1 if shelf is not None else 1
            self._domains[want.ident] = usable & universe
            self._history[want.ident] = []
            self._uses[want.ident] = []
        shelf = self._shelf(want.ident)
        satisfying = shelf.mask(want) << 1 if shelf is not None else 0
        refused = self._universe(want.ident) & ~satisfying
        if want.ident in terms:  # it demands another version of itself
            if terms[want.ident] & refused:
                self._add(Nogood({want.ident: terms[want.ident] & refused}, want.demand))
            return
        self._add(Nogood({**terms, want.ident: refused}, want.demand))

    def _add(self, nogood: Nogood) -> None:
        for ident in nogood.terms:
            self._uses[ident].append(nogood)
        self._queue.append(nogood)

    # --------------------------------------------------------------------------------------- what follows

    def _propagate(self) -> Nogood | None:
        """Draw all conclusions; the nogood that is violated, if one is."""
        drawn = 0
        while self._queue:
            drawn += 1
            if not drawn % _PAUSE:
                self._memory.effort.step()
            nogood = self._queue.pop()
            still_open = ""
            for ident, mask in nogood.terms.items():
                domain = self._domains[ident]
                if not domain & ~mask:
                    continue
                if not domain & mask or still_open:
                    break  # it cannot be violated any more, or not yet
                still_open = ident
            else:
                if not still_open:
                    self._queue.clear()
                    return nogood
                self._narrow(still_open, ~nogood.terms[still_open], nogood)
        return None

    def _narrow(self, ident: str, mask: int, reason: Nogood | None) -> None:
        before = self._domains[ident]
        self._history[ident].append((len(self._trail), before & mask))
        self._trail.append(_Step(ident, before, self._level, reason))
        self._domains[ident] = before & mask
        self._queue += self._uses[ident]

    def _decide(self) -> bool:
        """Decide on one more project, or learn what stands against it; False where nothing is left to decide."""
        undecided = [
            ident for ident, domain in self._domains.items() if not domain & 1 and ident not in self._decided
        ]
        undecided.sort(key=self._preference)
        for ident in undecided:
            mature = self._mature(ident)
            if mature:
                self._take(ident, (mature & -mature).bit_length() - 1)
                return True
        if undecided:
            self._refuse(undecided[0])
        return bool(undecided)

    def _preference(self, ident: str) -> tuple[int, float, int, str]:
        """Those in conflicts first, then the driver's own, then the narrowest."""
        place = self._order.get(ident, float("inf"))
        return -self._conflicts[ident], place, self._domains[ident].bit_count(), ident

    def _take(self, ident: str, index: int) -> None:
        """Decide; but where it is not known yet what that needs, take that into account first."""
        if (ident, index) in self._depended:
            self._level += 1
            self._decided[ident] = index
            self._narrow(ident, 2 << index, None)
            return
        found = self._memory.wants(self._choice(ident, index))
        unknown = {
            want.project for want in found if not want.impossible and not self._memory.is_known(want.project)
        }
        if unknown:
            raise Missing(projects=sorted(unknown))
        self._depended.add((ident, index))
        for want in found:
            self._require({ident: 2 << index}, want)

    def _mature(self, ident: str) -> int:
        """What may be taken now: pre-releases and yanked files only where those who demand the project let them in."""
        domain = self._domains[ident] >> 1
        shelf = self._shelf(ident)
        if shelf is None or not domain & ~(shelf.finals & shelf.unyanked):
            return domain
        project = self._idents[ident].project
        demanding = [want for want in self._roots if want.project == project]
        for chosen, index in self._decided.items():
            demanding += self._memory.wants(self._choice(chosen, index))
        return domain & shelf.fits(
            want for want in demanding if want.project == project and not want.impossible
        )

    def _refuse(self, ident: str) -> None:
        """Nothing decided so far lets in what is left of `ident`; whoever might is among the decided, or may come yet."""
        project = self._idents[ident].project
        relevant = self._demanders().get(project, set())
        decided = {self._idents[other].project for other in self._decided}
        terms = {
            other: 2 << index
            for other, index in self._decided.items()
            if other != ident and (not relevant <= decided or self._idents[other].project in relevant)
        }
        self._add(Nogood({**terms, ident: self._domains[ident]}))

    def _demanders(self) -> dict[NormalizedName, set[NormalizedName]]:
        """By project: the projects of which a known candidate requires it."""
        if self._demanding is None:
            self._demanding = {}
            for project, key in self._memory.known():
                known = self._memory.facts.dependencies[key]
                for requirement in known.requires if isinstance(known, Dependencies) else ():
                    self._demanding.setdefault(canonicalize_name(requirement.name), set()).add(project)
        return self._demanding

    # -------------------------------------------------------------------------------- what conflicts teach

    def _learn(self, nogood: Nogood) -> Nogood:
        """Resolve the violated nogood with its reasons until it says which decision to take back; go there."""
        while True:
            latest, level = self._latest(nogood)
            if latest < 0:
                return Nogood({}, nogood.demand, nogood.causes)
            step = self._trail[latest]
            if step.reason is None or level < step.level:
                break
            nogood = self._resolve(nogood, step.reason, step.ident)
        self._conflicts.update(nogood.terms.keys())
        self._back_to(level)
        self._add(nogood)
        return nogood

    def _latest(self, nogood: Nogood) -> tuple[int, int]:
        """The step by which the last of the terms came to hold, and the level by which all others did."""
        holds = sorted((self._since(ident, mask), ident) for ident, mask in nogood.terms.items())
        if not holds:
            return -1, 0
        others = [self._trail[index].level for index, _ in holds[:-1] if index >= 0]
        return holds[-1][0], max(others, default=0)

    def _since(self, ident: str, mask: int) -> int:
        """The first step after which `ident` was within `mask`; -1: it always was."""
        history = self._history[ident]
        before = self._trail[history[0][0]].before if history else self._domains[ident]
        if not before & ~mask:
            return -1
        return next(index for index, domain in history if not domain & ~mask)

    def _resolve(self, nogood: Nogood, reason: Nogood, ident: str) -> Nogood:
        terms = dict(nogood.terms)
        for other, mask in reason.terms.items():
            terms[other] = terms[other] & mask if other in terms else mask
        terms[ident] = nogood.terms[ident] | reason.terms[ident]
        history = self._history[ident]
        if not self._trail[history[0][0]].before & ~terms[ident]:
            del terms[ident]
        return Nogood(terms, causes=(nogood, reason))

    def _back_to(self, level: int) -> None:
        while self._trail and self._trail[-1].level > level:
            step = self._trail.pop()
            self._domains[step.ident] = step.before
            self._history[step.ident].pop()
            if step.reason is None:
                del self._decided[step.ident]
        self._level = level
        self._queue.clear()
