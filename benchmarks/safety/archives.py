"""Who installs a hostile archive: `python -m benchmarks.safety archives`.

Each archive of the kit that must be refused is the only file of widget 1.0, in a folder and on an index over
HTTP; each tool is asked for `widget==1.0`, with an empty index as public. Installed is what is there in the
end, whatever the tool says.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from benchmarks import machine
from benchmarks.safety.installers import LIMIT, Done, Driverenv, Installer, Order, Pip, Uv
from benchmarks.safety.judge import BUGS, told
from benchmarks.safety.report import put_into
from tests.kit import serve
from tests.kit.forged import BENIGN, HOSTILE, Hostile

BEGIN, END = "<!-- archives: begin -->", "<!-- archives: end -->"
MEDIA = ("folder", "HTTP")
INSTALLED, REFUSED, CRASHED, HUNG = "installed", "refused", "crashed", "hung"
LISTED = [one for one in HOSTILE if one.rule != "file-name"]
"""Without those whose names no index lists."""


class Played(NamedTuple):
    """One archive, one medium, one tool."""

    group: str
    title: str
    rule: str
    is_wheel: bool
    tool: str
    medium: str
    outcome: str
    said: str


def tools(source: Path | None) -> tuple[Installer, ...]:
    return Driverenv(source), Uv(), Pip()


def play(one: Hostile, tool: Installer, medium: str, public: str, root: Path) -> Played:
    """Everything is in `root`, which is empty before and gone afterwards."""
    folder, driver = root / "index", root / "Driver"
    for place in (folder, driver):
        place.mkdir(parents=True)
    try:
        (folder / one.filename).write_bytes(one.content())
        (driver / "requirements.txt").write_text("widget==1.0\n", encoding="utf-8")
        environ = machine.clean_environ(root / "home")
        site = ('record = "fail"',)
        if medium == "folder":
            done = tool.install(Order(driver, [str(folder)], public, False, site, root, environ))
        else:
            with serve(folder) as index:
                order = Order(driver, [index.simple_url], public, False, site, root, environ)
                done = tool.install(order)
        return Played(
            one.group, one.title, one.rule, one.is_wheel, tool.name, medium, outcome(done), told(done)
        )
    finally:
        shutil.rmtree(root, ignore_errors=True)


def outcome(done: Done) -> str:
    """What is there in the end."""
    if done.code == 0 and any(done.prefix.rglob("widget/__init__.py")):
        return INSTALLED
    if done.code is None:
        return HUNG
    return CRASHED if done.code < 0 or any(one in done.output for one in BUGS) else REFUSED


def play_all(
    chosen: Sequence[Hostile], asked: Sequence[Installer], root: Path, workers: int
) -> Iterator[Played]:
    """All of them, in their order."""
    nothing = root / "nothing"
    nothing.mkdir()
    with serve(nothing) as public, ThreadPoolExecutor(workers) as pool:
        running = [
            pool.submit(play, one, tool, medium, public.simple_url, root / f"{number}-{tool.name}-{medium}")
            for number, one in enumerate(chosen)
            for tool in asked
            for medium in MEDIA
        ]
        for job in running:
            yield job.result()


def table(played: Sequence[Played], names: Sequence[str]) -> list[str]:
    """How many were installed, by group; as Markdown."""
    columns = [(name, medium) for name in names for medium in MEDIA]
    head = ["group", "archives", *(f"{name}, {medium}" for name, medium in columns)]
    lines = [f"| {' | '.join(head)} |", f"|---{'|--:' * (len(head) - 1)}|"]
    for is_wheel, label in ((True, "wheels"), (False, "sdists")):
        kind = [one for one in played if one.is_wheel is is_wheel]
        groups = dict.fromkeys(one.group for one in kind)
        lines += [
            _row(f"{label}: {group}", [one for one in kind if one.group == group], columns)
            for group in groups
        ]
        lines += [_row(f"**all {label}**", kind, columns)] if kind else []
    return lines


def _row(label: str, some: Sequence[Played], columns: Sequence[tuple[str, str]]) -> str:
    counts = [
        sum((one.tool, one.medium) == column and one.outcome == INSTALLED for one in some)
        for column in columns
    ]
    return f"| {label} | {len({one.title for one in some})} | {' | '.join(map(str, counts))} |"


def others(played: Sequence[Played]) -> list[str]:
    """What was neither installed nor refused."""
    odd = Counter((one.tool, one.medium, one.outcome) for one in played if one.outcome in (CRASHED, HUNG))
    return [f"- {tool}, {medium}: {count} {outcome}" for (tool, medium, outcome), count in odd.items()]


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.safety archives", description=__doc__)
    parser.add_argument("--workers", type=int, default=4, help="how many at a time (4)")
    parser.add_argument("--every", type=int, default=1, help="play only each n-th archive (1)")
    parser.add_argument("--benign", action="store_true", help="play those that must pass instead")
    parser.add_argument("--root", type=Path, help="folder for everything that the run makes")
    parser.add_argument("--source", type=Path, help="play the driverenv of this src folder")
    parser.add_argument("--json", type=Path, help="write every cell, with what the tools said")
    parser.add_argument("--markdown", type=Path, help="put the table between the marks of this page")
    return parser


def main(words: Sequence[str]) -> int:
    arguments = _arguments().parse_args(words)
    chosen = (BENIGN if arguments.benign else LISTED)[:: arguments.every]
    asked = tools(arguments.source)
    names = [tool.name for tool in asked]
    root = Path(tempfile.mkdtemp(prefix="archives-", dir=arguments.root)).resolve()
    played = []
    try:
        for one in play_all(chosen, asked, root, arguments.workers):
            played.append(one)
            mark = "!" if (one.outcome == INSTALLED) is not arguments.benign else " "
            print(mark, one.tool, one.medium, one.outcome, one.title, one.said, file=sys.stderr, flush=True)
        versions = machine.versions(machine.clean_environ(root / "home"))
    finally:
        shutil.rmtree(root, ignore_errors=True)
    if arguments.json:
        rows = [one._asdict() for one in played]
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    day = time.strftime("%Y-%m-%d", time.gmtime())
    head = f"Played on {day}: {', '.join(f'{name} {versions[name]}' for name in names)}."
    odd = [
        "",
        f"Neither installed nor refused, but ended in an exception or not within {LIMIT:.0f} seconds:",
        "",
    ]
    rest = others(played)
    text = "\n".join([head, "", *table(played, names), *(odd if rest else []), *rest]) + "\n"
    if arguments.markdown:
        put_into(arguments.markdown, text, BEGIN, END)
    print(text)
    own = [one for one in played if one.tool == "driverenv"]
    return 0 if all((one.outcome == INSTALLED) is arguments.benign for one in own) else 1
