"""How fast wheels get into the store, against `python -m zipfile -e` plus sha256 on the same wheels.

driverenv reads, checks by every rule, hashes archive and members, unpacks, writes, and publishes; the
others unpack and hash the archive, and check nothing: by the command, a process for each wheel, and by the
same module in this process, which spares it Python's start and the hashing program. The last column hashes each file
too, which is what RECORD asks for. All are taken in turning order; a ratio is the median of the ratios of
single rounds: of the time on the clock, and of the processor time (with that of child processes, in user
and system mode), which a machine that is shared disturbs less.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from packaging.utils import parse_wheel_filename

from benchmarks import generate, machine
from driverenv.store import Store

COMMAND = "python -m zipfile -e, sha256"
BASELINE = "zipfile in process, sha256"
THOROUGH = "the same, and of all files"
Way = Callable[[Sequence[Path], Path], None]


class Set(NamedTuple):
    """Wheels that are taken in together."""

    name: str
    wheels: Sequence[Path]

    def shown(self) -> str:
        """How many, and how large."""
        files = size = 0
        for path in self.wheels:
            with zipfile.ZipFile(path) as archive:
                infos = archive.infolist()
                files += len(infos)
                size += sum(info.file_size for info in infos)
        return f"{self.name}: {len(self.wheels)} wheels, {files:,} files, {size / 1e6:,.0f} MB"


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def by_driverenv(wheels: Sequence[Path], into: Path) -> None:
    store = Store(into)
    for path in wheels:
        project, version, _, _ = parse_wheel_filename(path.name)
        store.ingest(
            path,
            project=project,
            version=str(version),
            filename=path.name,
            sha256=sha256_of(path),
            public=True,
        )


def by_command(wheels: Sequence[Path], into: Path) -> None:
    for path in wheels:
        sha256_of(path)
        subprocess.run([sys.executable, "-m", "zipfile", "-e", str(path), str(into / path.stem)], check=True)


def by_zipfile(wheels: Sequence[Path], into: Path) -> None:
    for path in wheels:
        sha256_of(path)
        zipfile.main(["-e", str(path), str(into / path.stem)])  # type: ignore[attr-defined]


def by_zipfile_with_hashes(wheels: Sequence[Path], into: Path) -> None:
    by_zipfile(wheels, into)
    for path in into.rglob("*"):
        if path.is_file():
            sha256_of(path)


WAYS: Mapping[str, Way] = {
    "driverenv": by_driverenv,
    COMMAND: by_command,
    BASELINE: by_zipfile,
    THOROUGH: by_zipfile_with_hashes,
}


OTHERS = [name for name in WAYS if name != "driverenv"]


class Cost(NamedTuple):
    """What one round of one way took, in seconds."""

    wall: float
    processor: float


Costs = Mapping[str, Sequence[Cost]]


def measure(chosen: Set, rounds: int, root: Path, patience: float) -> Costs:
    """What each way costs, in rounds; another one begins in each."""
    found: dict[str, list[Cost]] = {name: [] for name in WAYS}
    names = list(WAYS)
    for at in range(rounds):
        for name in (*names[at % len(names) :], *names[: at % len(names)]):
            machine.settle(patience)
            into = Path(tempfile.mkdtemp(dir=root))
            begun, used = time.perf_counter(), sum(os.times()[:4])
            WAYS[name](chosen.wheels, into)
            found[name].append(Cost(time.perf_counter() - begun, sum(os.times()[:4]) - used))
            shutil.rmtree(into)
    return found


def ratio(found: Costs, other: str, *, wall: bool) -> float:
    """How long driverenv takes for one second of the other; the median of all rounds."""
    pairs = zip(found["driverenv"], found[other], strict=True)
    at = 0 if wall else 1
    return statistics.median(own[at] / theirs[at] for own, theirs in pairs)


def rows(chosen: Sequence[Set], results: Sequence[Costs]) -> list[str]:
    """The table, as Markdown."""
    head = [
        "set",
        *(f"{name}, s" for name in WAYS),
        *(f"to {name}, {what}" for name in OTHERS for what in ("wall", "processor")),
    ]
    lines = [f"| {' | '.join(head)} |", f"|---{'|--:' * (len(head) - 1)}|"]
    for one, found in zip(chosen, results, strict=True):
        seconds = [f"{statistics.median(cost.wall for cost in found[name]):.3f}" for name in WAYS]
        ratios = [f"{ratio(found, name, wall=wall):.2f}" for name in OTHERS for wall in (True, False)]
        lines.append(f"| {' | '.join([one.shown(), *seconds, *ratios])} |")
    return lines


def generated(root: Path) -> list[Set]:
    """Many small files; and few large ones, of the kind that compilers make."""
    sets = []
    for name in ("S", "M"):
        folder = root / name
        generate.generate(generate.SETS[name], folder)
        sets.append(Set(name, sorted(folder.glob(f"*-{generate.NEWEST}-*.whl"))))
    return [*sets, Set("large files", [large(root / "large")])]


def large(folder: Path) -> Path:
    """A wheel with ten members of 8 MB that compress to about a third."""
    from tests.kit import Wheel

    dice = random.Random(7)  # noqa: S311 (a recipe, not a secret)
    words = [dice.randbytes(dice.choice((2, 4, 8, 16))) for _ in range(3000)]
    files = {
        f"bench_large/lib{number}.so": b"".join(dice.choices(words, k=1_000_000))[: 8 << 20]
        for number in range(10)
    }
    return Wheel(name="bench-large", version="1.0", files=files).archive().write(folder)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how often each way is taken (7)")
    parser.add_argument("--wheels", type=Path, help="a folder of real wheels, measured as a set of its own")
    parser.add_argument("--patience", type=float, default=2.0, help="seconds to wait for a quiet machine (2)")
    arguments = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="ingest-"))
    try:
        chosen = generated(root)
        if arguments.wheels:
            chosen.append(Set("real", sorted(arguments.wheels.glob("*.whl"))))
        results = []
        for one in chosen:
            results.append(measure(one, arguments.rounds, root, arguments.patience))
            print(f"{one.name} done", file=sys.stderr, flush=True)
        print("\n".join(rows(chosen, results)))
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return 0 if all(ratio(found, COMMAND, wall=False) <= 1 for found in results) else 1


if __name__ == "__main__":
    sys.exit(main())
