from __future__ import annotations

from dataclasses import replace

import pytest

from driverenv.report.content import Report
from driverenv.report.overview import overview
from tests.unit.report import sample


def page(report: Report) -> str:
    return overview(report, [f"driver-{number}" for number, _ in enumerate(report.drivers)])


@pytest.mark.parametrize(
    ("report", "verdict"),
    [
        (sample.report(), "Of 3 drivers, 1 fails."),
        (sample.report(sample.driver(), left_out=0), "1 driver: all is well."),
        (
            sample.report(sample.failing(), sample.driver(state="stale"), left_out=0),
            "1 fails and 1 needs a look.",
        ),
        (sample.report(is_there=False), "There is no such home folder"),
    ],
)
def test_the_verdict(report: Report, verdict: str) -> None:
    assert verdict in page(report)


def test_no_driver_yet() -> None:
    told = page(replace(sample.report(), drivers=()))
    assert "No driver was launched yet" in told
    assert "tiles" not in told


def test_numbers_and_problems() -> None:
    told = page(sample.report())
    for said in (
        "<b>2</b>",
        "distributions in them",
        "1 of drivers, 2 of no driver",
        "wheels 2.0 MB",
        '<a href="#driver-1">Firewall</a>',
        "2 local, 1 public, 1 built",
        "1 more driver is not on this page",
        "3 environments were not measured",
    ):
        assert said in told, said


def test_a_driver_without_details_has_no_link() -> None:
    assert "<a " not in page(sample.report(sample.driver(has_details=False)))
