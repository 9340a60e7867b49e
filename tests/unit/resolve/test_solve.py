"""What is chosen, under every rule about choosing."""

from __future__ import annotations

from typing import ClassVar

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from driverenv import resolve
from driverenv.errors import (
    IndexUnavailable,
    IntegrityError,
    LocalVersionMismatch,
    PolicyViolation,
    Unresolvable,
)
from driverenv.model.requirement import Requirements, Source
from driverenv.model.resolution import Conflict, Demand, Facts, Questions, Resolution, Rules
from tests.unit.resolve.worlds import Content, F, World, target

SHA = "sha256"


def test_nothing_asked_for_is_an_answer() -> None:
    assert resolve.solve((), Facts(), target(), Rules()) == Resolution(())


def test_best_versions_and_who_asked() -> None:
    world = World(
        public={"a": ["1.0", F("2.0", ("b<3", "c"))], "b": ["3.0", "2.5", "2.0"], "c": [F("1", ("b!=2.5",))]}
    )
    outcome = world.play("a\n")
    assert outcome.pins == {"a": "2.0", "b": "2.0", "c": "1"}
    assert isinstance(outcome.found, Resolution)
    demands = [(str(d.requirement), str(d.parent)) for d in outcome.found.pins[1].demands]
    assert demands == [("b<3", "a 2.0"), ("b!=2.5", "c 1")]
    assert outcome.found.pins[0].demands[0].source == Source("requirements.txt", 1, "a")


def test_public_parent_steps_back_for_a_local_dependency() -> None:
    world = World(
        local={"lib": ["1.0"]}, public={"app": [F("3", ("lib>=3",)), F("2", ("lib>=2",)), F("1", ("lib",))]}
    )
    assert world.play("app").pins == {"app": "1", "lib": "1.0"}


def test_public_parent_steps_back_from_what_is_nowhere() -> None:
    world = World(public={"app": [F("2", ("ghost",)), F("1")]})
    assert world.play("app").pins == {"app": "1"}


def test_extras_cycles_and_extras_of_oneself() -> None:
    world = World(
        public={
            "a": [
                F(
                    "1",
                    ('b; extra == "One_More"', 'a[one-more]; extra == "all"', "c"),
                    extras=("one-more", "all"),
                )
            ],
            "b": [F("1", ("a",))],
            "c": [F("1", ("a[all]",))],
        }
    )
    outcome = world.play("a[ALL]")
    assert outcome.pins == {"a": "1", "b": "1", "c": "1"}
    assert isinstance(outcome.found, Resolution)
    assert outcome.found.pins[0].extras == ("all", "one-more")


def test_an_extra_is_tied_to_its_base() -> None:
    world = World(
        public={"a": [F("2", ('b; extra == "x"',)), F("1", ('c; extra == "x"',))], "b": ["1"], "c": ["1"]}
    )
    assert world.play("a[x]<2").pins == {"a": "1", "c": "1"}
    assert world.play("a[x]\na<2").pins == {"a": "1", "c": "1"}


def test_markers_are_those_of_the_target() -> None:
    lines = 'a; python_version < "3.9"\nb; python_version >= "3.9"\nc; extra == "x"\n'
    world = World(public={"a": ["1"], "b": ["1"], "c": ["1"]})
    assert world.play(lines).pins == {"b": "1"}
    old = World(public=world.public, target=target("3.8.10"))
    assert old.play(lines).pins == {"a": "1"}


