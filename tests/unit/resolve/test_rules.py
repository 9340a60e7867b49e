"""From lines of a file to demands and rules."""

from __future__ import annotations

from dataclasses import replace

from packaging.utils import canonicalize_name

from driverenv import resolve
from tests.unit.resolve.worlds import read, target

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
