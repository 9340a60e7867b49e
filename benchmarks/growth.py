"""What a launch costs as things grow: ``python -m benchmarks.growth``.

One thing grows at a time: the files of an environment, the requirements, the projects that the index has,
the versions on a project's page. Each row says how much of it there is and how long driverenv takes, in a
process that launched before: for a new environment with a warm store, and to ask again where nothing changed.
Linear growth means that the last column stays about the same or falls.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks import generate, machine, results
from benchmarks.figures import duration
from benchmarks.servers import serving
from benchmarks.sets import hermetic
from benchmarks.tools import InProcess, Task


class Size(NamedTuple):
    """How much there is of what grows, the wheels, and what is asked for."""

    amount: int
    folder: Path
    requirements: str
    distributions: int


def files(root: Path) -> Iterator[Size]:
    """The sets S, M and L, by their files."""
    for name in ("S", "M", "L"):
        made = hermetic(name, root / name)
        yield Size(made.files, made.folder, made.requirements, made.distributions)


def requirements(root: Path) -> Iterator[Size]:
    """So many distributions of one module each, all asked for by name."""
    for count in (10, 100, 400):
        names = [f"bench-one-{number:04}" for number in range(count)]
        folder = root / f"requirements-{count}"
        generate.write_small(folder, names, ["1.0"])
        yield Size(count, folder, "".join(f"{name}\n" for name in names), count)


def projects(root: Path) -> Iterator[Size]:
    """Ten distributions out of an index with so many projects."""
    for count in (100, 5000):
        names = [f"bench-many-{number:04}" for number in range(count)]
        folder = root / f"projects-{count}"
        generate.write_small(folder, names, ["1.0"])
        yield Size(count, folder, "".join(f"{name}\n" for name in names[:10]), 10)


def versions(root: Path) -> Iterator[Size]:
    """Ten distributions with so many versions each."""
    for count in (10, 100, 1000):
        names = [f"bench-old-{number:04}" for number in range(10)]
        folder = root / f"versions-{count}"
        generate.write_small(folder, names, [f"1.{number}" for number in range(count)])
        yield Size(count, folder, "".join(f"{name}\n" for name in names), 10)


GROWING: dict[str, Callable[[Path], Iterator[Size]]] = {
    "files": files,
    "requirements": requirements,
    "projects": projects,
    "versions": versions,
}


class Cost(NamedTuple):
    """Median seconds of a new environment, and of asking again, with so much of what grows."""

    of: str
    amount: int
    fresh: float
    again: float

    def line(self) -> str:
        """A row of the table."""
        each = f"{self.again / self.amount * 1e6:.1f} us"
        return f"| {self.of} | {self.amount} | {duration(self.fresh)} | {duration(self.again)} | {each} |"


def measure(what: str, size: Size, root: Path, environ: dict[str, str], run: argparse.Namespace) -> Cost:
    """What a launch costs with so much of it."""
    fresh, again = [], []
    with serving("static", size.folder, environ) as url:
        task = Task(size.requirements, url, "", size.distributions, environ, {})
        tool = InProcess(root, task)
        try:
            tool.wipe()
            tool.launch("first")
            for at in range(run.rounds):
                machine.settle(run.patience)
                fresh.append(tool.launch(f"fresh {at}").seconds)
                machine.settle(run.patience)
                again.append(tool.ask_again("again").seconds)
        finally:
            tool.close()
    return Cost(what, size.amount, median(fresh), median(again))


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--of", default=",".join(GROWING), help=f"of {', '.join(GROWING)}; by default all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--patience", type=float, default=2.0, help="seconds to wait for a quiet machine (2)")
    parser.add_argument("--root", type=Path, help="folder for stores, caches, environments of the run")
    parser.add_argument("--json", type=Path, help="write all numbers")
    arguments = parser.parse_args()
    found: list[Cost] = []
    with machine.scratch("growth", arguments.root) as root:
        environ = machine.clean_environ(root / "home")
        about = machine.describe(root, environ)
        print("| growing | count | new environment | asked again | of each, asked again |")
        print("|---|--:|--:|--:|--:|", flush=True)
        for what in arguments.of.split(","):
            for size in GROWING[what](root):
                home = root / f"{what}-{size.amount}-home"
                found.append(measure(what, size, home, environ, arguments))
                print(found[-1].line(), flush=True)
        if arguments.json:
            results.write(arguments.json, "growth", about, results=[one._asdict() for one in found])
        return 0


if __name__ == "__main__":
    sys.exit(main())