class TestPrereleases:
    public: ClassVar[Content] = {"a": ["2.0a1", "1.0"], "only": ["1.0b1"]}

    @pytest.mark.parametrize(
        ("rule", "line", "pins"),
        [
            ("if-necessary", "a", {"a": "1.0"}),
            ("if-necessary", "only", {"only": "1.0b1"}),
            ("if-necessary", "a>1.0", {"a": "2.0a1"}),
            ("if-necessary", "a>=2.0a0", {"a": "2.0a1"}),
            ("if-necessary", "--pre\na", {"a": "2.0a1"}),
            ("explicit", "a", {"a": "1.0"}),
            ("explicit", "only", None),
            ("explicit", "only>=1.0a1", {"only": "1.0b1"}),
            ("never", "only==1.0b1", None),
            ("never", "--pre\na", {"a": "1.0"}),
        ],
    )
    def test_rule(self, rule: str, line: str, pins: dict[str, str] | None) -> None:
        outcome = World(public=self.public, prereleases=rule).play(line)
        assert isinstance(outcome.found, Conflict) if pins is None else outcome.pins == pins


class TestYanked:
    public: ClassVar[Content] = {"a": [F("2.0", yanked="broken"), "1.0"], "only": [F("1.0", yanked="")]}

    @pytest.mark.parametrize(
        ("line", "pins"),
        [
            ("a", {"a": "1.0"}),
            ("a==2.0", {"a": "2.0"}),
            ("a===2.0", {"a": "2.0"}),
            ("a==2.*", None),
            ("only", None),
            ("only\nonly==1.0", {"only": "1.0"}),
        ],
    )
    def test_only_when_pinned(self, line: str, pins: dict[str, str] | None) -> None:
        outcome = World(public=self.public).play(line)
        assert isinstance(outcome.found, Conflict) if pins is None else outcome.pins == pins


def test_unusable_and_unfit_metadata_is_passed_over() -> None:
    world = World(local={"a": [F("3", unusable="no METADATA"), F("2", python=">=3.12"), "1"]})
    assert world.play("a").pins == {"a": "1"}


def test_a_direct_url_in_metadata_is_never_followed() -> None:
    url = "b @ https://elsewhere.test/b-1-py3-none-any.whl"
    world = World(public={"a": [F("2", (url,)), "1"], "b": ["1"]})
    assert world.play("a").pins == {"a": "1"}
    error = world.play("a==2").error
    assert isinstance(error, PolicyViolation)
    assert error.code == "POLICY_URL"


def test_failed_metadata_raises_only_where_it_is_needed() -> None:
    error = IndexUnavailable("the index is gone", code="LOCAL_DOWN")
    world = World(local={"a": [F("2", failed=error), "1"]})
    assert world.play("a<2").pins == {"a": "1"}
    with pytest.raises(IndexUnavailable) as raised:
        world.play("a")
    assert raised.value.code == "LOCAL_DOWN"
    assert ("required by", "requirements.txt line 1: a") in raised.value.facts


def test_constraints_narrow_and_never_add() -> None:
    world = World(public={"a": ["2", "1"], "b": ["1"]})
    demands = (Demand(Requirement("a"), None, None),)
    constraint = Demand(Requirement("a<2"), None, Source("c.txt", 1, "a<2"))
    rules = Rules(constraints={canonicalize_name("a"): (constraint,), canonicalize_name("b"): (constraint,)})
    facts = world.all_facts(Requirements())
    found = resolve.solve(demands, facts, target(), rules)
    assert isinstance(found, Resolution)
    assert [str(pin.candidate) for pin in found.pins] == ["a 1"]


class TestHashes:
    good, bad = "a" * 64, "b" * 64

    def world(self) -> World:
        return World(
            public={
                "a": [F("2", hashes=((SHA, self.bad),)), F("1", hashes=((SHA, self.good),))],
                "b": [F("1", hashes=(("md5", "c" * 32),))],
            }
        )

    def test_what_is_known_to_be_wrong_is_passed_over(self) -> None:
        assert self.world().play(f"a --hash=sha256:{self.good}").pins == {"a": "1"}

    def test_what_is_not_known_is_left_to_the_download(self) -> None:
        assert self.world().play(f"b --hash=sha256:{self.good}").pins == {"b": "1"}

    def test_one_hash_switches_checking_on_for_all(self) -> None:
        error = self.world().play(f"a --hash=sha256:{self.good}\nb\n").error
        assert isinstance(error, IntegrityError)
        assert error.data["project"] == "b"


