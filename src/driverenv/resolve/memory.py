"""What the solver has worked out of the facts, kept from one round of questions to the next.

Everything here follows from facts, target and rules alone: a solve with a fresh `Memory` gives the
same outcome, only later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from packaging.requirements import Requirement
from packaging.utils import NormalizedName

from driverenv.model.requirement import Target
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
from driverenv.resolve.corrected import Overlay, by_candidate, corrected
from driverenv.resolve.effort import Effort
from driverenv.resolve.shelf import Shelf
from driverenv.resolve.want import Choice, Want, applies, merged, named_extras, replaced, wants

_Known = Dependencies | Unusable | Failed


class Missing(Exception):
    """The solve cannot go on without these."""

    def __init__(self, projects: Iterable[NormalizedName] = (), choices: Iterable[Choice] = ()) -> None:
        super().__init__()
        self.projects = tuple(projects)
        self.choices = tuple(choices)


class Unreadable(Exception):
    """The solve needs a candidate whose metadata could not be had."""

    def __init__(self, candidate: Candidate, error: Exception) -> None:
        super().__init__()
        self.candidate = candidate
        self.error = error


class Memory:
    """Shelves, expanded dependencies and evaluated markers of one launch. Pass the same one to each round."""

    def __init__(self) -> None:
        self._bound: tuple[Target, Rules] | None = None
        self.effort = Effort()
        self._forget()

    def _forget(self) -> None:
        self._shelves: dict[NormalizedName, Shelf] = {}
        self._wants: dict[tuple[str, str], tuple[Dependencies, tuple[Want, ...]]] = {}
        self._judged: dict[str, _Known] = {}
        self._misfits: dict[str, str] = {}
        self._pythons: dict[str, bool] = {}
        self._markers: dict[tuple[str, str], bool] = {}
        self._roots: tuple[Sequence[Demand], tuple[Want, ...]] = ((), ())
        self._corrected: Overlay = {}
        self._extras: set[str] = set()
        """Every extra that some distribution is known to have."""
        self.facts = Facts()

    def learn(self, facts: Facts, target: Target, rules: Rules) -> None:
        """Take up new facts; a change of target or rules forgets everything."""
        if self._bound is None or self._bound[0] != target or self._bound[1] != rules:
            self._forget()
        self._bound = (target, rules)
        self.facts = facts = corrected(facts, rules, self._corrected)
        news = [key for key, known in facts.dependencies.items() if self._judged.get(key) is not known]
        extras = len(self._extras)
        for key in news:
            self._judge(key, facts.dependencies[key])
        if len(self._extras) != extras:
            self._roots = ((), ())
            self._wants.clear()
        for shelf in self._shelves.values():
            for key in news:
                self._mark(shelf, key)

    @property
    def target(self) -> Target:
        """The interpreter that is solved for."""
        assert self._bound is not None  # noqa: S101 (learn comes first)
        return self._bound[0]

    @property
    def rules(self) -> Rules:
        """The rules in force."""
        assert self._bound is not None  # noqa: S101 (learn comes first)
        return self._bound[1]

    def misfit(self, candidate: Candidate) -> str:
        """Why metadata makes this candidate unusable; empty where nothing does."""
        return self._misfits.get(candidate.key, "")

    def is_known(self, project: NormalizedName) -> bool:
        """Whether the project's listing is known, or that no index has it."""
        return project in self.facts.listings

    def is_failed(self, candidate: Candidate) -> bool:
        """Whether asking for its metadata failed."""
        return isinstance(self.facts.dependencies.get(candidate.key), Failed)

    def known(self) -> Iterator[tuple[NormalizedName, str]]:
        """Project and key of each candidate whose metadata is known and whose listing was looked at."""
        for project, shelf in self._shelves.items():
            for key in shelf.positions:
                if key in self.facts.dependencies:
                    yield project, key

    def shelf(self, project: NormalizedName) -> Shelf | None:
        """The project's candidates; None where no index has it. Raises `Missing` where that is not known."""
        try:
            listing = self.facts.listings[project]
        except KeyError:
            raise Missing(projects=(project,)) from None
        if not isinstance(listing, Available):
            return None
        shelf = self._shelves.get(project)
        if shelf is None or shelf.available is not listing:
            shelf = self._shelves[project] = Shelf(listing, self.rules)
            for key in self._misfits:
                self._mark(shelf, key)
        return shelf

    def fits(self, project: NormalizedName, demanded: Iterable[Want]) -> int:
        """The candidates that satisfy all: bits of the project's shelf."""
        shelf = self.shelf(project)
        return shelf.fits(demanded) if shelf is not None else 0

    def satisfies(self, choice: Choice, want: Want) -> bool:
        """Whether `want` alone is satisfied with `choice`."""
        shelf = self.shelf(choice.project)
        return shelf is not None and bool(shelf.mask(want) >> choice.index & 1)

    def roots(self, demands: Sequence[Demand]) -> tuple[Want, ...]:
        """The wants of those root demands whose markers are true; of equal ones only the first."""
        if self._roots[0] is not demands:
            found: dict[tuple[str, str, str], Want] = {}
            for demand in demands:
                if self._applies(demand.requirement, ""):
                    for want in self._expand(demand):
                        found.setdefault((want.ident, want.text, want.impossible), want)
            self._roots = (demands, merged(tuple(found.values())))
        return self._roots[1]

    def essential(self, roots: tuple[Want, ...]) -> tuple[Want, ...]:
        """Those of `roots` that the others do not imply: with thousands of lines about one project, a few."""
        kept: list[Want] = []
        left: dict[str, tuple[int, bool, bool]] = {}
        for want in roots:
            shelf = None if want.impossible or not self.is_known(want.project) else self.shelf(want.project)
            if shelf is None:
                kept.append(want)
                continue
            mask, pinned, explicit = left.get(want.ident, (-1, False, False))
            now = (mask & shelf.mask(want), pinned or want.pinned, explicit or want.explicit)
            if now != (mask, pinned, explicit):
                kept.append(want)
                left[want.ident] = now
        return tuple(kept)

    def wants(self, choice: Choice) -> tuple[Want, ...]:
        """What a choice depends on; of a lock nothing. Raises `Missing` where it is not known, `Unreadable` where it cannot be."""
        if self.rules.exact:
            return ()
        known = self.facts.dependencies.get(choice.candidate.key)
        if known is None:
            raise Missing(choices=(choice,))
        if isinstance(known, Failed):
            raise Unreadable(choice.candidate, known.error)
        if isinstance(known, Unusable):
            return ()
        place = (choice.candidate.key, choice.extra)
        remembered = self._wants.get(place)
        if remembered is None or remembered[0] is not known:
            remembered = self._wants[place] = (known, self._depend(choice, known))
        return remembered[1]

    def _depend(self, choice: Choice, known: Dependencies) -> tuple[Want, ...]:
        found: list[Want] = []
        if choice.extra:
            shelf = self.shelf(choice.project)
            assert shelf is not None  # noqa: S101 (the choice came from it)
            same = Requirement(f"{choice.project}=={choice.candidate.version}")
            found.append(Want(Demand(same, choice.candidate, None), exactly=shelf.choice(choice.index)))
        for requirement in known.requires:
            if self._applies(requirement, choice.extra) and not (
                choice.extra and self._applies(requirement, "")
            ):
                found += self._expand(by_candidate(requirement, choice.candidate, self.rules))
        return merged(tuple(found))

    def _expand(self, demand: Demand) -> tuple[Want, ...]:
        """A direct URL in metadata would go round the indexes: a demand that nothing satisfies (POLICY D2)."""
        demand = replaced(demand, self.rules.overrides)
        if demand.requirement.url is not None:
            return (Want(demand, impossible=demand.requirement.url),)
        return wants(demand, self._extras)

    def _applies(self, requirement: Requirement, extras: str) -> bool:
        """Whether the marker is true with one of `extras` (names with commas between them; "" is none)."""
        if requirement.marker is None:
            return True
        marker = str(requirement.marker)
        asked: Iterable[str] = ("",)
        if extras:
            named = named_extras(marker)
            asked = extras.split(",") if named is None else named.intersection(extras.split(","))
        return any(self._is_true(requirement, marker, extra) for extra in asked)

    def _is_true(self, requirement: Requirement, marker: str, extra: str) -> bool:
        place = (marker, extra)
        known = self._markers.get(place)
        if known is None:
            groups = self.rules.groups if self.rules.exact else None
            known = self._markers[place] = applies(requirement, self.target, extra, groups)
        return known

    def _judge(self, key: str, known: _Known) -> None:
        self._judged[key] = known
        self._misfits.pop(key, None)
        if isinstance(known, Dependencies):
            self._extras |= provided(known)
        if isinstance(known, Unusable):
            self._misfits[key] = known.detail
        elif isinstance(known, Dependencies) and not self._fits_python(known.requires_python):
            self._misfits[key] = f"it requires Python {known.requires_python}"

    def _fits_python(self, requires_python: str | None) -> bool:
        if not requires_python:
            return True
        if requires_python not in self._pythons:
            self._pythons[requires_python] = self.target.fits_python(requires_python)
        return self._pythons[requires_python]

    def _mark(self, shelf: Shelf, key: str) -> None:
        index = shelf.positions.get(key)
        if index is not None:
            bit = 1 << index
            shelf.misfits = (shelf.misfits & ~bit) | (
                bit if key in self._misfits else shelf.hash_misfits & bit
            )


def provided(known: Dependencies) -> frozenset[str]:
    """The extras that a distribution has; old metadata has markers with extras that it does not list."""
    markers = (str(one.marker) for one in known.requires if one.marker is not None)
    return known.extras.union(*(named_extras(marker) or () for marker in markers))
