"""The command: `python -m benchmarks`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

import platformdirs

from benchmarks import machine
from benchmarks.chart import chart
from benchmarks.figures import Row, reference_of, summarize, table
from benchmarks.rounds import CASES, Sample, Schedule, play, rows
from benchmarks.servers import KINDS, serving
from benchmarks.sets import Prepared, hermetic, real
from benchmarks.tools import CommandLine, InProcess, Pip, Task, Tool, Uv

TOOLS = {
    "driverenv": "driverenv in process",
    "cli": "driverenv CLI",
    "uv": "uv",
    "uv-bytecode": "uv --compile-bytecode",
    "pip": "pip",
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--mode", choices=("hermetic", "real"), default="hermetic")
    parser.add_argument("--sets", default="S,M", help="of S, M, L (L is hermetic only); by default S,M")
    parser.add_argument("--indexes", default=",".join(KINDS), help="of static, pypiserver; by default both")
    parser.add_argument("--tools", default=",".join(TOOLS), help=f"of {', '.join(TOOLS)}; by default all")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--pip-rounds", type=int, default=2, help="pip is slow: fewer rounds (2)")
    parser.add_argument("--patience", type=float, default=3.0, help="seconds to wait for a quiet machine (3)")
    parser.add_argument("--cache", type=Path, help="folder that keeps the wheels of the real mode")
    parser.add_argument("--root", type=Path, help="folder for stores, caches, environments of the run")
    parser.add_argument("--json", type=Path, help="write all raw numbers")
    parser.add_argument("--chart", type=Path, help="write a chart, SVG")
    return parser.parse_args()


def main() -> None:
    arguments = _arguments()
    kept = platformdirs.user_cache_path("driverenv-benchmarks")
    cache = arguments.cache or kept
    root = Path(tempfile.mkdtemp(prefix="run-", dir=_made(arguments.root or kept))).resolve()
    environ = machine.clean_environ(root / "home")
    try:
        about = machine.describe(root, environ)
        _introduce(about)
        samples: list[dict[str, object]] = []
        found: list[Row] = []
        for name in arguments.sets.split(","):
            prepared = hermetic(name, root) if arguments.mode == "hermetic" else real(name, _made(cache))
            for kind in arguments.indexes.split(","):
                more = _one(prepared, kind, root / f"{name}-{kind}", environ, arguments)
                samples += [{"set": name, "index": kind} | one._asdict() for one in more]
                found += rows(more, name, kind)
        _report(found, about | {"mode": arguments.mode, "load": _load()}, samples, arguments)
    finally:
        shutil.rmtree(root, ignore_errors=True)


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


def _one(
    prepared: Prepared, kind: str, root: Path, environ: dict[str, str], arguments: argparse.Namespace
) -> list[Sample]:
    print(
        f"set {prepared.name}: {prepared.distributions} distributions, {prepared.files} files; {kind}",
        flush=True,
    )
    with serving(kind, prepared.folder, environ) as url:
        task = Task(prepared.requirements, url, prepared.imports, prepared.distributions, environ)
        tools = _tools(arguments.tools.split(","), root, task)
        try:
            return play(tools, task, Schedule(arguments.rounds, arguments.pip_rounds, arguments.patience))
        finally:
            for tool in tools:
                tool.close()


def _tools(names: list[str], root: Path, task: Task) -> list[Tool]:
    every: dict[str, Tool] = {
        "driverenv": InProcess(root / "in-process", task),
        "cli": CommandLine(root / "cli", task),
        "uv": Uv(root / "uv", task),
        "uv-bytecode": Uv(root / "uv-bytecode", task, byte_code=True),
        "pip": Pip(root / "pip", task),
    }
    for name in names:
        print(f"  {every[name].name}: {every[name].asked}", flush=True)
    return [every[name] for name in names]


def _report(
    found: list[Row],
    about: dict[str, object],
    samples: list[dict[str, object]],
    arguments: argparse.Namespace,
) -> None:
    print("\n" + table(found))
    caption = f"{about['mode']} mode, {about['cores']} cores, {about['file_system']}, {about['python']}"
    if arguments.chart:
        arguments.chart.write_text(chart(found, caption), encoding="utf-8")
    if arguments.json:
        results = [row._asdict() | summarize(row, reference_of(row, found))._asdict() for row in found]
        written = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        everything = {"written": written, "about": about, "results": results, "samples": samples}
        arguments.json.write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
