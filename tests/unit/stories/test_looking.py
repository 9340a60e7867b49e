from __future__ import annotations

from pathlib import Path

import pytest

from driverenv.errors import IndexUnavailable
from driverenv.events import Warned
from driverenv.stories.looking import looking_twice
from driverenv.stories.workshop import Workshop
from tests.unit.stories.bench import Bench


def gone(bench: Bench, wheel: Path, *, missing: bool = True) -> IndexUnavailable:
    return IndexUnavailable(
        "the index lists a file that is not there",
        facts=(("file", wheel.name), ("what happened", "404"), ("not asked", "others")),
        data={
            "missing": missing,
            "public": False,
            "index": str(bench.index),
            "project": "six",
            "file": wheel.name,
            "url": str(wheel),
        },
    )


def test_all_is_well(bench: Bench) -> None:
    with bench.workshop(bench.request()) as workshop:
        assert looking_twice(workshop, lambda one: one) is workshop


def test_another_trouble_is_raised_at_once(bench: Bench) -> None:
    error = gone(bench, bench.wheel("six"), missing=False)

    def attempt(_workshop: Workshop) -> None:
        raise error

    with bench.workshop(bench.request()) as workshop, pytest.raises(IndexUnavailable) as raised:
        looking_twice(workshop, attempt)
    assert raised.value is error


def test_it_was_taken_off_meanwhile(bench: Bench) -> None:
    wheel = bench.wheel("six")
    seen: list[Workshop] = []

    def attempt(workshop: Workshop) -> str:
        seen.append(workshop)
        if len(seen) == 1:
            wheel.unlink()
            raise gone(bench, wheel)
        return "done"

    with bench.workshop(bench.request()) as workshop:
        assert looking_twice(workshop, attempt) == "done"
    assert seen[1].asker is not seen[0].asker
    assert [event.code for event in bench.told(Warned)] == ["ASKED_ANEW"]


def test_it_is_listed_still(bench: Bench) -> None:
    wheel = bench.wheel("six")

    def attempt(_workshop: Workshop) -> None:
        raise gone(bench, wheel)

    with bench.workshop(bench.request()) as workshop, pytest.raises(IndexUnavailable) as raised:
        looking_twice(workshop, attempt)
    assert raised.value.facts[1:3] == (
        ("what happened", "404"),
        ("looked again", "the index still lists the file"),
    )
    assert raised.value.data["missing"] is False
