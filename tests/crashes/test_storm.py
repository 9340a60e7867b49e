"""A breeze: few processes, few kills; `python -m tests.crashes storm` is the storm."""

from __future__ import annotations

import os

import pytest

from tests.crashes.storm import Storm, problems
from tests.unit.stories.bench import Bench

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="it forks, and kills by signals"),
]


@pytest.mark.parametrize("keys", [1, 3])
def test_one_makes_it_and_all_others_succeed(bench: Bench, keys: int) -> None:
    storm = Storm(bench, keys=keys, processes=8)
    storm.rage(kills=40)
    storm.calm()
    assert problems(storm) == []
    assert storm.told()[0].kills == 40
