from __future__ import annotations

import pytest

from driverenv.records.history import HOW as WORDS
from driverenv.report.wording import HOW, NOTHING, amount, moment, seconds, things


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (None, NOTHING),
        (0, "0 B"),
        (999, "999 B"),
        (1_500, "1.5 kB"),
        (2_000_000, "2.0 MB"),
        (10**16, "10000.0 TB"),
    ],
)
def test_bytes(size: int | None, told: str) -> None:
    assert amount(size) == told


def test_times() -> None:
    assert moment("2026-11-30T01:02:03Z") == "2026-11-30 01:02 UTC"
    assert (moment(""), moment("yesterday")) == (NOTHING, "yesterday")
    assert [seconds(one) for one in (0.0014, 2.5, 150.0)] == ["1 ms", "2.5 s", "2 min"]


def test_numbers() -> None:
    assert (things(1, "launch", "launches"), things(1_234, "driver")) == ("1 launch", "1,234 drivers")


def test_every_word_of_the_history_is_told() -> None:
    assert set(HOW) == set(WORDS)
