"""Whole error texts: what a person reads when nothing can be launched."""

from __future__ import annotations

import pickle

import pytest

from driverenv import resolve
from driverenv.errors import (
    DriverEnvError,
    IntegrityError,
    LocalVersionMismatch,
    PolicyViolation,
    ProjectNotFound,
    Unresolvable,
)
from driverenv.model.resolution import Conflict
from tests.unit.resolve.worlds import F, World, check_golden

SHA = "sha256"
WINDOWS = "cp39-cp39-win_amd64"

CASES: dict[str, tuple[World, str, type[DriverEnvError]]] = {
    "LOCAL_NO_MATCH-version": (
        World(local={"packaging": ["21.3", "20.9"]}, public={"packaging": ["26.0"], "six": ["1"]}),
        "six\npackaging>=99  # new\n",
        LocalVersionMismatch,
    ),
    "LOCAL_NO_MATCH-chain": (
        World(local={"lib": ["1.0"], "app": [F("2.0", ("lib>=2",)), F("1.0", ("lib>=1.5",))]}),
        "app\n",
        LocalVersionMismatch,
    ),
    "LOCAL_NO_MATCH-every-reason": (
        World(
            local={
                "widget": [
                    F("9", tag=WINDOWS),
                    F("8", python=">=3.12"),
                    F("7", index_python="<3.11"),
                    F("6", yanked="crashes\x1b[31m"),
                    F("5", unusable="its METADATA cannot be read"),
                    F("4", name="widget-latest.tar.gz"),
                    F("3", name="widget-3.0-py3.9.egg"),
                    F("2", name="gadget-2.0.tar.gz"),
                    F("1", name="widget.zip"),
                    "0.1",
                ]
            }
        ),
        "widget>=1\n",
        LocalVersionMismatch,
    ),
    "LOCAL_NO_MATCH-prerelease": (
        World(local={"widget": ["2.0rc1", "1.0"]}, prereleases="never"),
        "widget>=2.0rc1\n",
        LocalVersionMismatch,
    ),
    "LOCAL_NO_MATCH-constraint": (
        World(local={"widget": ["2.0", "1.0"]}),
        "widget\n",
        LocalVersionMismatch,
    ),
    "LOCAL_NO_MATCH-many-versions": (
        World(local={"widget": [f"1.{number}" for number in range(30)]}),
        "widget>=2\n",
        LocalVersionMismatch,
    ),
    "LOCAL_EMPTY-page": (
        World(local={"widget": []}, public={"widget": ["1"]}),
        "widget\n",
        LocalVersionMismatch,
    ),
    "NOT_FOUND-name": (World(public={"requests": ["2.0"]}), "requests\nrequest>=2\n", ProjectNotFound),
    "ABSENT_OFFLINE-name": (World(public={"requests": ["2.0"]}, offline=True), "requests\n", ProjectNotFound),
    "PUBLIC_NO_MATCH-version": (World(public={"six": ["1.16", "1.15"]}), "six>=2\n", Unresolvable),
    "PUBLIC_NO_MATCH-name": (
        World(public={"rack-tool": ["9.0"]}, among=("rack-tools", "six")),
        "rack-tool<3\n",
        Unresolvable,
    ),
    "BUILD_FORBIDDEN-policy": (
        World(local={"shell": [F("2.0", sdist=True), "1.0"]}, builds="never"),
        "shell>=2\n",
        PolicyViolation,
    ),
    "BUILD_FORBIDDEN-option": (
        World(public={"shell": [F("2.0", sdist=True)]}),
        "--only-binary shell\nshell\n",
        PolicyViolation,
    ),
    "POLICY_URL-metadata": (
        World(public={"app": [F("1", ("lib @ https://user:secret@elsewhere.test/lib-1.zip",))]}),
        "app\n",
        PolicyViolation,
    ),
    "INTEGRITY-hashes": (
        World(public={"six": [F("1.16", hashes=((SHA, "b" * 64),))]}),
        f"six==1.16 --hash=sha256:{'a' * 64}\n",
        IntegrityError,
    ),
    "CONFLICT-roots": (World(public={"six": ["2", "1"]}), "six>=2\nsix<2\n", Unresolvable),
    "CONFLICT-transitive": (
        World(
            local={"lib": ["2.0", "1.0"]},
            public={
                "a": [F("2", ("lib>=2",)), F("1", ("lib>=1.5",))],
                "b": [F("1", ("mid",))],
                "mid": [F("1", ("lib<1.5",))],
            },
        ),
        "a\nb\n",
        Unresolvable,
    ),
    "CONFLICT-alternatives": (
        World(
            public={
                "a": [F("2", ("c==1",)), F("1", ("d==1",))],
                "b": [F("1", ("c==2", "d==2"))],
                "c": ["2", "1"],
                "d": ["2", "1"],
            }
        ),
        "a\nb\n",
        Unresolvable,
    ),
    "LOCAL_NO_MATCH-everything": (
        World(local={"one": ["1"], "app": [F("1", ("gone", "one>=3"))]}, public={"two": ["1"]}),
        "one>=2\ntwo>=2\nthree\napp\n",
        LocalVersionMismatch,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_whole_text(case: str) -> None:
    world, text, kind = CASES[case]
    error = constrained(world) if case.endswith("-constraint") else world.play(text).error
    assert type(error) is kind
    assert case.startswith(f"{error.code}-")
    check_golden(error, case.removeprefix(f"{error.code}-"))


def constrained(world: World) -> DriverEnvError:
    from dataclasses import replace

    from tests.unit.resolve.worlds import read

    wanted = read("widget\n")
    return world.play(replace(wanted, constraints=read("widget>=3\n").roots)).error


@pytest.mark.parametrize("case", CASES)
def test_every_error_is_whole_in_other_forms(case: str) -> None:
    world, text, _ = CASES[case]
    if case.endswith("-constraint"):
        return
    error = world.play(text).error
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 (our own)
    assert error.as_dict()["problems"]
    assert error.remedies
    assert "\x1b" not in str(error)
    assert "secret" not in str(error)


def test_no_remedy_switches_the_rule_off() -> None:
    for world, text, _ in CASES.values():
        if text != "widget\n":
            assert not [one for one in world.play(text).error.remedies if "switch" in one or "disable" in one]


def test_each_trouble_by_itself_with_the_lines_that_lead_to_it() -> None:
    world, text, _ = CASES["LOCAL_NO_MATCH-everything"]
    played = world.play(text)
    assert isinstance(played.found, Conflict)
    found = resolve.troubles(played.found, played.facts, world.target, played.rules, policy=world.policy)
    told = {(one.error.code, one.roots[0].requirement.name) for one in found}
    assert told == {
        ("LOCAL_NO_MATCH", "one"),
        ("PUBLIC_NO_MATCH", "two"),
        ("NOT_FOUND", "three"),
        ("NOT_FOUND", "app"),
        ("LOCAL_NO_MATCH", "app"),
    }
    world, text, _ = CASES["CONFLICT-roots"]
    played = world.play(text)
    assert isinstance(played.found, Conflict)
    (one,) = resolve.troubles(played.found, played.facts, world.target, played.rules)
    assert one.error.code == "CONFLICT"
    assert len(one.roots) > 1
