"""What a launch costs as things grow: ``python -m benchmarks.growth``.

One thing grows at a time: the files of an environment, the requirements, the projects that the index has,
the versions on a project's page. Each row says how much of it there is and how long driverenv takes, in a
process that launched before: for a new environment with a warm store, and to ask again where nothing changed.
Linear growth means that the last column stays about the same or falls.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import platformdirs

from benchmarks import generate, machine
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


def measure(size: Size, root: Path, environ: dict[str, str], rounds: int) -> tuple[float, float]:
    """Seconds of a new environment and of asking again: medians."""
    fresh, again = [], []
    with serving("static", size.folder, environ) as url:
        task = Task(size.requirements, url, "", size.distributions, environ, {})
        tool = InProcess(root, task)
        try:
            tool.wipe()
            tool.launch("first")
            for at in range(rounds):
                machine.settle(2.0)
                fresh.append(tool.launch(f"fresh {at}").seconds)
                machine.settle(2.0)
                again.append(tool.ask_again("again").seconds)
        finally:
            tool.close()
    return median(fresh), median(again)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--of", default=",".join(GROWING), help=f"of {', '.join(GROWING)}; by default all")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    kept = platformdirs.user_cache_path("driverenv-benchmarks")
    kept.mkdir(parents=True, exist_ok=True)
    root = Path(tempfile.mkdtemp(prefix="growth-", dir=kept)).resolve()
    environ = machine.clean_environ(root / "home")
    try:
        print("| growing | count | new environment | asked again | of each, asked again |")
        print("|---|--:|--:|--:|--:|", flush=True)
        for what in arguments.of.split(","):
            for size in GROWING[what](root):
                fresh, again = measure(size, root / f"{what}-{size.amount}-home", environ, arguments.rounds)
                each = f"{again / size.amount * 1e6:.1f} us"
                print(
                    f"| {what} | {size.amount} | {duration(fresh)} | {duration(again)} | {each} |", flush=True
                )
        return 0
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
