"""Random little graphs against a search that tries everything."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from driverenv import resolve
from driverenv.model.answers import Found, ProjectFile
from driverenv.model.requirement import Source, Target
from driverenv.model.resolution import (
    Available,
    Candidate,
    Conflict,
    Demand,
    Dependencies,
    Facts,
    Questions,
    Resolution,
    Rules,
)
from driverenv.model.site import Index
from driverenv.resolve.search import Nogood, Search

INDEX = Index("https://index.test/simple/")
TARGET = Target("3.11.5", {"python_version": "3.11"}, ("py3-none-any",))

Graph = dict[NormalizedName, list[list[Requirement]]]
"""By project: the requirements of versions n, n-1, ... 1."""


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    names = [canonicalize_name(name) for name in "abcdef"[: draw(st.integers(2, 6))]]
    size = draw(st.integers(1, 3))

    def requirement() -> st.SearchStrategy[Requirement]:
        texts = st.tuples(
            st.sampled_from(names), st.sampled_from(["==", "<=", ">=", "!="]), st.integers(1, size)
        )
        return texts.map(lambda parts: Requirement("".join(map(str, parts))))

    return {name: [draw(st.lists(requirement(), max_size=3)) for _ in range(size)] for name in names}


def facts_of(graph: Graph) -> Facts:
    listings: dict[NormalizedName, Available] = {}
    dependencies: dict[str, Dependencies] = {}
    for name, versions in graph.items():
        found = []
        for number, requires in zip(range(len(versions), 0, -1), versions, strict=True):
            file = ProjectFile(f"{name}-{number}-py3-none-any.whl", f"https://index.test/{name}-{number}")
            candidate = Candidate(name, Version(str(number)), file, INDEX, True, True, 0)
            found.append(candidate)
            dependencies[candidate.key] = Dependencies(tuple(requires))
        listings[name] = Available(name, Found(name, INDEX, (), "https://index.test/"), tuple(found), ())
    return Facts(listings, dependencies)


def demands_on(graph: Graph, count: int) -> tuple[Demand, ...]:
    return tuple(
        Demand(Requirement(name), None, Source("requirements.txt", line, name))
        for line, name in enumerate(list(graph)[:count], 1)
    )


def satisfiable(facts: Facts, pins: dict[str, Candidate], todo: list[Requirement]) -> bool:
    """Try everything."""
    while todo:
        requirement, *todo = todo
        name = canonicalize_name(requirement.name)
        if name in pins:
            if not requirement.specifier.contains(pins[name].version):
                return False
            continue
        listing = facts.listings[name]
        assert isinstance(listing, Available)
        for candidate in listing.candidates:
            known = facts.dependencies[candidate.key]
            assert isinstance(known, Dependencies)
            if requirement.specifier.contains(candidate.version) and satisfiable(
                facts, {**pins, name: candidate}, [*todo, *known.requires]
            ):
                return True
        return False
    return True


def check_valid(facts: Facts, resolution: Resolution, demands: tuple[Demand, ...]) -> None:
    pins = {pin.candidate.project: pin.candidate for pin in resolution.pins}
    todo = [demand.requirement for demand in demands]
    reached = set()
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        assert requirement.specifier.contains(pins[name].version)
        known = facts.dependencies[pins[name].key]
        assert isinstance(known, Dependencies)
        if name not in reached:
            reached.add(name)
            todo += known.requires
    assert reached == set(pins)
    assert list(pins) == sorted(pins)


def greedy(facts: Facts, demands: tuple[Demand, ...]) -> dict[NormalizedName, Version] | None:
    """The newest version of everything, if those fit together as they are."""
    pins: dict[NormalizedName, Version] = {}
    todo = [demand.requirement for demand in demands]
    seen: list[Requirement] = []
    while todo:
        requirement = todo.pop()
        seen.append(requirement)
        name = canonicalize_name(requirement.name)
        if name not in pins:
            listing = facts.listings[name]
            assert isinstance(listing, Available)
            best = listing.candidates[0]
            pins[name] = best.version
            known = facts.dependencies[best.key]
            assert isinstance(known, Dependencies)
            todo += known.requires
    fits = all(one.specifier.contains(pins[canonicalize_name(one.name)]) for one in seen)
    return pins if fits else None


@settings(max_examples=300, deadline=None)
@given(graphs(), st.integers(1, 3))
def test_it_agrees_with_trying_everything(graph: Graph, count: int) -> None:
    facts, demands = facts_of(graph), demands_on(graph, count)
    found = resolve.solve(demands, facts, TARGET, Rules())
    possible = satisfiable(facts, {}, [demand.requirement for demand in demands])
    if possible:
        assert isinstance(found, Resolution)
        check_valid(facts, found, demands)
        newest = greedy(facts, demands)
        if newest is not None:
            assert {pin.candidate.project: pin.candidate.version for pin in found.pins} == newest
    else:
        assert isinstance(found, Conflict)
        assert str(resolve.explain(found, facts, TARGET, Rules()))


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(graphs(), st.integers(1, 3))
def test_the_last_word_alone_agrees_too(graph: Graph, count: int) -> None:
    facts, demands = facts_of(graph), demands_on(graph, count)
    memory = resolve.Memory()
    memory.learn(facts, TARGET, Rules())
    found = Search(memory, memory.roots(demands)).run()
    possible = satisfiable(facts, {}, [demand.requirement for demand in demands])
    assert isinstance(found, Nogood) is not possible
    if isinstance(found, Nogood):
        core = [demand for demand in demands if demand in set(found.leaves())]
        assert not satisfiable(facts, {}, [demand.requirement for demand in core]), "the proof rests on less"


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(graphs(), st.integers(1, 3), st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_matter(graph: Graph, count: int, rng: random.Random) -> None:
    facts, demands = facts_of(graph), demands_on(graph, count)
    listings, dependencies = list(facts.listings.items()), list(facts.dependencies.items())
    rng.shuffle(listings)
    rng.shuffle(dependencies)
    shuffled = Facts(dict(listings), dict(dependencies))
    first = resolve.solve(demands, facts, TARGET, Rules())
    second = resolve.solve(demands, shuffled, TARGET, Rules())
    assert first == second
    if isinstance(first, Conflict):
        texts = {str(resolve.explain(first, one, TARGET, Rules())) for one in (facts, shuffled)}
        assert len(texts) == 1


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(graphs(), st.integers(1, 3))
def test_rounds_of_questions_come_to_an_end_and_to_the_same_kind_of_answer(graph: Graph, count: int) -> None:
    facts, demands = facts_of(graph), demands_on(graph, count)
    known, memory = Facts({}, {}), resolve.Memory()
    found: Questions | Resolution | Conflict = Questions()
    for _ in range(200):
        found = resolve.solve(demands, known, TARGET, Rules(), memory=memory)
        if not isinstance(found, Questions):
            break
        assert found.projects or found.candidates
        assert not set(found.projects) & set(known.listings)
        assert not {candidate.key for candidate in found.candidates} & set(known.dependencies)
        known = Facts(
            {**known.listings, **{name: facts.listings[name] for name in found.projects}},
            {**known.dependencies, **{one.key: facts.dependencies[one.key] for one in found.candidates}},
        )
    assert type(found) is type(resolve.solve(demands, facts, TARGET, Rules()))
    if isinstance(found, Resolution):
        check_valid(facts, found, demands)
        assert found == resolve.solve(demands, known, TARGET, Rules())
