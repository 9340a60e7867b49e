"""From lines of a file to demands and rules."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from driverenv import resolve
from driverenv.errors import IntegrityError, LocalVersionMismatch, SettingsInvalid, Unresolvable
from driverenv.model.requirement import Requirements
from driverenv.model.resolution import Conflict, Resolution
from tests.unit.resolve.worlds import Content, F, World, read, target

A = canonicalize_name("a")
SHA, OTHER = "a" * 64, "b" * 64


def test_demands_keep_the_order_and_the_place() -> None:
    demands = resolve.demands(read("b\n\na>1\n"))
    assert [(str(one.requirement), one.source and one.source.line) for one in demands] == [
        ("b", 1),
        ("a>1", 3),
    ]


def test_pre_widens_all_but_never() -> None:
    assert resolve.rules(read("--pre"), target(), prereleases="explicit").prereleases == "allow"
    assert resolve.rules(read("--pre"), target(), prereleases="never").prereleases == "never"
    assert resolve.rules(read("a"), target(), prereleases="explicit").prereleases == "explicit"


def test_constraints_whose_markers_are_false_do_not_count() -> None:
    lines = read('a<2\na<3; python_version < "3"\n').roots
    rules = resolve.rules(replace(read("a"), constraints=lines), target())
    assert [str(one.requirement) for one in rules.constraints[A]] == ["a<2"]


def test_hashes_of_two_lines_must_both_agree() -> None:
    assert resolve.rules(read("a"), target()).hashes is None
    one = f"a --hash=sha256:{SHA} --hash=sha256:{OTHER}\n"
    hashes = resolve.rules(read(one + f"a --hash=sha256:{OTHER}"), target()).hashes
    assert hashes == {A: frozenset({("sha256", OTHER)})}


def test_the_baseline_comes_after_the_lines_and_says_whose_it_is() -> None:
    demands = resolve.demands(read("a"), ["agent>=2", 'old; python_version < "3"'])
    assert [str(one.source) for one in demands] == [
        "requirements.txt line 1: a",
        "the site's baseline: agent>=2",
        'the site\'s baseline: old; python_version < "3"',
    ]
    world = World(public={"a": ["1"], "agent": ["2", "1"]}, baseline=("agent<2", "old; python_version<'3'"))
    assert world.play("a").pins == {"a": "1", "agent": "1"}


@pytest.mark.parametrize("key", ["constraints", "overrides", "baseline"])
@pytest.mark.parametrize("entry", ["a >= ", "a @ https://elsewhere.test/a.whl", "-r other.txt"])
def test_what_is_no_requirement_is_an_error_that_names_the_setting(key: str, entry: str) -> None:
    world = replace(World(public={"a": ["1"]}), **{key: (entry,)})  # type: ignore[arg-type]
    with pytest.raises(SettingsInvalid) as raised:
        world.play("a")
    assert raised.value.data["setting"] == key


def test_constraints_of_the_site_narrow_at_every_depth_and_create_nothing() -> None:
    world = World(
        public={"a": [F("1", ("b",))], "b": ["2", "1"], "c": ["1"]}, constraints=("b<2", "c==1", "ghost<1")
    )
    assert world.play("a").pins == {"a": "1", "b": "1"}
    asked = {name for one in world.asked for name in one.projects}
    assert asked == {"a", "b"}


def test_an_error_names_the_constraint_of_the_site() -> None:
    error = World(local={"a": ["2", "1"]}, constraints=("a<1",)).play("a").error
    assert isinstance(error, LocalVersionMismatch)
    assert ("constraint", "the site's policy: a<1") in error.facts
    assert any("the site's policy" in remedy for remedy in error.remedies)


class TestOverrides:
    public: ClassVar[Content] = {
        "app": [F("1", ("lib<2", "url @ https://elsewhere.test/u.whl"))],
        "lib": ["2", "1"],
        "url": ["1"],
    }

    def test_they_replace_what_anybody_demands_also_a_url(self) -> None:
        world = World(public=self.public, overrides=("lib>=2", "url"))
        outcome = world.play("app\nlib==1")
        assert outcome.pins == {"app": "1", "lib": "2", "url": "1"}
        assert isinstance(outcome.found, Resolution)
        lib = next(pin for pin in outcome.found.pins if pin.candidate.project == "lib")
        assert {resolve.tell((one,)) for one in lib.demands} == {
            "app 1 requires lib<2 (in its place, by an override of the site: lib>=2)",
            "requirements.txt line 2: lib==1 (in its place, by an override of the site: lib>=2)",
        }

    def test_a_chain_of_an_error_says_so(self) -> None:
        error = World(public=self.public, overrides=("lib>=3", "url")).play("app").error
        assert isinstance(error, Unresolvable)
        assert "(in its place, by an override of the site: lib>=3)" in str(error)

    def test_they_take_the_place_of_a_files_constraints_but_not_of_the_sites_own(self) -> None:
        wanted = replace(read("lib"), constraints=read("lib<2").roots)
        assert World(public=self.public, overrides=("lib>=2",)).play(wanted).pins == {"lib": "2"}
        both = World(public=self.public, overrides=("lib",), constraints=("lib<2",))
        assert both.play(wanted).pins == {"lib": "1"}

    def test_they_ask_for_nothing_that_nobody_demands(self) -> None:
        world = World(public={**self.public, "b": ["1"]}, overrides=("lib>=2", "ghost>=1"))
        assert world.play("b").pins == {"b": "1"}
        assert {name for one in world.asked for name in one.projects} == {"b"}

    def test_markers_choose_among_them_and_two_must_both_be_met(self) -> None:
        chosen = resolve.rules(
            read("a"), target(), overrides=['a>=9; python_version < "3"', "A[x]>=1", "a[y]<3"]
        )
        assert chosen.overrides == {A: Requirement("a[x,y]>=1,<3")}

    def test_the_way_to_a_project_goes_by_them(self) -> None:
        world = World(public={"app": [F("1", ("lib>=5",))], "lib": [F("1", ("deep",))]}, overrides=("lib<2",))
        wanted = read("app")
        way = resolve.way_to("deep", resolve.demands(wanted), world.all_facts(wanted), world.rules(wanted))
        assert [str(one.requirement) for one in way] == ["app", "lib<2", "deep"]


def test_yanked_never_takes_not_even_a_pinned_one() -> None:
    world = World(local={"a": [F("1", yanked="bad")]}, yanked="never")
    outcome = world.play("a==1")
    assert isinstance(outcome.found, Conflict)
    assert "the policy takes none (yanked = never)" in str(outcome.error)


def test_hash_checking_holds_for_the_baseline_too() -> None:
    world = World(
        public={"a": [F("1", hashes=(("sha256", SHA),))], "agent": [F("1", hashes=(("sha256", OTHER),))]},
        baseline=("agent",),
    )
    error = world.play(f"a --hash=sha256:{SHA}").error
    assert isinstance(error, IntegrityError)
    assert error.data["project"] == "agent"


class TestLocks:
    public: ClassVar[Content] = {
        "a": [F("2"), F("1", ("lib>=2", "gone"), hashes=(("sha256", SHA),))],
        "lib": ["2", F("1", hashes=(("sha256", OTHER),))],
        "agent": ["1"],
    }

    def lock(self, *lines: str) -> Requirements:
        """Each line with one of the two hashes."""
        text = "".join(f"{line}\n" for line in lines)
        roots = tuple(
            root._replace(hashes=(("sha256", OTHER if root.project == "lib" else SHA),))
            for root in read(text).roots
        )
        return replace(read(text), roots=roots, exact=True)

    def test_just_what_is_in_it_and_nothing_is_asked_of_files(self) -> None:
        world = World(public=self.public)
        assert world.play(self.lock("a==1", "lib==1")).pins == {"a": "1", "lib": "1"}
        assert [one.candidates for one in world.asked] == [()]
        assert [set(one.projects) for one in world.asked] == [{"a", "lib"}]

    def test_its_markers_may_name_groups_and_no_extra_is_chosen(self) -> None:
        wanted = self.lock("a==1", "lib==1")
        a, lib = wanted.roots
        a.requirement.marker, lib.requirement.marker = (
            Marker("'lab' in dependency_groups"),
            Marker("'x' in extras"),
        )
        wanted = replace(wanted, roots=(a, lib), groups=frozenset({"lab"}))
        assert World(public=self.public).play(wanted).pins == {"a": "1"}
        assert World(public=self.public).rules(wanted).hashes == {A: frozenset({("sha256", SHA)})}

    @pytest.mark.parametrize(
        ("said", "source"),
        [
            ({"overrides": ("a>=2",)}, "the site's policy: a>=2"),
            ({"constraints": ("a>=2",)}, "the site's policy: a>=2"),
            ({"baseline": ("a>=2",)}, "the site's baseline: a>=2"),
        ],
    )
    def test_the_site_refuses_and_never_changes_a_version(
        self, said: dict[str, tuple[str, ...]], source: str
    ) -> None:
        error = replace(World(public=self.public), **said).play(self.lock("a==1", "lib==1")).error  # type: ignore[arg-type]
        assert dict(error.facts)["constraint"] == source

    def test_the_baseline_is_not_added(self) -> None:
        world = World(public=self.public, baseline=("agent",))
        assert world.play(self.lock("a==1")).pins == {"a": "1"}
        assert {name for one in world.asked for name in one.projects} == {"a"}

    def test_two_entries_that_hold_at_once_contradict_each_other(self) -> None:
        error = World(public=self.public).play(self.lock("a==1", "a==2")).error
        assert error.code == "CONFLICT"


@pytest.mark.parametrize("key", ["constraints", "overrides"])
@pytest.mark.parametrize("entry", ["a @ https://me:s3cret@host.test/a.whl", "me:s3cret@host.test"])
def test_a_password_in_an_entry_of_the_site_is_not_told(key: str, entry: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        resolve.rules(read("a"), target(), **{key: (entry,)})  # type: ignore[arg-type]
    assert "s3cret" not in f"{caught.value} {caught.value.as_dict()}"
    assert "***@host.test" in str(caught.value)
