"""The commands: `python -m benchmarks.safety`, and `python -m benchmarks.safety archives`."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import machine
from benchmarks.safety import archives, report
from benchmarks.safety.installers import BY_DEFAULT, LIMIT, Installer, installers
from benchmarks.safety.judge import NOT_ASKED, Verdict
from benchmarks.safety.play import play_all
from benchmarks.safety.situation import Situation
from benchmarks.safety.table import chosen


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.safety", description=__doc__)
    parser.add_argument("--tools", default=BY_DEFAULT, help=f"of {', '.join(installers(None))}; {BY_DEFAULT}")
    parser.add_argument("--rows", default="", help='rows or situations, such as "A1,A9v,A14 403"; all')
    parser.add_argument("--workers", type=int, default=4, help="how many at a time (4)")
    parser.add_argument("--root", type=Path, help="folder for everything that the run makes")
    parser.add_argument("--source", type=Path, help="play the driverenv of this src folder")
    parser.add_argument("--json", type=Path, help="write every cell, with what the tools said")
    parser.add_argument("--markdown", type=Path, help="put the tables between the marks of this page")
    return parser


def main() -> int:
    if sys.argv[1:2] == ["archives"]:
        return archives.main(sys.argv[2:])
    parser = _arguments()
    arguments = parser.parse_args()
    known = installers(arguments.source)
    try:
        situations = chosen(arguments.rows)
        tools = [known[name] for name in arguments.tools.split(",")]
    except (KeyError, ValueError) as error:
        parser.error(f"not known: {error}")
    root = Path(tempfile.mkdtemp(prefix="safety-", dir=arguments.root)).resolve()
    try:
        about = _about(root, arguments.source)
        found = _played(situations, tools, root, arguments.workers)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    if arguments.json:
        arguments.json.write_text(report.as_json(about, found), encoding="utf-8")
    text = report.markdown(situations, tools, found, _introduction(about, tools))
    if arguments.markdown:
        report.put_into(arguments.markdown, text)
    print(text)
    return 0 if all(one.is_safe for one in found if one.tool == "driverenv") else 1


def _played(
    situations: Sequence[Situation], tools: Sequence[Installer], root: Path, workers: int
) -> list[Verdict]:
    found = []
    for verdict in play_all(situations, tools, root, workers):
        mark = " " if verdict.is_safe or verdict.outcome == NOT_ASKED else "!"
        words = f"{verdict.situation}: {verdict.tool}: {report.cell(verdict)} ({verdict.seconds} s)"
        print(mark, words, verdict.said if mark == "!" else "", file=sys.stderr, flush=True)
        found.append(verdict)
    return found


def _about(root: Path, source: Path | None) -> dict[str, object]:
    """What it ran on."""
    own = {} if source is None else {"PYTHONPATH": str(source.resolve())}
    found = machine.describe(root, machine.clean_environ(root / "home") | own)
    found.pop("operations_ms_per_1000")
    return found | {"written": time.strftime("%Y-%m-%d", time.gmtime()), "limit_seconds": LIMIT}


def _introduction(about: dict[str, object], tools: Sequence[Installer]) -> list[str]:
    versions = about["tools"]
    assert isinstance(versions, dict)
    named = ", ".join(f"{name} {versions[name]}" for name in ("driverenv", "uv", "pip", "pypiserver"))
    where = f"{about['system']}, {about['cores']} cores, {about['python']}"
    asked = [f"- {tool.name}: {tool.asked}" for tool in tools]
    return [f"Played on {about['written']}: {named}; {where}.", "", *asked]


if __name__ == "__main__":
    sys.exit(main())
