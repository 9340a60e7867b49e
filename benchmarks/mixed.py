"""Some projects local, the rest public: ``python -m benchmarks.mixed``.

Five of the 31 projects of set M are on the local index, in a folder with thousands of files of other projects;
all others on a second index that says, as public PyPI does, for how long its pages hold. Each round begins with
empty stores and caches. Then come rounds through relays, which tell what was asked of whom, and for how long answers
were waited for: the server of the local index is often all that a launch waits for.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks import generate, machine, results
from benchmarks.figures import Row, duration, table
from benchmarks.relay import Exchange, Relay, relayed, waited
from benchmarks.rounds import Sample, check, rows, turned
from benchmarks.servers import KINDS, ask, serving
from benchmarks.sets import Prepared, hermetic
from benchmarks.tools import InProcess, Outcome, Task, Tool, Uv

CASES = ("cold", "fresh", "asked again")
LOCAL = slice(2, None, 6)
"""Every sixth project is local: five of 31, one of them asked for by the driver itself."""


class Place(NamedTuple):
    """A set whose wheels are in two folders."""

    prepared: Prepared
    local: Path
    public: Path
    own: tuple[str, ...]
    """The projects that are local."""


class Told(NamedTuple):
    """One launch, and through the relays: where its time went, and what was asked of whom."""

    round: int
    case: str
    tool: str
    seconds: float
    server: float
    """Seconds during which an answer of the local index was waited for."""
    public: float
    """The same of the public index."""
    client: float
    """Seconds during which no answer was waited for."""
    slowest: float
    """Seconds of the slowest answer of the local index."""
    local_pages: int
    local_files: int
    public_pages: int
    public_files: int


def split(root: Path, others: int) -> Place:
    """The wheels of set M in two folders, and files of others in the local one."""
    prepared = hermetic("M", root)
    own = tuple(one.name for one in generate.plan(generate.SETS["M"])[LOCAL])
    local, public = root / "local", root / "public"
    local.mkdir()
    public.mkdir()
    for wheel in prepared.folder.iterdir():
        is_own = wheel.name.split("-")[0].replace("_", "-") in own
        wheel.rename((local if is_own else public) / wheel.name)
    count = others - len(list(local.iterdir()))
    generate.write_small(local, [f"bench-other-{number:05}" for number in range(count)], ["1.0"])
    return Place(prepared, local, public, own)


def play(tools: Sequence[Tool], task: Task, rounds: int, patience: float) -> Iterator[Sample]:
    """All rounds against one local index."""
    for at in range(rounds):
        seen: set[str] = set()
        for tool in tools:
            tool.wipe()
        for case in CASES:
            for tool in turned(tools, at):
                waiting = machine.settle(patience)
                outcome = launch(tool, case, at, lambda: None)
                check(outcome, task, seen, new=True, tool=tool.name)
                yield Sample(at, case, tool.name, outcome.seconds, round(waiting, 2))
        print(f"round {at + 1} of {rounds} done", file=sys.stderr, flush=True)


def account(
    tools: Sequence[Tool], local: Relay, public: Relay, rounds: int, patience: float
) -> Iterator[Told]:
    """The same through relays, which make it a little slower; these seconds are for no comparison."""

    def begin() -> None:
        local.exchanges.clear()
        public.exchanges.clear()

    for at in range(rounds):
        for tool in tools:
            tool.wipe()
        for case in CASES:
            for tool in turned(tools, at):
                machine.settle(patience)
                seconds = launch(tool, case, at, begin).seconds
                yield told(Sample(at, case, tool.name, seconds, 0.0), local.exchanges, public.exchanges)


def launch(tool: Tool, case: str, at: int, begin: Callable[[], None]) -> Outcome:
    """One launch; `begin` is called when what is measured begins."""
    if case == "asked again":
        return tool.catch_up(f"again-{at}", begin)
    begin()
    return tool.launch(f"{case}-{at}")


def told(sample: Sample, local: Sequence[Exchange], public: Sequence[Exchange]) -> Told:
    """What is known of a launch from the exchanges that it had."""
    at, case, tool, seconds, _ = sample
    pages = [sum(one.is_page for one in side) for side in (local, public)]
    return Told(
        at,
        case,
        tool,
        seconds,
        waited(local),
        waited(public),
        max(0.0, seconds - waited([*local, *public])),
        max((one.ended - one.begun for one in local), default=0.0),
        pages[0],
        len(local) - pages[0],
        pages[1],
        len(public) - pages[1],
    )


def apart(found: Sequence[Told], kind: str, page: float) -> Iterator[str]:
    """Where the time went, in medians, as rows of a table."""
    for case in CASES:
        for tool in dict.fromkeys(one.tool for one in found):
            mine = [one for one in found if (one.case, one.tool) == (case, tool)]
            if not mine:
                continue
            cells = [kind, duration(page), case, tool, duration(median(one.seconds for one in mine))]
            for name in Told._fields[4:]:
                value = median(getattr(one, name) for one in mine)
                cells.append(f"{value:g}" if name.endswith(("pages", "files")) else duration(value))
            yield f"| {' | '.join(cells)} |"


HEAD = """| local index | one page alone | case | tool | launch | waits for local | waits for public | rest: client \
| slowest of local | local pages | local files | public pages | public files |
|---|--:|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"""


def one_page(url: str, project: str) -> float:
    """Seconds until the local index has answered for one project, when nobody else asks."""
    spent = []
    for _ in range(5):
        begun = time.perf_counter()
        ask(f"{url}{project}/")
        spent.append(time.perf_counter() - begun)
    return median(spent)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mixed", description=__doc__)
    parser.add_argument("--indexes", default=",".join(KINDS), help=f"of {', '.join(KINDS)}; by default all")
    parser.add_argument("--files", type=int, default=5000, help="in the folder of the local index (5000)")
    parser.add_argument("--tools", default="driverenv,uv", help="of driverenv, uv; by default both")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--account-rounds", type=int, default=3, help="that tell where the time goes (3)")
    parser.add_argument("--patience", type=float, default=3.0, help="seconds to wait for a quiet machine (3)")
    parser.add_argument("--root", type=Path, help="folder for stores, caches, environments of the run")
    parser.add_argument("--json", type=Path, help="write all raw numbers")
    return parser.parse_args()


def _tools(run: argparse.Namespace, root: Path, task: Task) -> list[Tool]:
    every: dict[str, Tool] = {"driverenv": InProcess(root / "driverenv", task), "uv": Uv(root / "uv", task)}
    return [every[name] for name in run.tools.split(",")]


def _one(
    kind: str, place: Place, root: Path, run: argparse.Namespace, environ: dict[str, str]
) -> tuple[list[Sample], list[Told], float]:
    """All that is measured against one local index: launches, accounts, and what one page costs."""
    prepared = place.prepared
    with serving("static", place.public, environ) as public, serving(kind, place.local, environ) as local:
        task = Task(prepared.requirements, local, "", prepared.distributions, environ, {}, public=public)
        tools = _tools(run, root / "timed", task)
        for tool in tools:
            print(f"  {tool.name}: {tool.asked}", flush=True)
        with contextlib.ExitStack() as opened:
            for tool in tools:
                opened.callback(tool.close)
            page = one_page(local, place.own[0])
            samples = list(play(tools, task, run.rounds, run.patience))
            first, second = opened.enter_context(relayed(local)), opened.enter_context(relayed(public))
            tools = _tools(run, root / "relayed", task._replace(url=first.url, public=second.url))
            for tool in tools:
                opened.callback(tool.close)
            return samples, list(account(tools, first, second, run.account_rounds, run.patience)), page


def main() -> int:
    """Print both tables."""
    run = _arguments()
    with machine.scratch("mixed", run.root) as root:
        _all(run, root)
    return 0


def _all(run: argparse.Namespace, root: Path) -> None:
    environ = machine.clean_environ(root / "home")
    found: list[Row] = []
    lines: list[str] = []
    accounts: list[dict[str, object]] = []
    about = machine.describe(root, environ)
    for name, value in about.items():
        print(f"{name.replace('_', ' ')}: {value}", flush=True)
    place = split(root, run.files)
    for kind in run.indexes.split(","):
        print(f"local index: {kind}, {run.files} files", flush=True)
        samples, told_of, page = _one(kind, place, root / kind, run, environ)
        found += rows(samples, "5 of 31 local", kind)
        lines += apart(told_of, kind, page)
        accounts += [{"index": kind, "one_page": page} | one._asdict() for one in told_of]
    print("\n" + table(found) + "\n\n" + "\n".join([HEAD, *lines]))
    if run.json:
        results.write(run.json, "mixed", about, results=results.of_rows(found), accounts=accounts)


if __name__ == "__main__":
    sys.exit(main())
