"""Many launches at once: ``python -m benchmarks.fleet``.

Each round begins with empty stores and caches. `same`: all launch one driver (uv, which keeps no drivers,
makes an environment for each launch); `different`: each launches a driver of its own, all with the same
requirements. The seconds are those from the first start to the last environment that is ready.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks import machine, results
from benchmarks.figures import Row, table
from benchmarks.rounds import turned
from benchmarks.servers import KINDS, USUAL, serving
from benchmarks.sets import Prepared, hermetic
from benchmarks.tools import CommandLine, InProcess, Task, Tool, Uv

DRIVERS = ("same", "different")


def storm(tool: Tool, names: list[str]) -> float:
    """Launch all of these at once; seconds until the last is ready."""
    tool.furnish(names)
    if isinstance(tool, InProcess):
        return tool.launch_at_once(names)
    with ThreadPoolExecutor(len(names)) as pool:
        begun = time.perf_counter()
        list(pool.map(tool.launch, names))
        return time.perf_counter() - begun


def names(tool: Tool, drivers: str, count: int) -> list[str]:
    """The drivers of one storm."""
    if drivers == "same" and not isinstance(tool, Uv):
        return ["the driver"] * count
    return [f"driver {number}" for number in range(count)]


def play(
    tools: list[Tool], drivers: str, count: int, rounds: int, patience: float
) -> Iterator[tuple[int, str, float]]:
    """Round, tool and seconds of each storm."""
    for at in range(rounds):
        for tool in turned(tools, at):
            tool.wipe()
            machine.settle(patience)
            yield at, tool.name, storm(tool, names(tool, drivers, count))


def rows(
    prepared: Prepared, kind: str, url: str, run: argparse.Namespace, make: Callable[[Task], list[Tool]]
) -> Iterator[Row]:
    """All cases of one set on one index."""
    task = Task(prepared.requirements, url, prepared.imports, prepared.distributions, run.environ, {})
    tools = make(task)
    try:
        for drivers in run.drivers.split(","):
            for count in map(int, run.launches.split(",")):
                found = list(play(tools, drivers, count, run.rounds, run.patience))
                for tool in tools:
                    mine = [one for one in found if one[1] == tool.name]
                    case = f"{count} at once, {drivers} driver{'s' if drivers == 'different' else ''}"
                    at, seconds = tuple(one[0] for one in mine), tuple(one[2] for one in mine)
                    yield Row(prepared.name, kind, case, tool.name, at, seconds)
                print(f"{prepared.name} {kind} {drivers} {count} done", file=sys.stderr, flush=True)
    finally:
        for tool in tools:
            tool.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description=__doc__)
    parser.add_argument("--sets", default="M", help="of S, M, L; by default M")
    usual = ",".join(USUAL)
    parser.add_argument("--indexes", default=usual, help=f"of {', '.join(KINDS)}; by default {usual}")
    parser.add_argument("--launches", default="1,8,32", help="how many at once; by default 1,8,32")
    parser.add_argument("--drivers", default=",".join(DRIVERS), help="of same, different; by default both")
    parser.add_argument("--tools", default="driverenv,cli,uv", help="of driverenv, cli, uv, uv-defaults")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--patience", type=float, default=3.0, help="seconds to wait for a quiet machine (3)")
    parser.add_argument("--root", type=Path, help="folder for stores, caches, environments of the run")
    parser.add_argument("--json", type=Path, help="write all numbers")
    return parser.parse_args()


def main() -> int:
    """Print the table."""
    run = _arguments()
    with machine.scratch("fleet", run.root) as root:
        run.environ = machine.clean_environ(root / "home")
        found: list[Row] = []
        about = machine.describe(root, run.environ)
        for name, value in about.items():
            print(f"{name.replace('_', ' ')}: {value}", flush=True)
        for set_name in run.sets.split(","):
            prepared = hermetic(set_name, root)
            for kind in run.indexes.split(","):

                def make(task: Task, place: Path = root / f"{set_name}-{kind}") -> list[Tool]:
                    every: dict[str, Tool] = {
                        "driverenv": InProcess(place / "in-process", task),
                        "cli": CommandLine(place / "cli", task),
                        "uv": Uv(place / "uv", task),
                        "uv-defaults": Uv(place / "uv-defaults", task, defaults=True),
                    }
                    return [every[tool] for tool in run.tools.split(",")]

                with serving(kind, prepared.folder, run.environ) as url:
                    found += rows(prepared, kind, url, run, make)
        print(table(found))
        if run.json:
            results.write(run.json, "fleet", about, results=results.of_rows(found))
        return 0


if __name__ == "__main__":
    sys.exit(main())
