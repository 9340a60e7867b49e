"""The rounds: all tools in each, in turning order, each result looked at before it counts."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.changes import Change
from benchmarks.figures import Row
from benchmarks.machine import settle
from benchmarks.tools import InProcess, Outcome, Task, Tool
from driverenv.watch import FOUND

OFTEN = "no-op, often"
CHANGED = "one project changed"
SPARE = "fresh, a spare waiting"
CASES = {
    "cold": "store and caches empty, new environment",
    "fresh": "store and caches warm, new environment for a driver with the same requirements",
    "no-op": "the same driver again, nothing changed, within validity",
    OFTEN: "the same once more, where each tool was asked twice before: a server that stays",
    "asked again": "the same driver, its validity over, nothing changed; uv and pip: a new environment",
    SPARE: "a launch's own environment, and one was made ahead; uv: a new environment",
    "imports done": "as fresh, and the first import of the driver's modules in it",
    CHANGED: "a driver launched before, its validity over, and meanwhile a newer release in the index",
}
ONLY_IN = {
    "uv --compile-bytecode": ("cold", "imports done"),
    "uv with its defaults": ("cold", "fresh"),
    "driverenv CLI": tuple(case for case in CASES if case != SPARE),
    "pip": tuple(case for case in CASES if case != SPARE),
}


class Schedule(NamedTuple):
    """How often, and how patiently."""

    rounds: int
    rounds_of_pip: int
    patience: float


class Sample(NamedTuple):
    """One measurement; `waited` is how long it took the machine to be quiet before."""

    round: int
    case: str
    tool: str
    seconds: float
    waited: float


def play(
    tools: Sequence[Tool], task: Task, schedule: Schedule, failures: list[str], change: Change | None = None
) -> Iterator[Sample]:
    """All rounds of one set on one index, as they come; a round that failed is played once more."""
    for at in range(schedule.rounds):
        taking_part = [tool for tool in tools if tool.name != "pip" or at < schedule.rounds_of_pip]
        try:
            samples = play_round(taking_part, task, at, schedule.patience, change)
        except (AssertionError, RuntimeError) as error:
            failures.append(f"round {at + 1}: {error}")
            print(f"round {at + 1} is played again: {error}", file=sys.stderr, flush=True)
            samples = play_round(taking_part, task, at, schedule.patience, change)
        yield from samples
        print(f"round {at + 1} of {schedule.rounds} done", file=sys.stderr, flush=True)


def play_round(
    tools: Sequence[Tool], task: Task, at: int, patience: float, change: Change | None = None
) -> list[Sample]:
    """Every case with every tool, once; the index changes last, since caches remember it."""
    samples: list[Sample] = []
    seen: set[str] = set()
    for tool in tools:
        tool.wipe()
    for case in CASES:
        for tool in [] if case == CHANGED else turned(tools, at):
            if case not in ONLY_IN.get(tool.name, CASES):
                continue
            for _ in range(FOUND if case == OFTEN else 0):
                measure(tool, case, at)
            waited = settle(patience)
            outcome = measure(tool, case, at)
            check(outcome, task, seen, new=case not in ("no-op", OFTEN), tool=tool.name)
            samples.append(Sample(at, case, tool.name, outcome.seconds, round(waited, 2)))
    for tool in turned(tools, at):
        if change is not None and CHANGED in ONLY_IN.get(tool.name, CASES):
            outcome, waited = measure_changed(tool, change, at, patience)
            check(outcome, task, seen, new=True, tool=tool.name)
            samples.append(Sample(at, CHANGED, tool.name, outcome.seconds, round(waited, 2)))
    return samples


def measure_changed(tool: Tool, change: Change, at: int, patience: float) -> tuple[Outcome, float]:
    """A newer release comes after a launch; the index is put back for the next tool."""
    waited: list[float] = []

    def happen() -> None:
        change.make()
        waited.append(settle(patience))

    with change.undone():
        outcome = tool.catch_up(f"changed-{at}", happen)
    change.assert_seen(outcome.site_packages, tool.name)
    return outcome, waited[0]


def turned(tools: Sequence[Tool], at: int) -> list[Tool]:
    """Another tool begins in each round."""
    first = at % len(tools)
    return [*tools[first:], *tools[:first]]


def measure(tool: Tool, case: str, at: int) -> Outcome:
    """One case with one tool."""
    if case in ("no-op", OFTEN):
        return tool.launch(f"fresh-{at}", again=True)
    if case == SPARE:
        return tool.take_spare(f"fresh-{at}") if isinstance(tool, InProcess) else tool.launch(f"spare-{at}")
    if case == "asked again":
        return tool.ask_again(f"again-{at}")
    if case == "imports done":
        return tool.launch(f"imports-{at}", imports=True)
    return tool.launch(f"{case}-{at}")


def check(outcome: Outcome, task: Task, seen: set[str], *, new: bool, tool: str) -> None:
    """Assert that it is whole, and new where it should be."""
    found = [name for name in os.listdir(outcome.site_packages) if name.endswith(".dist-info")]
    installed = [name for name in found if not name.startswith(("pip-", "setuptools-", "wheel-"))]
    assert len(installed) == task.distributions, f"{tool}: {len(installed)} distributions"
    assert Path(outcome.python).exists(), tool
    identity = f"{outcome.python} {os.stat(outcome.site_packages).st_ino}"
    assert new == (identity not in seen), f"{tool}: {'an old' if new else 'another'} environment"
    seen.add(identity)


def rows(samples: Sequence[Sample], set_name: str, server: str) -> list[Row]:
    """Samples gathered by case and tool."""
    found: list[Row] = []
    for case in CASES:
        for tool in dict.fromkeys(one.tool for one in samples):
            mine = [one for one in samples if (one.case, one.tool) == (case, tool)]
            at, seconds = tuple(one.round for one in mine), tuple(one.seconds for one in mine)
            if mine:
                found.append(Row(set_name, server, case, tool, at, seconds))
    return found
