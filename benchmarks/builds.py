"""What it costs that a build is contained: one program that does nothing, bare, watched, and in namespaces.

A build of an sdist runs two programs or three: what it needs, then the wheel. All ways take part in each
round, in turning order; times are of the whole call, processor time is that of all processes.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from driverenv.build import limits, process
from driverenv.model.site import Policy

BARE = "bare"
WAYS = {
    BARE: "a process of its own, and nothing more",
    "off": "with a warden",
    "auto": "with all the system gives",
}
COMMAND = [process.own_python(), "-I", "-S", "-c", ""]


def way(name: str, folder: Path) -> Callable[[], None]:
    """One call of this way."""
    if name == BARE:

        def bare() -> None:
            subprocess.run(COMMAND, env={}, check=True)

        return bare

    def contained() -> None:
        with tempfile.TemporaryDirectory(dir=folder) as made:
            work, private = Path(made, "work"), Path(made, "private")
            work.mkdir()
            private.mkdir()
            cell = process.Cell(work, private, (COMMAND[0],), limits.of(Policy()), name)
            report = process.run(COMMAND, cwd=str(work), environ={}, log=Path(made, "log"), cell=cell)
            assert report.status == 0, report

    return contained


def spent() -> float:
    """Processor time of all processes that have ended, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    wall: dict[str, list[float]] = {name: [] for name in WAYS}
    used: dict[str, float] = dict.fromkeys(WAYS, 0.0)
    with tempfile.TemporaryDirectory(prefix="driverenv-builds-") as folder:
        for number in range(-1, rounds):
            for name in [*WAYS][number % 3 :] + [*WAYS][: number % 3]:
                call, before, begun = way(name, Path(folder)), spent(), time.perf_counter()
                call()
                if number >= 0:  # the one before is for warming up
                    wall[name].append(time.perf_counter() - begun)
                    used[name] += spent() - before
    for name, what in WAYS.items():
        best, middle = min(wall[name]) * 1000, statistics.median(wall[name]) * 1000
        print(
            f"{what:<40} {best:5.0f} ms at best, {middle:5.0f} ms in the middle, {used[name] / rounds * 1000:4.0f} ms of processor"
        )


if __name__ == "__main__":
    main()
