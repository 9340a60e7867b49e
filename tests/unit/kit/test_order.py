from __future__ import annotations

import pytest

from driverenv.events import (
    END,
    Building,
    Built,
    Downloaded,
    Downloading,
    Linked,
    Linking,
    Ready,
    Solved,
    Started,
)
from tests.kit.order import end_of


def test_a_launch_from_its_begin_to_its_end() -> None:
    story = [
        Started("x", "3.12.1"),
        Building("a.tar.gz"),
        Solved(1, 1),
        Downloading("b.whl", 1, None),
        Downloaded("b.whl", 1, ""),
        Built("a.tar.gz", "a.whl", 0.1),
        Linking(2),
    ]
    assert end_of(story) == "linking"
    assert end_of([Ready("/x", reused=True, seconds=0.1)]) == END


@pytest.mark.parametrize(
    ("story", "complaint"),
    [
        ([Linked(1, 0.1)], "event 1"),
        ([Started("x", ""), Built("a.tar.gz", "a.whl", 0.1)], "never began"),
        ([Started("x", ""), Building("a.tar.gz"), Solved(1, 1), Linking(1)], "not there"),
        ([Started("x", ""), Downloading("a", 1, 2), Solved(1, 1), Linking(1)], "not there"),
    ],
)
def test_what_comes_too_early(story: list[Started], complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        end_of(story)
