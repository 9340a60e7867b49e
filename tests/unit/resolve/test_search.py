"""The last word: it is complete, sound, and can prove what it says."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement

from driverenv.model.requirement import Requirements
from driverenv.model.resolution import Demand, Facts, Rules
from driverenv.resolve import search as room
from driverenv.resolve.effort import TooDeep
from driverenv.resolve.memory import Memory, Missing
from driverenv.resolve.search import Nogood, Search
from tests.unit.resolve.worlds import F, World, target


def search(world: World, *texts: str, rules: Rules | None = None) -> Search:
    memory = Memory()
    memory.learn(world.all_facts(Requirements()), target(), rules or Rules())
    return Search(memory, memory.roots([Demand(Requirement(text), None, None) for text in texts]))


def pins(found: object) -> dict[str, str]:
    assert isinstance(found, dict)
    return {ident: str(choice.candidate.version) for ident, choice in found.items()}


def test_a_solution_has_the_best_and_nothing_needless() -> None:
    world = World(public={"a": [F("2", ("b<2",)), "1"], "b": ["2", "1"], "c": ["1"]})
    assert pins(search(world, "a").run()) == {"a": "2", "b": "1"}


def test_a_proof_names_the_demands_it_rests_on() -> None:
    world = World(public={"a": [F("1", ("c>=2", "d"))], "b": [F("1", ("c<2",))], "c": ["2", "1"], "d": ["1"]})
    proof = search(world, "d", "a", "b").run()
    assert isinstance(proof, Nogood)
    assert {str(demand.requirement) for demand in proof.leaves()} == {"a", "b", "c>=2", "c<2"}


def test_it_learns_across_many_combinations() -> None:
    """Eight projects of eight versions, all at odds through one more: trying them all would take for ever."""
    world: dict[str, list[str | F]] = {
        name: [F(str(number), (f"hub=={place}",)) for number in range(8, 0, -1)]
        for place, name in enumerate("abcdefgh", 1)
    }
    world["hub"] = [str(number) for number in range(8, 0, -1)]
    one = search(World(public=world), *"abcdefgh")
    assert isinstance(one.run(), Nogood)
    assert sum(one.conflicts.values()) < 64
    assert "hub" in one.conflicts


def test_extras_are_tied_to_their_base() -> None:
    world = World(public={"a": [F("2", ('b; extra == "x"',)), F("1")], "b": [F("1", ("a<2",))]})
    assert pins(search(world, "a[x]").run()) == {"a": "1", "a[x]": "1"}


def test_one_that_demands_another_version_of_itself_cannot_be() -> None:
    world = World(public={"a": [F("2", ("a<2",)), "1"]})
    assert pins(search(world, "a").run()) == {"a": "1"}
    assert isinstance(search(world, "a==2").run(), Nogood)


def test_pre_releases_and_yanked_files_only_where_they_may() -> None:
    world = World(public={"a": ["2.0a1", F("1.5", yanked=""), "1.0"], "b": [F("1", ("a>=2.0a1",))]})
    assert pins(search(world, "a").run()) == {"a": "1.0"}
    assert pins(search(world, "a==1.5").run()) == {"a": "1.5"}
    assert pins(search(world, "a", "b").run()) == {"a": "2.0a1", "b": "1"}
    assert isinstance(search(world, "b", rules=Rules(prereleases="never")).run(), Nogood)


def test_it_asks_for_what_it_lacks() -> None:
    memory = Memory()
    facts = World(public={"a": ["1"]}).all_facts(Requirements())
    memory.learn(Facts(facts.listings, {}), target(), Rules())
    with pytest.raises(Missing):
        Search(memory, memory.roots([Demand(Requirement("a"), None, None)])).run()


def test_the_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_CONFLICTS", 1)
    world = World(
        public={"a": [F("2", ("b==1",)), F("1", ("b==1",))], "b": ["2", "1"], "c": [F("1", ("b==2",))]}
    )
    with pytest.raises(TooDeep):
        search(world, "a", "c").run()
