"""A reason for each file that does not do."""

from __future__ import annotations

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from driverenv.model.requirement import Requirements
from driverenv.model.resolution import Demand, Rules
from driverenv.resolve.memory import Memory
from driverenv.resolve.reasons import verdicts, why_not
from driverenv.resolve.want import Want
from tests.unit.resolve.worlds import F, World, target

WORLD = World(local={"a": [*(str(number) for number in range(9, 2, -1)), F("2", tag="cp39-cp39-any"), "1"]})


def judged(text: str) -> list[str]:
    memory = Memory()
    memory.learn(WORLD.all_facts(Requirements()), target(), Rules())
    shelf = memory.shelf(canonicalize_name("a"))
    assert shelf is not None
    want = Want(Demand(Requirement(text), None, None))
    assert why_not(memory, shelf, shelf.available.candidates[-1], (want,)) == "version 1 is not in ==2"
    return [str(verdict.version) for verdict in verdicts(memory, shelf, (want,))]


def test_the_version_asked_for_comes_first_then_the_nearest() -> None:
    assert judged("a==2")[:4] == ["2", "3", "1", "4"]
