from __future__ import annotations

import pytest

from driverenv.report.content import Unread
from driverenv.stories.reporting.problems import problems
from tests.unit.report import sample


def test_the_bad_ones_first() -> None:
    found = problems((sample.driver(), sample.failing()), (Unread("/x", "odd"),))
    assert [(one.weight, one.driver) for one in found][:2] == [("bad", "Firewall"), ("warn", "Rack Driver")]
    assert found[0].remedy == "change one of these lines"
    assert "RECORD_ODD" in found[1].text
    assert "1 thing below the home folder could not be read" in found[-1].text


@pytest.mark.parametrize(
    ("state", "command"), [("stale", "doctor"), ("gone back", "--release"), ("removed", "")]
)
def test_what_to_do(state: str, command: str) -> None:
    (one,) = problems((sample.driver(state=state, why="so", contents=None),), ())
    assert (one.weight, one.text) == ("warn", "so")
    assert command in one.remedy


def test_no_more_than_there_is_room_for() -> None:
    found = problems([sample.failing()] * 300, (Unread("/x", "odd"),) * 3)
    assert found[-1].text == "and 401 more"
