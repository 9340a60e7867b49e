from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from driverenv.errors import BuildFailed, InterpreterNotFound
from driverenv.events import Warned
from driverenv.model.resolution import Resolution
from driverenv.stories import abroad, reading
from driverenv.stories.abroad import Abroad, Aim, Terms, aims
from driverenv.stories.fleet import Member
from driverenv.stories.resolving import Outcome
from driverenv.stories.workshop import Workshop
from tests.unit.stories.bench import RUNNING, Bench

WINDOWS = Aim("3.9", "win_amd64")
NOT_HERE = Aim("3.15", "win_amd64")


@contextlib.contextmanager
def opened(bench: Bench, requirements: str, aim: Aim, **changes: object) -> Iterator[Workshop]:
    driver = bench.driver(requirements, "Abroad")
    terms = Terms(bench.policy(**changes), str(bench.home))
    with (
        contextlib.ExitStack() as stack,
        Abroad(terms, stack, bench.events.append).workshop(Member("Abroad", str(driver)), aim) as workshop,
    ):
        yield workshop


def files(outcome: Outcome) -> list[str]:
    assert isinstance(outcome.result, Resolution)
    return [pin.candidate.file.filename for pin in outcome.result.pins]


def solved(bench: Bench, requirements: str, aim: Aim, **changes: object) -> Outcome:
    with opened(bench, requirements, aim, **changes) as workshop:
        return abroad.resolve(workshop, reading.read(workshop).requirements)


def test_each_target_gets_its_own_files(bench: Bench) -> None:
    bench.wheel("rack", "1.0", tag="cp39-cp39-win_amd64", requires=['colour; sys_platform == "win32"'])
    bench.wheel("rack", "1.0", tag="cp312-cp312-manylinux_2_17_x86_64")
    bench.wheel("rack", "2.0", tag="cp312-cp312-manylinux_2_34_x86_64")
    bench.wheel("colour", "1.0")
    assert files(solved(bench, "rack\n", WINDOWS)) == [
        "colour-1.0-py3-none-any.whl",
        "rack-1.0-cp39-cp39-win_amd64.whl",
    ]
    linux = solved(bench, "rack\n", Aim("3.12", "linux_x86_64"))
    assert files(linux) == ["rack-1.0-cp312-cp312-manylinux_2_17_x86_64.whl"]
    newer = solved(bench, "rack\n", Aim("3.12", "manylinux_2_34_x86_64"))
    assert files(newer) == ["rack-2.0-cp312-cp312-manylinux_2_34_x86_64.whl"]


def test_the_policy_holds_for_targets_elsewhere_too(bench: Bench) -> None:
    bench.wheel("six", "1.0")
    bench.wheel("six", "2.0")
    bench.wheel("extra", "1.0")
    changes = {"constraints": ["six<2"], "seeds": {"3.9": ["extra"]}}
    assert files(solved(bench, "six\n", WINDOWS, **changes)) == [
        "extra-1.0-py3-none-any.whl",
        "six-1.0-py3-none-any.whl",
    ]


def test_a_platform_without_a_python_takes_the_version_of_the_launch(bench: Bench) -> None:
    with opened(bench, "", Aim("", "win32")) as workshop:
        target = workshop.interpreter.target
        assert Aim("", "win32").name(target) == f"{RUNNING}-win32"
        assert abroad.builder(workshop) is None
    with opened(bench, "", Aim()) as workshop:
        assert abroad.builder(workshop) is workshop.interpreter
        assert Aim().name(workshop.interpreter.target).startswith(f"{RUNNING}-")


@pytest.mark.slow
def test_a_python_that_is_not_here(bench: Bench) -> None:
    with pytest.raises(InterpreterNotFound) as caught, opened(bench, "", Aim("3.99")):
        pass
    assert "--platform win_amd64" in caught.value.remedies[0]


