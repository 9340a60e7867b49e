"""What the look at all files costs a launch that finds its environment ready: ``python -m benchmarks.stamps``.

For each generated set one environment, hard-linked, with byte code; then the look by stamps that every launch
takes, again and again, and beside it a whole warm launch in this process, which has that look in it. Times of
the processor too, since a machine that is shared disturbs them less.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks.sets import Prepared, hermetic
from driverenv import Environment, Index, Policy, Request, prepare, warm


class Cost(NamedTuple):
    """Milliseconds: medians."""

    wall: float
    processor: float

    def __str__(self) -> str:
        """As the table has it."""
        return f"{self.wall:.2f} ({self.processor:.2f})"


def request(prepared: Prepared, root: Path) -> Request:
    """A driver that needs the whole set, from a folder."""
    driver = root / f"driver {prepared.name}"
    driver.mkdir()
    (driver / "requirements.txt").write_text(prepared.requirements, encoding="utf-8")
    policy = Policy(
        mode="offline", local=[Index(prepared.folder)], public=None, byte_code="now", sharing="link"
    )
    return Request(driver, policy=policy, home=root / "home")


def cost(call: Callable[[], object], rounds: int) -> Cost:
    """Of one call."""
    found = []
    for _ in range(rounds):
        begun, used = time.perf_counter(), time.process_time()
        call()
        found.append((time.perf_counter() - begun, time.process_time() - used))
    return Cost(*(statistics.median(one[at] for one in found) * 1000 for at in (0, 1)))


def stamped(environment: Environment) -> int:
    """How many files the look goes to."""
    text = Path(environment.prefix).with_name(warm.SHIPPED).read_text("utf-8", "surrogateescape")
    return sum(line.count("\t") for line in text.splitlines() if line[:2] in ("e ", "s "))


def row(prepared: Prepared, root: Path, rounds: int) -> str:
    """One set, as a row of the table."""
    asked = request(prepared, root)
    environment = prepare(asked)
    home = str(root / "home")
    if not warm.intact(home, environment.prefix):
        raise SystemExit(f"{environment.prefix} is not what it was made a moment ago")
    look = cost(lambda: warm.intact(home, environment.prefix), rounds)
    launch = cost(lambda: prepare(asked), rounds)
    safe = cost(lambda: warm.unsafe(home), rounds)
    return f"| {prepared.name} | {stamped(environment):,} | {look} | {safe} | {launch} |"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stamps", description=__doc__)
    parser.add_argument("--sets", default="S,M,L", help="which generated sets (S,M,L)")
    parser.add_argument("--rounds", type=int, default=50, help="how often each is done (50)")
    arguments = parser.parse_args()
    print(
        "| set | files | the look at all stamps, ms (of the processor) | at the home folder | a whole warm launch |"
    )
    print("|---|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory(prefix="stamps-") as folder:
        for name in arguments.sets.split(","):
            print(row(hermetic(name, Path(folder)), Path(folder), arguments.rounds), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
