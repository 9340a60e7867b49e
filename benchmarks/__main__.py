"""The command: `python -m benchmarks`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import platformdirs

from benchmarks import machine, results
from benchmarks.changes import Change
from benchmarks.chart import chart
from benchmarks.figures import Row, table
from benchmarks.rounds import CASES, Sample, Schedule, play, rows
from benchmarks.servers import KINDS, USUAL, serving
from benchmarks.sets import Prepared, hermetic, real
from benchmarks.tools import CommandLine, InProcess, Pip, Task, Tool, Uv

TOOLS = {
    "driverenv": "driverenv in process",
    "cli": "driverenv CLI",
    "uv": "uv",
    "uv-bytecode": "uv --compile-bytecode",
    "uv-defaults": "uv with its defaults",
    "pip": "pip",
}


ALL_TOOLS = ",".join(TOOLS)


class Run(NamedTuple):
    """What holds for the whole run, and what it has found so far."""

    arguments: argparse.Namespace
    cache: Path
    root: Path
    environ: dict[str, str]
    rows: list[Row]
    samples: list[dict[str, object]]
    failures: list[str]

    def environ_of_driverenv(self) -> dict[str, str]:
        """Where driverenv is imported from, if not from where it is installed."""
        source = self.arguments.source
        return {} if source is None else {"PYTHONPATH": str(source.resolve())}

    def prepared(self, name: str) -> Prepared:
        """The set's wheels, in a folder."""
        return (
            hermetic(name, self.root) if self.arguments.mode == "hermetic" else real(name, _made(self.cache))
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--mode", choices=("hermetic", "real"), default="hermetic")
    parser.add_argument("--sets", default="S,M", help="of S, M, L (L is hermetic only); by default S,M")
    usual = ",".join(USUAL)
    parser.add_argument("--indexes", default=usual, help=f"of {', '.join(KINDS)}; by default {usual}")
    parser.add_argument("--tools", default=ALL_TOOLS, help=f"of {', '.join(TOOLS)}; by default all")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--pip-rounds", type=int, default=2, help="pip is slow: fewer rounds (2)")
    parser.add_argument("--patience", type=float, default=3.0, help="seconds to wait for a quiet machine (3)")
    parser.add_argument("--cache", type=Path, help="folder that keeps the wheels of the real mode")
    parser.add_argument("--root", type=Path, help="folder for stores, caches, environments of the run")
    parser.add_argument("--source", type=Path, help="measure the driverenv of this src folder")
    parser.add_argument("--json", type=Path, help="write all raw numbers")
    parser.add_argument("--chart", type=Path, help="write a chart, SVG")
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    kept = platformdirs.user_cache_path("driverenv-benchmarks")
    root = Path(tempfile.mkdtemp(prefix="run-", dir=_made(arguments.root or kept))).resolve()
    run = Run(arguments, arguments.cache or kept, root, machine.clean_environ(root / "home"), [], [], [])
    try:
        about = machine.describe(root, run.environ | run.environ_of_driverenv())
        _introduce(about)
        whole = [_one(run, name, kind) for name in _list(arguments.sets) for kind in _list(arguments.indexes)]
        _report(run, about | {"mode": arguments.mode, "load": _load()})
        return 0 if all(whole) else 1
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _list(text: str) -> list[str]:
    return text.split(",")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _load() -> list[float]:
    return [round(one, 2) for one in os.getloadavg()] if hasattr(os, "getloadavg") else []


def _introduce(about: dict[str, object]) -> None:
    for name, value in (about | {"load": _load()}).items():
        print(f"{name.replace('_', ' ')}: {value}")
    for case, meaning in CASES.items():
        print(f"{case}: {meaning}")
    print(flush=True)


def _one(run: Run, name: str, kind: str) -> bool:
    """One set on one index. What went wrong is said, and what was measured before stays."""
    prepared = run.prepared(name)
    print(f"set {name}: {prepared.distributions} distributions, {prepared.files} files; {kind}", flush=True)
    schedule = Schedule(run.arguments.rounds, run.arguments.pip_rounds, run.arguments.patience)
    samples: list[Sample] = []
    with serving(kind, prepared.folder, run.environ) as url:
        count, own = prepared.distributions, run.environ_of_driverenv()
        holds = kind == "static"
        task = Task(prepared.requirements, url, prepared.imports, count, run.environ, own, holds)
        newer = Change(prepared.newer, prepared.folder, kind, url) if prepared.newer else None
        tools = _tools(_list(run.arguments.tools), run.root / f"{name}-{kind}", task)
        try:
            samples.extend(play(tools, task, schedule, run.failures, newer))
        except (AssertionError, RuntimeError) as error:
            print(f"given up: {error}", file=sys.stderr, flush=True)
            return False
        finally:
            for tool in tools:
                tool.close()
            where: dict[str, object] = {"set": name, "index": kind}
            run.samples.extend(where | one._asdict() for one in samples)
            run.rows.extend(rows(samples, name, kind))
    return True


def _tools(names: list[str], root: Path, task: Task) -> list[Tool]:
    every: dict[str, Tool] = {
        "driverenv": InProcess(root / "in-process", task),
        "cli": CommandLine(root / "cli", task),
        "uv": Uv(root / "uv", task),
        "uv-bytecode": Uv(root / "uv-bytecode", task, byte_code=True),
        "uv-defaults": Uv(root / "uv-defaults", task, defaults=True),
        "pip": Pip(root / "pip", task),
    }
    for name in names:
        print(f"  {every[name].name}: {every[name].asked}", flush=True)
    return [every[name] for name in names]


def _report(run: Run, about: dict[str, object]) -> None:
    found, arguments = run.rows, run.arguments
    print("\n" + table(found))
    caption = f"{about['mode']} mode, {about['cores']} cores, {about['file_system']}, {about['python']}"
    if arguments.chart:
        arguments.chart.write_text(chart(found, caption), encoding="utf-8")
    if arguments.json:
        more = {"failures": run.failures, "samples": run.samples}
        results.write(arguments.json, "launches", about, results=results.of_rows(found), **more)


if __name__ == "__main__":
    sys.exit(main())
