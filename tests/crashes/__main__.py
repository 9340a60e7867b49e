"""The command: `python -m tests.crashes sweeps|storm`; what it finds goes to stdout, and it fails where that is not nothing."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.crashes import sweep
from tests.crashes.points import EFFECTS
from tests.crashes.scenes import SCENES
from tests.crashes.storm import Storm, problems
from tests.unit.stories.bench import Bench, prime


def swept(pairs: list[tuple[str, str]], root: Path, primed: Path, *, step: int) -> Iterator[dict[str, Any]]:
    """The points of these scenes and effects, played in a process of their own."""
    root.mkdir()
    told = {"root": str(root), "primed": str(primed), "sweeps": [[*pair, step] for pair in pairs]}
    done = subprocess.run(
        [sys.executable, "-m", sweep.__name__],
        input=json.dumps(told) + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    yield from (json.loads(line) for line in done.stdout.splitlines())
    if done.returncode:
        raise RuntimeError(f"the sweep of {pairs} broke off:\n{done.stderr[-4000:]}")


def sweeps(told: argparse.Namespace) -> int:
    """Every point of every scene and effect; a table of how they ended."""
    scenes = told.scenes.split(",") if told.scenes else [one for one in SCENES if not SCENES[one].has_build]
    effects = told.effects.split(",") if told.effects else list(EFFECTS)
    count = wrong = 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        root = Path(folder)
        primed = prime(root / "primed")
        pairs = [(scene, effect) for scene in scenes for effect in effects]

        def play(at: int) -> list[dict[str, Any]]:
            return list(swept([pairs[at]], root / str(at), primed, step=told.step))

        jobs = [threads.submit(play, at) for at in range(len(pairs))]
        for pair, job in zip(pairs, jobs, strict=True):
            points = job.result()
            count += len(points)
            bad = [point for point in points if point["problems"]]
            wrong += len(bad)
            ends = Counter(point["ending"] for point in points)
            shown = ", ".join(f"{number} {end}" for end, number in ends.most_common())
            print(f"{pair[0]:<14} {pair[1]:<12} {len(points):>5}   {shown}", flush=True)
            for point in bad:
                print(json.dumps(point))
    print(f"{count} points, {wrong} with a problem")
    return 1 if wrong else 0


def storm(told: argparse.Namespace) -> int:
    """One storm for each number of keys."""
    wrong = 0
    for keys in map(int, told.keys.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            one = Storm(
                Bench(root, prime(root / "home")), keys=keys, processes=told.processes, seed=told.seed
            )
            one.rage(seconds=told.seconds)
            one.calm()
            raged, calm = one.told()
            found = problems(one)
            wrong += len(found)
            print(
                f"{told.processes} processes, {keys} keys, {told.seconds:.0f} s: {raged.launches} launches, "
                f"{raged.kills} killed, {raged.collections} collections, "
                f"{sum(raged.made.values())} environments made; calm: {calm.launches} launches, "
                f"{sum(calm.made.values())} made, {calm.builds} built; {len(found)} problems",
                flush=True,
            )
            print(*found, sep="\n")
    return 1 if wrong else 0


def main() -> int:
    """Do what is asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(";")[0])
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser(
        "sweeps", help="kills and faults at each point of a launch, and of a collection"
    )
    one.add_argument("--scenes", help=f"of {', '.join(SCENES)}; all but builds by default")
    one.add_argument("--effects", help=f"of {', '.join(EFFECTS)}")
    one.add_argument("--step", type=int, default=1, help="1 plays each point, 7 one of seven")
    one.set_defaults(work=sweeps)
    two = commands.add_parser("storm", help="many processes, collections, random kills")
    two.add_argument("--seconds", type=float, default=120.0)
    two.add_argument("--processes", type=int, default=64)
    two.add_argument("--keys", default="1,8", help="one storm for each")
    two.add_argument("--seed", type=int, default=0)
    two.set_defaults(work=storm)
    told = parser.parse_args()
    return int(told.work(told))


if __name__ == "__main__":
    sys.exit(main())
