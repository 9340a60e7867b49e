from __future__ import annotations

import gc
import shutil
from pathlib import Path

import pytest

from driverenv import Environment, Keep, Request, collect, warm
from driverenv.errors import EnvironmentBroken
from driverenv.events import Asked, Linking, Warned
from driverenv.generations import Drivers, Lineage
from driverenv.stories import inventory, returning
from tests.unit.stories.bench import Bench

pytestmark = pytest.mark.slow

WANTED = "Switch Driver"


@pytest.fixture
def request_of_six(bench: Bench) -> Request:
    return bench.request("six\n", valid_for_minutes=0)


@pytest.fixture
def both(bench: Bench, request_of_six: Request) -> list[Environment]:
    """Two generations: the index got a newer release after the first."""
    made = []
    for version in ("1.15.0", "1.16.0"):
        bench.wheel("six", version)
        made.append(bench.prepare(request_of_six))
    return made


def rollback(bench: Bench, number: int | None = None) -> inventory.Known:
    return returning.rollback(str(bench.home), WANTED, number, cwd=str(bench.root))


def go_on(bench: Bench) -> inventory.Known:
    return returning.go_on(str(bench.home), WANTED, cwd=str(bench.root))


def lineage(bench: Bench) -> Lineage:
    (found,) = Drivers(str(bench.home))
    return found.lineage


def codes(bench: Bench) -> list[str]:
    return [warned.code for warned in bench.told(Warned)]


def test_back_to_the_one_before_and_nobody_is_asked(
    bench: Bench, request_of_six: Request, both: list[Environment]
) -> None:
    old, new = both
    known = rollback(bench)
    assert known.lineage.current == known.lineage.pinned == 1
    bench.index.rename(bench.root / "away")
    assert bench.prepare(request_of_six) == old
    assert bench.told(Asked) == []
    day = known.states[0].generation.made[:10]
    told = f"somebody went back to generation 1 of Switch Driver, of {day}: it is used, and no index is asked, until "
    release = '`driverenv env rollback --release "Switch Driver"`'
    assert [warned.text for warned in bench.told(Warned)] == [told + release]
    assert bench.prepare(request_of_six) == old
    assert codes(bench) == []  # the warm record has it, although nothing is valid here for any time
    assert (lineage(bench).current, len(lineage(bench).generations)) == (1, 2)
    assert new.prefix != old.prefix


def test_whoever_asks_anew_gets_it_as_well(
    bench: Bench, request_of_six: Request, both: list[Environment]
) -> None:
    rollback(bench)
    assert bench.prepare(request_of_six.replace(refresh=True)) == both[0]
    assert codes(bench) == ["PINNED"]


def test_it_goes_on_when_it_is_let(bench: Bench, request_of_six: Request, both: list[Environment]) -> None:
    rollback(bench)
    bench.prepare(request_of_six)
    assert go_on(bench).lineage.pinned == 0
    assert bench.prepare(request_of_six) == both[1]
    assert codes(bench) == []
    assert [one.key for one in lineage(bench).generations] == [one.key for one in both]
    assert lineage(bench).current == 2


def test_it_is_over_when_the_requirements_change(
    bench: Bench, request_of_six: Request, both: list[Environment]
) -> None:
    rollback(bench)
    bench.prepare(request_of_six)
    bench.prepare(bench.request("six\n# changed\n", valid_for_minutes=0))
    assert [warned.text for warned in bench.told(Warned)] == [
        "Switch Driver goes on from generation 1: requirements.txt changed since"
    ]
    assert lineage(bench).pinned == 0


def test_it_is_over_when_the_policy_changes(bench: Bench, both: list[Environment]) -> None:
    rollback(bench)
    bench.wheel("alpha")
    changed = bench.request("six\n", baseline=["alpha"], valid_for_minutes=0)
    assert bench.prepare(changed) == both[0]  # the first request after it says which policy it holds for
    bench.prepare(bench.request("six\n", valid_for_minutes=0))
    assert [warned.text for warned in bench.told(Warned)] == [
        "Switch Driver goes on from generation 1: the policy changed since"
    ]


def test_housekeeping_does_not_end_it(bench: Bench, request_of_six: Request, both: list[Environment]) -> None:
    rollback(bench)
    bench.prepare(request_of_six)
    other = bench.request("six\n", valid_for_minutes=7, on_outage="fail", keep=Keep(generations=0))
    assert bench.prepare(other) == both[0]


