"""Graphs of 30 projects without a solution: the proof takes a bounded number of steps, whatever the machine.

``python -m benchmarks.unsatisfiable`` measures the seconds.
"""

from __future__ import annotations

import statistics

import pytest

from benchmarks.unsatisfiable import PROJECTS, TARGET, unsatisfiable
from driverenv import resolve
from driverenv.model.resolution import Conflict, Rules

LIMIT = 8_000
"""Steps at the 95th percentile: about a second on a slow machine."""


@pytest.mark.slow
def test_the_steps_to_a_proof() -> None:
    counted = []
    for _, (roots, facts), _ in unsatisfiable(10):
        assert len(facts.listings) == PROJECTS
        effort = resolve.Effort()
        assert isinstance(resolve.solve(roots, facts, TARGET, Rules(), effort=effort), Conflict)
        counted.append(effort.steps)
    assert statistics.quantiles(counted, n=20, method="inclusive")[-1] < LIMIT, sorted(counted)


def test_the_same_graph_takes_the_same_steps() -> None:
    _, (roots, facts), _ = next(unsatisfiable(1))
    efforts = [resolve.Effort() for _ in range(2)]
    for effort in efforts:
        resolve.solve(roots, facts, TARGET, Rules(), effort=effort)
    assert efforts[0].steps == efforts[1].steps
