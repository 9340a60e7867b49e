"""Which demands make a root unreachable."""

from __future__ import annotations

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from driverenv.model.requirement import Requirements
from driverenv.model.resolution import Demand, Facts, Rules
from driverenv.resolve.blame import Blame
from driverenv.resolve.memory import Memory
from tests.unit.resolve.worlds import F, World, target


def leaves(world: World, *texts: str) -> list[str]:
    memory = Memory()
    facts = world.all_facts(Requirements())
    names = [canonicalize_name(name) for name in ("gone", "lost")]
    nowhere = {name: world.listing(name, Requirements()) for name in names}
    memory.learn(Facts({**facts.listings, **nowhere}, facts.dependencies), target(), Rules())
    roots = memory.roots([Demand(Requirement(text), None, None) for text in texts])
    return [" > ".join(str(one.requirement) for one in leaf.chain) for leaf in Blame(memory, roots).leaves()]


def test_the_deepest_cause_not_the_symptom() -> None:
    world = World(public={"a": [F("1", ("b",))], "b": [F("2", ("gone",)), F("1", ("gone",))], "c": ["1"]})
    assert leaves(world, "a", "c") == ["a > b > gone"]


def test_one_living_alternative_is_enough() -> None:
    world = World(public={"a": [F("2", ("gone",)), "1"]})
    assert leaves(world, "a") == []
    assert leaves(world, "a>=2") == ["a>=2 > gone"]


def test_all_roots_and_all_that_the_best_candidate_lacks_but_each_once() -> None:
    world = World(public={"a": [F("2", ("gone", "lost")), F("1", ("gone",))], "b": [F("1", ("lost",))]})
    assert leaves(world, "a", "b", "b>=3") == ["a > gone", "a > lost", "b>=3"]


def test_cycles_end() -> None:
    world = World(public={"a": [F("1", ("b",))], "b": [F("1", ("a", "gone"))]})
    assert leaves(world, "a") == ["a > b > gone"]
