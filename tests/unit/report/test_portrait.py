from __future__ import annotations

import pytest

from driverenv.report.content import Driver
from driverenv.report.portrait import portrait
from tests.unit.report import sample


def test_a_driver() -> None:
    page = portrait(sample.driver(), "driver-1")
    assert page.startswith('<section id="driver-1" class="driver"><details><summary>')
    for said in (
        "2 launches: 1 ready, 1 made",
        "generation 1",
        "in use",
        "current",
        "4.12.0 from public PyPI",
    ):
        assert said in page, said


def test_one_that_fails_is_open() -> None:
    page = portrait(sample.failing(), "driver-2")
    assert page.startswith('<section id="driver-2" class="driver"><details open="">')
    assert "Why its last launch failed" in page
    assert "1 line of its history could not be read" in page
    assert "nothing is there now" in page


@pytest.mark.parametrize(
    ("driver", "said"),
    [
        (sample.driver(contents=None), "The receipt of its environment cannot be read"),
        (sample.driver(contents=None, told=0, generations=()), "It never came to an environment"),
        (
            sample.driver(contents=None, generations=(sample.generation(is_there=False),)),
            "not there any more",
        ),
        (sample.driver(generations=(sample.generation(is_current=False, is_pinned=True),)), "that it had"),
        (sample.driver(earlier=3, launches=()), "3 earlier"),
    ],
)
def test_what_is_left(driver: Driver, said: str) -> None:
    assert said in portrait(driver, "driver-1")
