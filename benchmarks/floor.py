"""What a launch cannot do without: ``python -m benchmarks.floor``.

For each case the bare operations of the system that it rests on, done by a loop in Python on the same files, with no
check, record or decision around them, beside driverenv and uv in the same rounds. Where the loop alone takes longer than
a goal allows, the goal is out of reach on that machine; what is above the loop is driverenv's own.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import NamedTuple

import httpx

from benchmarks import fleet, machine, results
from benchmarks.figures import duration
from benchmarks.generate import NEWEST
from benchmarks.machine import settle
from benchmarks.servers import serving
from benchmarks.sets import Prepared, hermetic
from benchmarks.tools import CommandLine, InProcess, Task, Tool, Uv

COMMAND = "no-op from the command line"
WATCHED = "asked again, `index serve`"
DONE = "imports done"
STORM = "8 at once against a plain pypiserver"
CASES = {
    "no-op": "the stamps of all files of the environment (lstat by folder)",
    COMMAND: "the same by a Python that is started for it",
    "asked again": "the stamps, and every project's page over one connection that is kept",
    WATCHED: "the stamps, and every project's page by two threads",
    "fresh": "folders made and files linked, byte code included",
    "fresh, without byte code": "the same, as uv does it",
    DONE: "folders made and files linked, byte code included, and a Python that imports the driver's modules from there",
    "cold": "all wheels read, inflated, hashed and written by one thread, then folders made and files linked",
    "cold, two processes": "the same, wheels by two processes that are there already",
    STORM: "its pages and wheels brought over one connection, once for all, and a cold launch of one thread",
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


def unpack_by_two(pool: ProcessPoolExecutor, wheels: list[Path], into: Path) -> None:
    """The same, each process one half."""
    for done in [pool.submit(unpack, wheels[at::2], into) for at in range(2)]:
        done.result()


def two_processes() -> ProcessPoolExecutor:
    """Two that have begun and loaded what they need."""
    pool = ProcessPoolExecutor(2, mp_context=get_context("spawn"))
    for ready in [pool.submit(time.sleep, 0.5) for _ in range(2)]:
        ready.result()
    return pool


def pages(client: httpx.Client, urls: list[str]) -> None:
    """Ask for every page."""
    for url in urls:
        page(client, url)


def page(client: httpx.Client, url: str) -> None:
    """Ask for a page."""
    client.get(url, headers={"Accept": "application/vnd.pypi.simple.v1+json"}).raise_for_status()


class Tools(NamedTuple):
    """A tool, as it is called in another way, and on other indexes; some are the same one."""

    usual: Tool
    command: Tool
    watched: Tool
    plain: Tool


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


class Scene(NamedTuple):
    """What the floors rest on."""

    prepared: Prepared
    wheels: list[Path]
    static: str
    """The URL of the fast index."""
    watched: str
    """The URL of the pypiserver of `index serve`."""
    plain: str
    """The URL of the plain pypiserver."""
    scratch: Path
    environ: dict[str, str]

    @property
    def pages(self) -> list[str]:
        """The projects, as a URL spells them."""
        return sorted({f"{path.name.split('-')[0].replace('_', '-')}/" for path in self.wheels})

    def new(self) -> Path:
        """A folder that is not there yet."""
        return self.scratch / uuid.uuid4().hex

    def bring(self, client: httpx.Client, url: str, *, files: bool) -> None:
        """Ask for every page of an index, and for every wheel."""
        pages(client, [url + page for page in self.pages])
        for wheel in self.wheels if files else []:
            client.get(url.replace("/simple/", f"/packages/{wheel.name}")).raise_for_status()

    def ask_two_at_a_time(self, client: httpx.Client, url: str) -> None:
        """Ask for every page of an index."""
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(partial(page, client), [url + name for name in self.pages]))

    def start(self, code: str, *paths: Path) -> None:
        """Run a Python, with `paths` to import from."""
        environ = self.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))}
        subprocess.run([sys.executable, "-c", code], env=environ, check=True)

    def task(self, url: str) -> Task:
        """The same set from an index."""
        one = self.prepared
        return Task(one.requirements, url, one.imports, one.distributions, self.environ, {})

    def import_from(self, tree: Tree) -> None:
        """Make an environment's site-packages, and import from there."""
        tree.link(place := self.new(), byte_code=True)
        self.start(self.prepared.imports, place)


