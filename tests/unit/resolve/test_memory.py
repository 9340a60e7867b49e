"""What is worked out once, and when it is forgotten."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from driverenv.errors import IndexUnavailable
from driverenv.model.requirement import Requirements
from driverenv.model.resolution import Dependencies, Facts, Failed, Rules, Unusable
from driverenv.resolve.memory import Memory, Missing, Unreadable
from tests.unit.resolve.worlds import F, World, target

A = canonicalize_name("a")
WORLD = World(local={"a": [F("2", ("b", 'c; extra == "x"', "d; python_version<'3'")), "1"]})
FACTS = WORLD.all_facts(Requirements())


def memory(facts: Facts = FACTS) -> Memory:
    made = Memory()
    made.learn(facts, target(), Rules())
    return made


def test_what_is_not_known_is_a_question() -> None:
    with pytest.raises(Missing) as raised:
        memory(Facts({}, {})).shelf(A)
    assert raised.value.projects == (A,)
    half = memory(Facts(FACTS.listings, {}))
    shelf = half.shelf(A)
    assert shelf is not None
    with pytest.raises(Missing) as raised:
        half.wants(shelf.choice(0))
    assert [choice.index for choice in raised.value.choices] == [0]


def test_dependencies_of_a_choice_and_of_its_extra() -> None:
    known = memory()
    shelf = known.shelf(A)
    assert shelf is not None
    assert [want.ident for want in known.wants(shelf.choice(0))] == ["b"]
    assert [want.ident for want in known.wants(shelf.choice(0, "x"))] == ["a", "c"]
    assert known.wants(shelf.choice(0)) is known.wants(shelf.choice(0))


def test_news_change_what_is_fit() -> None:
    known = memory()
    shelf = known.shelf(A)
    assert shelf is not None
    key = shelf.available.candidates[0].key
    for news, misfits in ((Unusable("torn"), 1), (Dependencies(()), 0), (Dependencies((), "<3"), 1)):
        known.learn(Facts(FACTS.listings, {**FACTS.dependencies, key: news}), target(), Rules())
        assert known.shelf(A) is shelf
        assert shelf.misfits == misfits


def test_another_target_forgets() -> None:
    known = memory()
    shelf = known.shelf(A)
    known.learn(FACTS, target("3.8.0"), Rules())
    assert known.shelf(A) is not shelf


def test_failed_is_raised_with_its_candidate() -> None:
    error = IndexUnavailable("gone")
    key = next(iter(FACTS.dependencies))
    known = memory(Facts(FACTS.listings, {key: Failed(error)}))
    shelf = known.shelf(A)
    assert shelf is not None
    with pytest.raises(Unreadable) as raised:
        known.wants(shelf.choice(shelf.positions[key]))
    assert raised.value.error is error


def test_roots_whose_markers_are_false_are_none() -> None:
    from driverenv.model.resolution import Demand

    lines = [Demand(Requirement(text), None, None) for text in ("a; python_version<'3'", "b[x]")]
    assert [want.ident for want in memory().roots(lines)] == ["b", "b[x]"]
