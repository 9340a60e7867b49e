"""Random worlds: a local and a public index, lines of a file, words of a policy; and an oracle that tries everything."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from driverenv import resolve
from driverenv.model.requirement import Requirements, Root, Source
from driverenv.model.resolution import Candidate, Conflict, Facts, Resolution
from tests.unit.resolve.worlds import F, World

VERSIONS = ("2.0a1", "2", "1.5", "1")
SPECIFIERS = ("", ">=1.5", "<2", "==1", "==2", "!=1.5", "<=1.5", ">=2.0a1", "==1.5")
PYTHONS = (None, None, None, ">=3.12", ">=3.8")


@dataclass(frozen=True)
class Case:
    """A world, what is asked of it, and how that is told."""

    world: World
    lines: tuple[str, ...]
    constraints: tuple[str, ...] = ()

    @property
    def wanted(self) -> Requirements:
        """The lines, as a requirements file has them."""
        return Requirements(roots=_roots(self.lines), constraints=_roots(self.constraints))


def _roots(lines: tuple[str, ...]) -> tuple[Root, ...]:
    return tuple(
        Root(Requirement(line), Source("requirements.txt", at, line)) for at, line in enumerate(lines, 1)
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Up to five projects, some local, some public, some both, of which each may demand any, with every rule."""
    names = "abcde"[: draw(st.integers(2, 5))]

    def stated(*, extras: bool = True) -> str:
        extra = draw(st.sampled_from(("", "", "[x]", "[y]", "[x,y]"))) if extras else ""
        return f"{draw(st.sampled_from(names))}{extra}{draw(st.sampled_from(SPECIFIERS))}"

    def file(version: str) -> F:
        markers = ("", "", '; extra == "x"', '; extra == "y"', '; python_version < "3.9"')
        count = draw(st.integers(0, 2))
        requires = tuple(f"{stated()} {draw(st.sampled_from(markers))}" for _ in range(count))
        yanked = draw(st.sampled_from((None, None, None, "bad")))
        return F(version, requires, yanked=yanked, python=draw(st.sampled_from(PYTHONS)), extras=("x", "y"))

    def content() -> dict[str, list[str | F]]:
        chosen = [name for name in names if draw(st.booleans())]
        return {
            name: [file(one) for one in VERSIONS if draw(st.booleans())] or [file("1")] for name in chosen
        }

    def some(limit: int) -> tuple[str, ...]:
        return tuple(stated(extras=False) for _ in range(draw(st.integers(0, limit))))

    world = World(
        local=content(),
        public=content(),
        prereleases=draw(st.sampled_from(("if-necessary", "explicit", "never"))),
        yanked=draw(st.sampled_from(("pinned", "pinned", "never"))),
        constraints=some(1),
        overrides=some(1),
        baseline=some(1),
    )
    lines = tuple(stated() for _ in range(draw(st.integers(1, 3))))
    return Case(world, lines, some(1))


@dataclass
class Oracle:
    """Tries every set of candidates; knows the rules by their words, not by the code under test."""

    case: Case
    found: dict[str, list[Candidate]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        world = self.case.world
        for name in {*world.local, *world.public}:
            listing = world.listing(canonicalize_name(name), self.case.wanted)
            self.found[name] = list(getattr(listing, "candidates", ()))
        self.overrides: dict[str, SpecifierSet] = {}
        for text in world.overrides:
            one = Requirement(text)
            self.overrides[one.name] = self.overrides.get(one.name, SpecifierSet()) & one.specifier

    def solutions(self) -> Iterator[Mapping[str, Candidate]]:
        """Every set of one candidate a project that satisfies all, and has nothing needless."""
        names = sorted(self.found)
        for chosen in itertools.product(*([None, *self.found[name]] for name in names)):
            pins = {name: one for name, one in zip(names, chosen, strict=True) if one is not None}
            if self.is_solution(pins):
                yield pins

    def is_solution(self, pins: Mapping[str, Candidate]) -> bool:
        """Whether all demands from the roots on are met, by the rules, and nothing is there without one."""
        demands = [Requirement(line) for line in (*self.case.lines, *self.case.world.baseline)]
        on: dict[str, list[SpecifierSet]] = {}
        seen: set[tuple[str, str]] = set()
        for one in demands:
            if one.name not in pins:
                return False
            on.setdefault(one.name, []).append(self.overrides.get(one.name, one.specifier))
            for extra in ("", *one.extras):
                if (one.name, extra) not in seen:
                    seen.add((one.name, extra))
                    demands += self._requires(pins[one.name], extra)
        return set(on) == set(pins) and all(self._may(pins[name], stated) for name, stated in on.items())

    def _requires(self, candidate: Candidate, extra: str) -> list[Requirement]:
        markers = {**self.case.world.target.markers, "extra": extra}
        requires = getattr(self.case.world.known(candidate), "requires", ())
        return [one for one in requires if one.marker is None or one.marker.evaluate(markers)]

    def _may(self, candidate: Candidate, stated: list[SpecifierSet]) -> bool:
        """One project: demands and constraints, Requires-Python, then withdrawn files and pre-releases."""
        world, name = self.case.world, str(candidate.project)
        texts = [] if name in self.overrides else list(self.case.constraints)
        limits = [one.specifier for one in map(Requirement, (*texts, *world.constraints)) if one.name == name]
        every = [*stated, *limits]
        pinned = any(one.operator == "==" for specifier in every for one in specifier)
        fits = [
            one
            for one in self.found[name]
            if all(specifier.contains(one.version, prereleases=True) for specifier in every)
            and self._fits_python(one)
            and (one.file.yanked is None or (pinned and world.yanked == "pinned"))
        ]
        finals = [one for one in fits if not one.version.is_prerelease]
        if any(specifier.prereleases for specifier in every) and world.prereleases != "never":
            return candidate in fits
        return candidate in (finals or (fits if world.prereleases == "if-necessary" else []))

    def _fits_python(self, candidate: Candidate) -> bool:
        stated = getattr(self.case.world.known(candidate), "requires_python", None)
        return stated is None or SpecifierSet(stated).contains("3.11.5")


def solve_whole(
    case: Case, *, lines: tuple[str, ...] | None = None
) -> tuple[Resolution | Conflict, resolve.Memory]:
    """The outcome with everything known at once."""
    wanted = case.wanted if lines is None else Case(case.world, lines, case.constraints).wanted
    memory = resolve.Memory()
    found = resolve.solve(
        resolve.demands(wanted, case.world.baseline),
        facts_of(case),
        case.world.target,
        case.world.rules(wanted),
        memory=memory,
    )
    assert isinstance(found, Resolution | Conflict)
    return found, memory


def facts_of(case: Case) -> Facts:
    """What all indexes say, of every name that occurs."""
    facts = case.world.all_facts(case.wanted)
    names = [canonicalize_name(name) for name in "abcde"]
    listings = {name: case.world.listing(name, case.wanted) for name in names}
    return Facts(listings, facts.dependencies)


def shuffled(case: Case, rng: random.Random) -> World:
    """The same world, whose pages list their files in another order."""
    from dataclasses import replace

    def mixed(content: Mapping[str, object]) -> dict[str, list[str | F]]:
        names = list(content)
        rng.shuffle(names)
        found = {}
        for name in names:
            files = list(content[name])  # type: ignore[call-overload]
            rng.shuffle(files)
            found[name] = files
        return found

    return replace(case.world, local=mixed(case.world.local), public=mixed(case.world.public), asked=[])