def floors(tree: Tree, scene: Scene, patience: float) -> dict[str, float]:
    """Every floor once."""
    looked = timed(tree.stamps, patience)
    with httpx.Client() as client:
        pages(client, [scene.static + scene.pages[0]])
        asked = timed(lambda: scene.bring(client, scene.static, files=False), patience)
        served = timed(lambda: scene.ask_two_at_a_time(client, scene.watched), patience)
        brought = timed(lambda: scene.bring(client, scene.plain, files=True), patience)
    started = timed(lambda: scene.start("pass"), patience)
    whole = timed(lambda: tree.link(scene.new(), byte_code=True), patience)
    sources = timed(lambda: tree.link(scene.new(), byte_code=False), patience)
    imported = timed(lambda: scene.import_from(tree), patience)
    cold = timed(lambda: unpack(scene.wheels, scene.new()), patience) + sources
    with two_processes() as pool:
        shared = timed(lambda: unpack_by_two(pool, scene.wheels, scene.new()), patience)
    found = (
        looked,
        started + looked,
        looked + asked,
        looked + served,
        whole,
        sources,
        imported,
        cold,
        shared + sources,
        brought + cold,
    )
    return dict(zip(CASES, found, strict=True))


def played(tools: Tools, at: int, patience: float) -> dict[str, float]:
    """The same cases with a tool, once."""
    tool, command, watched, plain = tools
    for one in set(tools):
        one.wipe()
    settle(patience)
    cold = tool.launch(f"cold-{at}").seconds
    command.launch(f"command-{at}")
    settle(10 * patience)
    tool.launch(f"again-{at}")
    settle(patience)
    fresh = tool.launch(f"fresh-{at}").seconds
    settle(patience)
    done = tool.launch(f"imports-{at}", imports=True).seconds
    settle(patience)
    no_op = tool.launch(f"fresh-{at}", again=True).seconds
    settle(patience)
    hook = command.launch(f"command-{at}", again=True).seconds
    settle(patience)
    again = tool.ask_again(f"asked-{at}").seconds
    watched.launch(f"first-{at}")
    settle(patience)
    served = watched.ask_again(f"asked-{at}").seconds
    settle(patience)
    storm = fleet.storm(plain, fleet.names(plain, "same", 8))
    found = (no_op, hook, again, served, fresh, fresh, done, cold, cold, storm)
    return dict(zip(CASES, found, strict=True))


def rounds(scene: Scene, root: Path, run: argparse.Namespace) -> Iterator[Rounds]:
    """What each round gives: driverenv, uv, the floor."""
    fast, kept, slow = map(scene.task, (scene.static, scene.watched, scene.plain))
    ours = Tools(
        InProcess(root / "in-process", fast),
        CommandLine(root / "command", fast),
        InProcess(root / "in-process, watched", kept),
        InProcess(root / "in-process, plain", slow),
    )
    uv = Uv(root / "uv", fast)
    theirs = Tools(uv, uv, Uv(root / "uv, watched", kept), Uv(root / "uv, plain", slow))
    try:
        for at in range(run.rounds):
            mine, other = played(ours, at, run.patience), played(theirs, at, run.patience)
            tree = Tree.of(Path(ours.usual.launch(f"fresh-{at}", again=True).site_packages))
            yield Rounds(mine, other, floors(tree, scene, run.patience))
            print(f"round {at + 1} of {run.rounds} done", file=sys.stderr, flush=True)
    finally:
        for tool in ours:
            tool.close()


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
            wheels = sorted(prepared.folder.glob(f"*-{NEWEST}-*.whl"))
            with (
                serving("static", prepared.folder, environ) as fast,
                serving("watched", prepared.folder, environ) as kept_up,
                serving("pypiserver", prepared.folder, environ) as plain,
            ):
                scene = Scene(prepared, wheels, fast, kept_up, plain, root / "floor", environ)
                kept[name] = list(rounds(scene, root / name, run))
            print(f"\nset {name}: {prepared.distributions} distributions, {prepared.files} files\n")
            print(table(kept[name]), flush=True)
        if run.json:
            every = {name: [one._asdict() for one in found] for name, found in kept.items()}
            results.write(run.json, "floor", about, results=every)
    return 0


if __name__ == "__main__":
    sys.exit(main())
