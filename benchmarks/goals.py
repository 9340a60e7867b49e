"""The goals beside what was measured: ``python -m benchmarks.goals``.

`run` plays all parts one after another, several times, and keeps the JSON of each in FOLDER/run-1, run-2, ...; a part
whose JSON is there already is not played again. `table` prints the goals, what each run gives, and whether it is met.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.chart import chart
from benchmarks.figures import Row, duration, merged
from benchmarks.mixed import HEAD, Told, apart
from benchmarks.rounds import OFTEN, SPARE
from benchmarks.servers import KINDS

Document = dict[str, Any]
Run = Mapping[str, Document]
"""What one run left, by bench."""

IN_PROCESS, COMMAND = "driverenv in process", "driverenv CLI"
PARTS = ("launches", "mixed", "fleet", "footprint", "growth")


class Goal(NamedTuple):
    """A figure that is wanted to be at most `limit`; `read` finds it in a run's document, by index."""

    text: str
    bench: str
    limit: float
    unit: str
    """ "x" for a ratio, "s" for seconds, "MiB"."""
    read: Callable[[Document], dict[str, float]]

    def show(self, value: float) -> str:
        """A value in the goal's unit."""
        if self.unit == "s":
            return duration(value)
        if self.unit == "MiB":
            return f"{value:.0f} MiB"
        return f"{value:.3f}" if value < 1 else f"{value:.2f}"


def ratios(
    case: str,
    tool: str = IN_PROCESS,
    *,
    of: str | None = None,
    only: Sequence[str] = KINDS,
    field: str = "ratio",
) -> Callable[[Document], dict[str, float]]:
    """A reader of rows: by index, the ratio to uv (or another field) of a tool in a case, with the set `of`."""

    def read(document: Document) -> dict[str, float]:
        return {
            row["server"]: row[field]
            for row in document["results"]
            if (row["case"], row["tool"]) == (case, tool)
            and row["server"] in only
            and of in (None, row["set_name"])
            and row[field] is not None
        }

    return read


def disk(document: Document) -> dict[str, float]:
    """What a further environment takes, uv's being 1."""
    return _of_m(document, lambda row: row["ours"] / row["of_uv"])


def memory(document: Document) -> dict[str, float]:
    """MiB that a first launch adds to its host."""
    return _of_m(document, lambda row: (row["peak"] - row["before"]) / 2**20)


def _of_m(document: Document, figure: Callable[[dict[str, float]], float]) -> dict[str, float]:
    rows = [row for row in document["results"] if row["set_name"] == "M"]
    return {"static": figure(rows[0])} if rows else {}


def grown(of: str, field: str, *, each: bool) -> Callable[[Document], dict[str, float]]:
    """A reader of growth: the cost with most of it by that with least, or the same of the cost of each."""

    def read(document: Document) -> dict[str, float]:
        found = sorted((row["amount"], row[field]) for row in document["results"] if row["of"] == of)
        if len(found) < 2:
            return {}
        (few, less), (many, more) = found[0], found[-1]
        return {"static": more / less / (many / few if each else 1)}

    return read