def test_targets_are_looked_at_first() -> None:
    assert aims((), ()) == (Aim(),)
    assert aims(["3.9", "3.9", "3.12"], ["win32"]) == (Aim("3.9", "win32"), Aim("3.12", "win32"))
    with pytest.raises(InterpreterNotFound):
        aims(["3.9"], ["windows"])


def tools_of(bench: Bench, requirements: str, **changes: object) -> tuple[abroad.Toolset, ...]:
    with opened(bench, requirements, WINDOWS, **changes) as workshop:
        outcome = abroad.resolve(workshop, reading.read(workshop).requirements)
        assert isinstance(outcome.result, Resolution)
        return abroad.toolsets(workshop, outcome.result.pins)


def test_what_builds_need_is_chosen_for_the_target(bench: Bench) -> None:
    bench.sdist("kit", "1.0", build_requires=["tool"])
    bench.wheel("tool", "1.0", tag="cp39-cp39-win_amd64")
    bench.wheel("tool", "2.0", tag="cp39-cp39-manylinux_2_17_x86_64")
    bench.sdist("tool", "1.5", build_requires=["deep"])
    bench.wheel("deep", "1.0")
    first, second = tools_of(bench, "kit\n")
    assert (str(first.sdist), first.requires, files(first.outcome)) == (
        "kit 1.0",
        ("tool",),
        ["tool-1.5.tar.gz"],
    )
    assert (str(second.sdist), files(second.outcome)) == ("tool 1.5", ["deep-1.0-py3-none-any.whl"])
    (third,) = tools_of(bench, "kit\n", build_constraints={"kit": ["tool<1.5"]})
    assert files(third.outcome) == ["tool-1.0-cp39-cp39-win_amd64.whl"]


def test_a_build_that_needs_itself_ends(bench: Bench) -> None:
    bench.sdist("kit", "1.0", build_requires=["tool"])
    bench.sdist("tool", "1.0", build_requires=["kit"])
    with pytest.raises(BuildFailed) as caught:
        tools_of(bench, "kit\n")
    assert caught.value.code == "BUILD_CYCLE"


def test_an_old_setuptools_needs_wheel(bench: Bench) -> None:
    bench.wheel("setuptools", "60.0")
    bench.wheel("wheel", "0.40")
    bench.sdist("old", "1.0", backend="legacy", metadata_version="2.2")
    (one,) = tools_of(bench, "old\n")
    assert one.requires == ("setuptools>=40.8.0", "wheel")
    assert files(one.outcome) == ["setuptools-60.0-py3-none-any.whl", "wheel-0.40-py3-none-any.whl"]
    bench.wheel("setuptools", "80.0")
    (one,) = tools_of(bench, "old\n")
    assert files(one.outcome) == ["setuptools-80.0-py3-none-any.whl"]


@pytest.mark.slow
def test_an_sdist_that_only_a_build_understands(bench: Bench) -> None:
    bench.sdist("odd", "1.0", dynamic=["Requires-Dist"])
    with opened(bench, "odd\n", NOT_HERE) as workshop:
        wanted = reading.read(workshop).requirements
        with pytest.raises(BuildFailed, match=r"no Python 3\.15 here"):
            abroad.resolve(workshop, wanted)
    here = Aim(RUNNING, "win_amd64")  # another platform, and a Python of that version is here
    assert files(solved(bench, "odd\n", here)) == ["odd-1.0.tar.gz"]


def test_each_warning_once(bench: Bench) -> None:
    terms = Terms(bench.policy(), str(bench.home))
    members = [Member(name, str(bench.driver("", name))) for name in ("A", "B")]
    with contextlib.ExitStack() as stack:
        for member in members:
            abroad_bench = Abroad(terms, stack, bench.events.append)
            for _ in range(2):
                with abroad_bench.workshop(member, WINDOWS) as workshop:
                    workshop.on_event(Warned("X", "the same"))
    assert bench.told(Warned).count(Warned("X", "the same")) == 2
