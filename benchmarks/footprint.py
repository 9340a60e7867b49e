"""Disk and memory: ``python -m benchmarks.footprint``.

Disk: what one more environment for the same requirements costs once the driver's imports are done, in
blocks of the file system; a file that several names lead to counts once. Memory: how much more a server's
process has used at most (its peak resident set) after it launched its first driver, the store being empty.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks import machine, results
from benchmarks.servers import serving
from benchmarks.sets import Prepared, hermetic
from benchmarks.tools import InProcess, Task, Tool, Uv

MEMORY = """
import json, resource, sys
from pathlib import Path
import driverenv
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
before = peak()
policy = driverenv.Policy(mode="offline", local=[driverenv.Index(sys.argv[1])], public=None, byte_code="never")
driverenv.prepare(driverenv.Request(sys.argv[2], policy=policy, home=sys.argv[3]))
print(json.dumps({"before": before, "peak": peak()}))
"""


def used(root: Path) -> int:
    """Bytes that everything below `root` takes on the disk, each file once whatever its names."""
    seen: set[int] = set()
    total = 0
    for folder, _, files in os.walk(root):
        for path in (folder, *(os.path.join(folder, name) for name in files)):
            try:
                status = os.lstat(path)
            except FileNotFoundError:  # byte code that is just being put in place
                continue
            if status.st_ino not in seen:
                seen.add(status.st_ino)
                total += status.st_blocks * 512
    return total


def settled(root: Path) -> int:
    """The same once nothing is added any more: byte code comes after the hand-over."""
    last = -1
    for _ in range(200):
        now = used(root)
        if now == last:
            break
        last = now
        time.sleep(0.5)
    return last


def disk(tool: Tool, root: Path, further: int = 2) -> float:
    """Bytes of one further environment."""
    tool.wipe()
    for number in range(2):  # the second one has byte code shared, if anything has
        tool.launch(f"driver {number}", imports=True)
    before = settled(root)
    for number in range(further):
        tool.launch(f"further {number}", imports=True)
    return (settled(root) - before) / further


def memory(prepared: Prepared, url: str, root: Path, environ: dict[str, str]) -> dict[str, int]:
    """Peak resident set in bytes, before and after the first launch."""
    driver = root / "memory" / "driver"
    driver.mkdir(parents=True)
    (driver / "requirements.txt").write_text(prepared.requirements, encoding="utf-8")
    command = [sys.executable, "-P", "-c", MEMORY, url, str(driver), str(root / "memory" / "home")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environ)
    found: dict[str, int] = json.loads(done.stdout)
    return found


class Footprint(NamedTuple):
    """Of one set: bytes of one more environment, and of a process before and at the peak of its first launch."""

    set_name: str
    ours: float
    of_uv: float
    before: int
    peak: int

    def line(self) -> str:
        """A row of the table."""
        more = (self.peak - self.before) / 2**20
        return (
            f"| {self.set_name} | {self.ours / 2**20:.2f} MB | {self.of_uv / 2**20:.2f} MB "
            f"| {self.ours / self.of_uv:.2f} | {more:.0f} MiB (from {self.before / 2**20:.0f}) |"
        )


def measure(prepared: Prepared, url: str, root: Path, environ: dict[str, str]) -> Footprint:
    """What one set comes to."""
    task = Task(prepared.requirements, url, prepared.imports, prepared.distributions, environ, {})
    ours, theirs = InProcess(root / "in-process", task), Uv(root / "uv", task)
    try:
        mine, other = disk(ours, root / "in-process"), disk(theirs, root / "uv")
    finally:
        ours.close()
    peak = memory(prepared, url, root, environ)
    return Footprint(prepared.name, mine, other, peak["before"], peak["peak"])


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.footprint", description=__doc__)
    parser.add_argument("--sets", default="S,M,L", help="of S, M, L; by default all")
    parser.add_argument("--root", type=Path, help="folder for stores, caches, environments of the run")
    parser.add_argument("--json", type=Path, help="write all numbers")
    arguments = parser.parse_args()
    found: list[Footprint] = []
    with machine.scratch("footprint", arguments.root) as root:
        environ = machine.clean_environ(root / "home")
        about = machine.describe(root, environ)
        print("| set | a further environment | uv's | ratio | memory of a first launch |")
        print("|---|--:|--:|--:|--:|", flush=True)
        for name in arguments.sets.split(","):
            prepared = hermetic(name, root)
            with serving("static", prepared.folder, environ) as url:
                found.append(measure(prepared, url, root / name, environ))
            print(found[-1].line(), flush=True)
        if arguments.json:
            every = [one._asdict() for one in found]
            results.write(arguments.json, "footprint", about, results=every)
        return 0


if __name__ == "__main__":
    sys.exit(main())