def _goals() -> Iterator[Goal]:
    for case, text in ((OFTEN, "in a server that stays"), ("no-op", "in a process that finds it first")):
        quick = ratios(case, of="M", field="median")
        yield Goal(f"nothing changed, {text} (M)", "launches", 0.001, "s", quick)
        yield Goal("the same, against uv's no-op", "launches", 0.05, "x", ratios(case, of="M"))
    yield Goal(
        "nothing changed, from the CLI hook, against uv's no-op (M)",
        "launches",
        1.5,
        "x",
        ratios("no-op", COMMAND, of="M"),
    )
    again = ratios("asked again", of="M", only=["watched"])
    yield Goal("validity over, nothing changed (M)", "launches", 0.25, "x", again)
    for case, text, limits in (
        ("fresh", "fresh environment, warm store", (0.10, 0.35, 0.65)),
        (SPARE, "fresh environment, a spare waiting", (0.10, 0.35, 0.65)),
        ("imports done", "fresh environment and imports done", (0.60, 0.50, 0.45)),
        ("cold", "cold store", (0.85, 0.85, 1.00)),
    ):
        for name, limit in zip("SML", limits, strict=True):
            yield Goal(f"{text} ({name})", "launches", limit, "x", ratios(case, of=name))
    for count in (8, 32):
        storm = ratios(f"{count} at once, same driver")
        yield Goal(f"{count} launches of one driver at once, cold (M)", "fleet", 0.5, "x", storm)
    for drivers in ("same driver", "different drivers"):
        plain = ratios(f"8 at once, {drivers}", only=["pypiserver"])
        yield Goal(f"8 at once against a plain pypiserver, {drivers} (M)", "fleet", 0.1, "x", plain)
    for case, text in (("asked again", "unchanged"), ("fresh", "fresh")):
        online = ratios(case, only=["static", "watched"])
        yield Goal(f"online, warm caches, {text} (M, 5 local)", "mixed", 0.35, "x", online)
    yield Goal(
        "5 of 31 local, plain pypiserver of 5,000 files, validity over",
        "mixed",
        0.25,
        "x",
        ratios("asked again", only=["pypiserver"]),
    )
    yield Goal("disk of a further environment after first imports (M)", "footprint", 0.35, "x", disk)
    yield Goal("peak memory of a first launch above the host (M)", "footprint", 80, "MiB", memory)
    for of, each in (("files", True), ("requirements", True), ("projects", False)):
        what = (
            f"{of}, cost of each: most against least" if each else "5,000 projects in the index against 100"
        )
        for field, case in (("fresh", "fresh"), ("again", "asked again")):
            yield Goal(f"growth: {what}, {case}", "growth", 1.1, "x", grown(of, field, each=each))


GOALS = tuple(_goals())


def table(runs: Sequence[Run], goals: Sequence[Goal] = GOALS) -> str:
    """The goals, what each run gives, and whether they are met, as a Markdown table."""
    names = [f"run {number}" for number in range(1, len(runs) + 1)]
    lines = [
        f"| goal | at most | index | {' | '.join(names)} | met |",
        "|---|--:|---|" + "--:|" * len(runs) + "---|",
    ]
    for goal in goals:
        found = [goal.read(run[goal.bench]) if goal.bench in run else {} for run in runs]
        for index in dict.fromkeys(index for one in found for index in one) or ["-"]:
            values = [one.get(index) for one in found]
            shown = ["-" if value is None else goal.show(value) for value in values]
            lines.append(
                f"| {goal.text} | {goal.show(goal.limit)} | {index} | {' | '.join(shown)} | {verdict(goal, values)} |"
            )
    return "\n".join(lines)


def verdict(goal: Goal, values: Sequence[float | None]) -> str:
    """Whether the goal is met in all runs that measured it."""
    measured = [value for value in values if value is not None]
    met = sum(value <= goal.limit for value in measured)
    if not measured:
        return "not measured"
    return "yes" if met == len(measured) else f"in {met} of {len(measured)}" if met else "no"


def accounts(runs: Sequence[Run]) -> str:
    """Where the time of mixed launches went, all runs together."""
    found = [one for run in runs if "mixed" in run for one in run["mixed"]["accounts"]]
    lines: list[str] = []
    for kind in dict.fromkeys(one["index"] for one in found):
        mine = [one for one in found if one["index"] == kind]
        told = [Told(**{name: one[name] for name in Told._fields}) for one in mine]
        lines += apart(told, kind, median(one["one_page"] for one in mine))
    return "\n".join([HEAD, *lines]) if lines else ""


def drawn(runs: Sequence[Run], index: str) -> str:
    """A chart of what launches took on an index, all runs together."""
    found = [run["launches"] for run in runs if "launches" in run]
    rows = merged((_row(one) for one in document["results"] if one["server"] == index) for document in found)
    about = found[0]["about"] if found else {}
    machine = ", ".join(str(about[name]) for name in ("file_system", "python") if name in about)
    return chart(
        rows,
        f"{index} index, {len(found)} run{'' if len(found) == 1 else 's'}; {about.get('cores', '?')} cores, {machine}",
    )


def _row(one: Mapping[str, Any]) -> Row:
    return Row(**{**{name: one[name] for name in Row._fields}, "rounds": tuple(one["rounds"])})._replace(
        seconds=tuple(one["seconds"])
    )


