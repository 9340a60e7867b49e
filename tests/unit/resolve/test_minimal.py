"""The fewest lines that contradict each other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from driverenv import resolve
from driverenv.model.resolution import Conflict, Demand, Facts
from driverenv.resolve import minimal as room
from driverenv.resolve.minimal import Core, minimal
from tests.unit.resolve.worlds import F, World, read


def core_of(world: World, text: str, *, constraints: str = "") -> Core:
    wanted = replace(read(text), constraints=read(constraints).roots)
    facts, rules = world.all_facts(wanted), world.rules(wanted)
    found = resolve.solve(resolve.demands(wanted, world.baseline), facts, world.target, rules)
    assert isinstance(found, Conflict)
    return minimal(found, facts, world.target, rules)


def told(demands: tuple[Demand, ...]) -> list[str]:
    return [str(one.source) for one in demands]


WORLD = World(
    public={
        "a": [F("1", ("lib>=2", "other"))],
        "b": [F("1", ("lib<2",))],
        "c": [F("1", ("lib<3", "other<9"))],
        "lib": ["3", "2", "1"],
        "other": ["9", "1"],
        "free": ["1"],
    }
)


def test_only_the_lines_that_contradict_each_other_are_left() -> None:
    core = core_of(WORLD, "free\nc\na\nb\n")
    assert told(core.lines) == ["requirements.txt line 3: a", "requirements.txt line 4: b"]
    assert {str(one.requirement) for one in core.causes} == {"a", "b", "lib>=2", "lib<2"}
    assert core.is_least


def test_of_two_lines_that_say_nearly_the_same_one_is_enough() -> None:
    core = core_of(WORLD, "lib<2\nlib<2.1\nlib>=3\nlib>=2.5\n")
    assert len(core.lines) == 2


def test_constraints_count_as_lines_and_needless_ones_are_left_out() -> None:
    core = core_of(WORLD, "a\nc\nfree\n", constraints="lib<3\nother<9\nlib!=2\nfree==1\n")
    assert told(core.lines) == ["requirements.txt line 1: a"]
    assert told(core.constraints) == ["requirements.txt line 1: lib<3", "requirements.txt line 3: lib!=2"]
    without = core_of(WORLD, "a\nb\n", constraints="other<9\n")
    assert without.constraints == ()


def test_a_line_of_the_baseline_and_of_an_override_can_be_among_them() -> None:
    world = replace(WORLD, baseline=("b",), overrides=("other==1",))
    core = core_of(world, "free\na\n")
    assert told(core.lines) == ["requirements.txt line 2: a", "the site's baseline: b"]
    overridden = replace(WORLD, overrides=("lib<2",), constraints=("lib>=2",))
    found = core_of(overridden, "free\nlib>=3\n")
    assert told(found.lines) == ["requirements.txt line 2: lib>=3"]
    assert told(found.constraints) == ["the site's policy: lib>=2"]


def test_a_line_that_only_lets_pre_releases_in_does_not_hide_a_smaller_set() -> None:
    world = World(public={"a": ["2.0a1", "1.0"], "b": [F("1", ("a<1",))]})
    core = core_of(world, "a>=2.0a1\na<=1.0\nb\n")
    assert len(core.lines) == 2


def test_what_cannot_be_proved_with_what_is_known_is_left_alone() -> None:
    wanted = read("a\nb\n")
    facts, rules = WORLD.all_facts(wanted), WORLD.rules(wanted)
    found = resolve.solve(resolve.demands(wanted), facts, WORLD.target, rules)
    assert isinstance(found, Conflict)
    core = minimal(found, Facts(facts.listings, {}), WORLD.target, rules)
    assert told(core.lines) == ["requirements.txt line 1: a", "requirements.txt line 2: b"]
    assert core.causes == found.causes


def test_the_work_is_bounded_and_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_PROOFS", 1)
    core = core_of(WORLD, "free\nc\na\nb\n")
    assert not core.is_least
    monkeypatch.setattr(room, "MAX_CONFLICTS", 0)
    assert not core_of(WORLD, "a\nb\n").is_least


def test_the_message_shows_these_lines_and_the_data_has_them() -> None:
    error = WORLD.play("free\nc\na\nb\n").error
    assert error.code == "CONFLICT"
    assert error.remedies == (
        "change one of these lines: requirements.txt line 3: a; requirements.txt line 4: b",
        'or, if the driver is known to run so, say it in the site\'s settings: overrides = ["lib>=2"]',
    )
    assert error.data["minimal"] == [
        {"file": "requirements.txt", "line": 3, "requirement": "a"},
        {"file": "requirements.txt", "line": 4, "requirement": "b"},
    ]
    assert error.data["minimal_proven"] is True
    assert "line 2" not in str(error)