def test_cycles_do_not_trouble_it() -> None:
    world = World(public={"a": [F("1", ("b",))], "b": [F("1", ("c",))], "c": [F("1", ("a", "b"))]})
    assert world.play("a").pins == {"a": "1", "b": "1", "c": "1"}


def test_an_older_pair_that_fits() -> None:
    world = World(
        public={
            "a": [F("2", ("shared>=2",)), F("1", ("shared>=1",))],
            "b": [F("2", ("shared<2",))],
            "shared": ["2", "1"],
        }
    )
    assert world.play("a\nb").pins == {"a": "1", "b": "2", "shared": "1"}


def test_contradiction() -> None:
    world = World(public={"a": [F("1", ("c>=2",))], "b": [F("1", ("c<2",))], "c": ["2", "1"]})
    outcome = world.play("a\nb")
    assert isinstance(outcome.error, Unresolvable)
    assert isinstance(outcome.found, Conflict)
    assert {str(cause.requirement) for cause in outcome.found.causes} >= {"c>=2", "c<2"}


def test_what_a_hopeless_root_leaves_to_do() -> None:
    """The other projects are still asked for, so that all that is missing is told at once; nothing is built."""
    world = World(
        local={"bad": ["1"], "src": [F("1", ("deep",), sdist=True)], "app": [F("1", ("gone",))]},
        public={"deep": ["1"]},
    )
    outcome = world.play("bad>=2\nsrc\napp\n")
    assert isinstance(outcome.error, LocalVersionMismatch)
    assert [one["project"] for one in outcome.error.data["problems"]] == ["bad", "gone"]
    assert not [c for asked in world.asked for c in asked.candidates if not c.is_wheel]


def test_questions_come_many_at_once() -> None:
    world = World(
        public={
            "a": [F("1", ("b", "c"))],
            "b": [F("1", ("d",))],
            "c": [F("1", ("d",))],
            "d": ["1"],
            "e": ["1"],
        }
    )
    assert world.play("a\ne").pins == {"a": "1", "b": "1", "c": "1", "d": "1", "e": "1"}
    assert [asked.projects for asked in world.asked if asked.projects] == [("a", "e"), ("b", "c"), ("d",)]
    assert [len(asked.candidates) for asked in world.asked if asked.candidates] == [2, 2, 1]


def test_backtracking_asks_for_more_and_more_wheels() -> None:
    versions = [F(str(number), ("lib>=9",)) for number in range(40, 1, -1)]
    world = World(local={"lib": ["1"]}, public={"app": [*versions, F("1", ("lib",))]})
    assert world.play("app").pins == {"app": "1", "lib": "1"}
    sizes = [len(asked.candidates) for asked in world.asked if asked.candidates]
    assert len(sizes) <= 8
    assert max(sizes) <= 17


def test_sdists_are_never_asked_for_on_speculation() -> None:
    versions = [F(str(number), ("lib>=9",), sdist=True) for number in range(6, 1, -1)]
    world = World(local={"lib": ["1"]}, public={"app": [*versions, F("1", ("lib",))]})
    assert world.play("app").pins == {"app": "1", "lib": "1"}
    assert max(sum(not c.is_wheel for c in asked.candidates) for asked in world.asked) == 1


def test_same_memory_or_none_same_outcome() -> None:
    world = World(public={"a": [F("2", ("b<2",)), "1"], "b": ["2", "1"]})
    facts = world.all_facts(Requirements())
    demands = (Demand(Requirement("a"), None, None),)
    memory = resolve.Memory()
    first = resolve.solve(demands, Facts({}, {}), target(), Rules(), memory=memory)
    assert isinstance(first, Questions)
    again = resolve.solve(demands, facts, target(), Rules(), memory=memory)
    assert again == resolve.solve(demands, facts, target(), Rules())