def test_another_variant_is_not_concerned(
    bench: Bench, request_of_six: Request, both: list[Environment]
) -> None:
    rollback(bench)
    bench.wheel("alpha")
    made = bench.prepare(request_of_six.replace(requirements=("alpha",)))
    assert made not in both
    assert bench.prepare(request_of_six) == both[0]


def test_a_driver_that_is_unpacked_elsewhere_each_time(
    bench: Bench, request_of_six: Request, both: list[Environment]
) -> None:
    rollback(bench)
    folder = Path(request_of_six.driver)
    for place in ("one", "two"):
        moved = bench.root / place / folder.name
        shutil.move(folder, moved)
        folder = moved
        assert bench.prepare(request_of_six.replace(driver=str(folder))).prefix == both[0].prefix
        assert codes(bench) == ["PINNED"]


def test_gc_keeps_it(bench: Bench, request_of_six: Request, both: list[Environment]) -> None:
    rollback(bench)
    prefixes = [one.prefix for one in both]
    both.clear()
    gc.collect()
    collect(str(bench.home), keep=Keep(), everything=True)
    assert [Path(prefix).is_dir() for prefix in prefixes] == [True, False]
    assert bench.prepare(request_of_six).prefix == prefixes[0]


def test_the_one_that_is_named(bench: Bench, request_of_six: Request, both: list[Environment]) -> None:
    bench.wheel("six", "1.17.0")
    bench.prepare(request_of_six)
    assert rollback(bench, 1).lineage.current == 1
    assert bench.prepare(request_of_six) == both[0]
    assert rollback(bench, 2).lineage.current == 2
    assert bench.prepare(request_of_six) == both[1]


def broken(bench: Bench, number: int | None = None) -> EnvironmentBroken:
    with pytest.raises(EnvironmentBroken) as raised:
        rollback(bench, number)
    return raised.value


def test_where_there_is_none_to_go_back_to(bench: Bench, request_of_six: Request) -> None:
    with pytest.raises(EnvironmentBroken, match="no launch is known"):
        rollback(bench)
    bench.wheel("six")
    bench.prepare(request_of_six)
    error = broken(bench)
    assert (error.code, error.facts) == ("ENV_UNKNOWN", (("known", "1"),))
    assert error.summary.endswith("there is no one before the current one")
    assert broken(bench, 7).summary.endswith("there is no number 7")


def test_one_that_was_removed(bench: Bench, request_of_six: Request, both: list[Environment]) -> None:
    shutil.rmtree(Path(both[0].prefix).parent)
    error = broken(bench)
    assert error.code == "ENV_CORRUPT"
    assert error.summary.startswith("generation 1 of Switch Driver cannot be gone back to: ")
    assert bench.prepare(request_of_six) == both[1]
    assert lineage(bench).pinned == 0


def test_one_that_was_removed_after_somebody_went_back(
    bench: Bench, request_of_six: Request, both: list[Environment]
) -> None:
    """Nobody gets the one that somebody went back from without a word."""
    rollback(bench)
    shutil.rmtree(Path(both[0].prefix).parent)
    with pytest.raises(EnvironmentBroken) as raised:
        bench.prepare(request_of_six)
    assert raised.value.remedies == (
        'let the driver go on: driverenv env rollback --release "Switch Driver"',
    )
    go_on(bench)
    assert bench.prepare(request_of_six) == both[1]


def test_anew(bench: Bench, request_of_six: Request, both: list[Environment]) -> None:
    rollback(bench)
    mark = Path(both[0].prefix, "mark-of-the-test")
    mark.touch()
    known = returning.anew(str(bench.home), WANTED, cwd=str(bench.root))
    assert known.lineage.pinned == 0
    assert bench.prepare(request_of_six) == both[1]
    assert bench.told(Linking) == []
    known = returning.anew(str(bench.home), WANTED, cwd=str(bench.root))
    mark = Path(both[1].prefix, "mark-of-the-test")
    mark.touch()
    assert bench.prepare(request_of_six) == both[1]
    assert bench.told(Linking)
    assert not mark.exists()


def test_the_record_of_a_launch_with_it(
    bench: Bench, request_of_six: Request, both: list[Environment]
) -> None:
    rollback(bench)
    bench.prepare(request_of_six)
    (path,) = bench.home.glob("asks/*")
    text = path.read_text(encoding="utf-8")
    assert "until inf" in text.split("\n")
    assert f" {Path(request_of_six.driver, 'requirements.txt')}" in text
    assert warm.find(str(bench.home), path.name, 4e9) is not None
