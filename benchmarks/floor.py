"""What a launch cannot do without: ``python -m benchmarks.floor``.

For each case the bare operations of the system that it rests on, done by a loop in Python on the same files, with no
check, record or decision around them, beside driverenv and uv in the same rounds. Where the loop alone takes longer than
a goal allows, the goal is out of reach on that machine; what is above the loop is driverenv's own.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import httpx

from benchmarks import machine, results
from benchmarks.figures import duration
from benchmarks.generate import NEWEST
from benchmarks.machine import settle
from benchmarks.servers import serving
from benchmarks.sets import Prepared, hermetic
from benchmarks.tools import InProcess, Task, Tool, Uv

CASES = {
    "no-op": "the stamps of all files of the environment (lstat by folder)",
    "asked again": "the stamps, and every project's page over one connection that is kept",
    "fresh": "folders made and files linked, byte code included",
    "fresh, without byte code": "the same, as uv does it",
    "cold": "all wheels read, inflated, hashed and written by one thread, then folders made and files linked",
}


class Tree(NamedTuple):
    """What is in an environment's site-packages: folders with the names in each, by whether it is byte code."""

    root: Path
    folders: dict[str, list[str]]

    @classmethod
    def of(cls, root: Path) -> Tree:
        """Look at it."""
        return cls(root, {os.path.relpath(place, root): names for place, _, names in os.walk(root)})

    def stamps(self) -> None:
        """Take the stamp of every file."""
        for folder, names in self.folders.items():
            below = os.open(self.root / folder, os.O_RDONLY)
            for name in names:
                os.stat(name, dir_fd=below, follow_symlinks=False)
            os.close(below)

    def link(self, into: Path, *, byte_code: bool) -> None:
        """Make the folders below `into`, and a link for each file."""
        for folder, names in self.folders.items():
            if folder.endswith("__pycache__") and not byte_code:
                continue
            source, target = f"{self.root}/{folder}", f"{into}/{folder}"
            os.makedirs(target, exist_ok=True)
            for name in names:
                os.link(f"{source}/{name}", f"{target}/{name}")


def unpack(wheels: list[Path], into: Path) -> None:
    """Hash each wheel, and write what is in it."""
    for wheel in wheels:
        hashlib.sha256(wheel.read_bytes()).hexdigest()
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(into / wheel.name)


def pages(client: httpx.Client, urls: list[str]) -> None:
    """Ask for every page."""
    for url in urls:
        client.get(url, headers={"Accept": "application/vnd.pypi.simple.v1+json"}).raise_for_status()


class Rounds(NamedTuple):
    """Seconds of one round, by case."""

    driverenv: dict[str, float]
    uv: dict[str, float]
    floor: dict[str, float]


def timed(work: Callable[[], object], patience: float) -> float:
    """The seconds that it takes on a quiet machine."""
    settle(patience)
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def floors(
    tree: Tree, wheels: list[Path], urls: list[str], scratch: Path, patience: float
) -> dict[str, float]:
    """Every floor once."""
    with httpx.Client() as client:
        pages(client, urls[:1])
        asked = timed(lambda: pages(client, urls), patience)

    def new() -> Path:
        return scratch / uuid.uuid4().hex

    looked = timed(tree.stamps, patience)
    whole = timed(lambda: tree.link(new(), byte_code=True), patience)
    sources = timed(lambda: tree.link(new(), byte_code=False), patience)
    unpacked = timed(lambda: unpack(wheels, new()), patience)
    return dict(zip(CASES, (looked, looked + asked, whole, sources, unpacked + sources), strict=True))


def played(tool: Tool, at: int, patience: float) -> dict[str, float]:
    """The same cases with a tool, once."""
    tool.wipe()
    settle(patience)
    cold = tool.launch(f"cold-{at}").seconds
    settle(10 * patience)
    tool.launch(f"again-{at}")
    settle(patience)
    fresh = tool.launch(f"fresh-{at}").seconds
    settle(patience)
    no_op = tool.launch(f"fresh-{at}", again=True).seconds
    settle(patience)
    again = tool.ask_again(f"asked-{at}").seconds
    found = (no_op, again, fresh, fresh, cold)
    return dict(zip(CASES, found, strict=True))


def rounds(prepared: Prepared, url: str, root: Path, task: Task, run: argparse.Namespace) -> Iterator[Rounds]:
    """What each round gives: driverenv, uv, the floor."""
    ours, theirs = InProcess(root / "in-process", task), Uv(root / "uv", task)
    wheels = sorted(prepared.folder.glob(f"*-{NEWEST}-*.whl"))
    names = sorted({path.name.split("-")[0].replace("_", "-") for path in wheels})
    urls = [f"{url}{name}/" for name in names]
    try:
        for at in range(run.rounds):
            mine, other = played(ours, at, run.patience), played(theirs, at, run.patience)
            tree = Tree.of(Path(ours.launch(f"fresh-{at}", again=True).site_packages))
            yield Rounds(mine, other, floors(tree, wheels, urls, root / "floor", run.patience))
            print(f"round {at + 1} of {run.rounds} done", file=sys.stderr, flush=True)
    finally:
        ours.close()


def table(found: list[Rounds]) -> str:
    """Medians, and medians of the ratios of single rounds."""
    lines = [
        "| case | uv | driverenv in process | floor | driverenv / uv | floor / uv | what the floor is |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    for case, meaning in CASES.items():
        times = [median(getattr(one, tool)[case] for one in found) for tool in ("uv", "driverenv", "floor")]
        ratios = [
            median(getattr(one, tool)[case] / one.uv[case] for one in found)
            for tool in ("driverenv", "floor")
        ]
        cells = [case, *map(duration, times), *(f"{ratio:.2f}" for ratio in ratios), meaning]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.floor", description=__doc__)
    parser.add_argument("--sets", default="M", help="of S, M, L (M)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--patience", type=float, default=1.0, help="seconds to wait for a quiet machine (1)")
    parser.add_argument("--root", type=Path, help="folder for stores, caches, environments of the run")
    parser.add_argument("--json", type=Path, help="write all numbers")
    run = parser.parse_args()
    kept: dict[str, list[Rounds]] = {}
    with machine.scratch("floor", run.root) as root:
        environ = machine.clean_environ(root / "home")
        about = machine.describe(root, environ)
        for name in run.sets.split(","):
            prepared = hermetic(name, root)
            with serving("static", prepared.folder, environ) as url:
                task = Task(prepared.requirements, url, prepared.imports, prepared.distributions, environ, {})
                kept[name] = list(rounds(prepared, url, root / name, task, run))
            print(f"\nset {name}: {prepared.distributions} distributions, {prepared.files} files\n")
            print(table(kept[name]), flush=True)
        if run.json:
            every = {name: [one._asdict() for one in found] for name, found in kept.items()}
            results.write(run.json, "floor", about, results=every)
    return 0


if __name__ == "__main__":
    sys.exit(main())