def read(folder: Path) -> list[Run]:
    """The runs of a folder: its subfolders run-1, run-2 ..., or itself."""
    places = sorted(folder.glob("run-*"), key=lambda one: int(one.name[4:])) or [folder]
    return [dict(_documents(place)) for place in places]


def _documents(place: Path) -> Iterator[tuple[str, Document]]:
    for path in sorted(place.glob("*.json")):
        document: Document = json.loads(path.read_text(encoding="utf-8"))
        if document.get("bench") in PARTS:
            yield document["bench"], document


def commands(run: argparse.Namespace) -> dict[str, list[str]]:
    """What is played, by part."""
    rounds = ["--rounds", str(run.rounds)]
    alone = [] if run.root is None else ["--root", str(run.root)]
    common = ["--patience", str(run.patience), *alone]
    indexes, launches = ["--indexes", run.indexes], ["--sets", run.sets, "--tools", run.tools]
    return {
        "launches": ["benchmarks", *launches, *indexes, *rounds, "--pip-rounds", "1", *common],
        "mixed": ["benchmarks.mixed", *indexes, *rounds, *common],
        "fleet": [
            "benchmarks.fleet",
            "--launches",
            "8,32",
            *indexes,
            "--rounds",
            str(run.fleet_rounds),
            *common,
        ],
        "footprint": ["benchmarks.footprint", "--sets", "M", *alone],
        "growth": ["benchmarks.growth", "--of", "files,requirements,projects", *rounds, *common],
    }


def play(run: argparse.Namespace) -> int:
    """All parts, so many times; gives how many ended with a failure."""
    failed = 0
    for number in range(1, run.times + 1):
        for part, command in commands(run).items():
            target = run.into / f"run-{number}" / f"{part}.json"
            if part not in run.parts.split(",") or target.exists():
                continue
            print(f"run {number}: python -m {' '.join(command)}", flush=True)
            begun = time.monotonic()
            done = subprocess.run([sys.executable, "-m", *command, "--json", str(target)], check=False)
            print(f"run {number}: {part} took {time.monotonic() - begun:.0f} s", flush=True)
            failed += done.returncode != 0
    return failed


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.goals", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="play all parts, then print the table")
    run.add_argument("--into", type=Path, required=True, help="the folder that keeps what was measured")
    run.add_argument("--times", type=int, default=3, help="how many runs (3)")
    run.add_argument("--parts", default=",".join(PARTS), help=f"of {', '.join(PARTS)}; by default all")
    run.add_argument("--rounds", type=int, default=7, help="of launches, mixed and growth (7)")
    run.add_argument("--fleet-rounds", type=int, default=3, help="of fleet (3)")
    run.add_argument("--sets", default="S,M,L", help="for launches (S,M,L)")
    run.add_argument(
        "--indexes", default=",".join(KINDS), help=f"for launches, mixed, fleet ({','.join(KINDS)})"
    )
    run.add_argument("--tools", default="driverenv,cli,uv", help="for launches (driverenv,cli,uv)")
    run.add_argument("--patience", type=float, default=3.0, help="seconds to wait for a quiet machine (3)")
    run.add_argument("--root", type=Path, help="folder for stores, caches, environments of the runs")
    shown = verbs.add_parser("table", help="print the table of what was measured before")
    shown.add_argument(
        "folders", type=Path, nargs="+", help="each a run, or a folder with run-1, run-2 ... in it"
    )
    for one in (run, shown):
        one.add_argument("--chart", type=Path, help="draw the launches of all runs, SVG")
        one.add_argument("--chart-index", default="watched", help="on this index (watched)")
    return parser.parse_args()


def main() -> int:
    """Play, if asked for, and print what there is."""
    arguments = _arguments()
    failed = play(arguments) if arguments.verb == "run" else 0
    folders = [arguments.into] if arguments.verb == "run" else arguments.folders
    runs = [run for folder in folders for run in read(folder)]
    print("\n".join(["", table(runs), "", accounts(runs)]))
    if arguments.chart:
        arguments.chart.write_text(drawn(runs, arguments.chart_index), encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
