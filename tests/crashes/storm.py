"""Many processes on few keys, collections all the while, and one of them killed again and again.

    python -m tests.crashes storm --seconds 120

Each process launches its driver in a loop, and while it holds what it was handed looks at every file of it. A build,
and the making of an environment, leave a mark while they go on: two at once for one key would meet it. In the calm
afterwards all launch once more at the same time, from nothing: each key is made once.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from driverenv import Request, collect, prepare
from driverenv.events import Building, Built, Event, Linked, Linking
from tests.crashes import invariants
from tests.unit.stories.bench import Bench

GC = -1


@dataclass
class Told:
    """What the processes told."""

    launches: int = 0
    kills: int = 0
    collections: int = 0
    made: Counter[str] = field(default_factory=Counter)
    """How often each driver's environment was made."""
    builds: int = 0
    problems: Counter[str] = field(default_factory=Counter)


class Storm:
    """One storm below `root`, on `keys` drivers, by `processes` processes."""

    def __init__(self, bench: Bench, *, keys: int, processes: int, seed: int = 0) -> None:
        self.bench, self.keys, self.processes = bench, keys, processes
        self._log = bench.root / f"told.{keys}"
        self._marks = bench.root / f"marks.{keys}"
        self._marks.mkdir()
        self._dice = random.Random(seed)
        self._running: dict[int, int] = {}
        self.requests = [self._request(number) for number in range(keys)]

    def _request(self, number: int) -> Request:
        """A driver of its own content: a wheel, and an sdist that needs it."""
        mine = f"k{self.keys}n{number}"
        self.bench.wheel(f"{mine}-dep", files={f"{mine}_dep/data.ini": "[a]\n"})
        self.bench.sdist(f"{mine}-top", requires=[f"{mine}-dep"])
        return self.bench.request(f"{mine}-top\n", name=f"Driver {mine}", valid_for_minutes=0)

    # ------------------------------------------------------------------------------------ processes

    def _fork(self, number: int, work: Callable[[], None]) -> None:
        child = os.fork()
        if child:
            self._running[child] = number
            return
        try:
            work()
        except BaseException as error:  # noqa: BLE001 (nothing of the parent may run on here)
            self._say(f"problem {type(error).__name__}: {' '.join(str(error).split())[:400]}")
        finally:
            os._exit(0)

    def _say(self, line: str) -> None:
        descriptor = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.write(descriptor, f"{line}\n".encode())
        os.close(descriptor)

    def _start(self, number: int, *, once: bool = False) -> None:
        if number == GC:
            self._fork(GC, self._collect)
        else:
            self._fork(number, lambda: self._launch(number, once=once))

    def _collect(self) -> None:
        while True:
            collect(str(self.bench.home), everything=True)
            self._say("collected")

    def _launch(self, number: int, *, once: bool) -> None:
        while True:
            told = _Listener(self, number % self.keys)
            made = prepare(self.requests[number % self.keys], on_event=told.hear)
            wrong = list(invariants.damage(Path(made.prefix)))  # it is held as long as `made` lives
            self._say(f"problem {wrong[0]}" if wrong else "launched")
            del made
            if once:
                return

    # ---------------------------------------------------------------------------------------- phases

    def rage(self, *, seconds: float = 0.0, kills: int = 0, pause: float = 0.05) -> None:
        """Until so many seconds are over, or so many were killed."""
        for number in [*range(self.processes), GC]:
            self._start(number)
        end, left = time.monotonic() + seconds, kills
        while time.monotonic() < end or left > 0:
            time.sleep(pause)
            left -= 1
            victim = self._dice.choice(list(self._running))
            number = self._running.pop(victim)
            os.kill(victim, signal.SIGKILL)
            os.waitpid(victim, 0)
            self._say("killed")
            self._start(number)
        for victim in self._running:
            os.kill(victim, signal.SIGKILL)
        for victim in self._running:
            os.waitpid(victim, 0)
        self._running.clear()

    def calm(self) -> None:
        """All at once, from nothing, nobody is killed."""
        collect(str(self.bench.home), everything=True)
        for shelf in ("wheels", "archives", "documents"):
            shutil.rmtree(self.bench.home / shelf, ignore_errors=True)
        self._say("calm")
        for number in range(self.processes):
            self._start(number, once=True)
        for child in list(self._running):
            os.waitpid(child, 0)
        self._running.clear()

    def told(self) -> tuple[Told, Told]:
        """In the storm, and in the calm after it."""
        parts = (Told(), Told())
        part = parts[0]
        for line in self._log.read_text(encoding="utf-8").splitlines():
            kind, _, rest = line.partition(" ")
            if kind == "calm":
                part = parts[1]
            part.launches += kind == "launched"
            part.kills += kind == "killed"
            part.collections += kind == "collected"
            part.builds += kind == "built"
            part.made.update([rest] if kind == "made" else [])
            part.problems.update([rest] if kind == "problem" else [])
        return parts

    def mark(self, name: str) -> Path:
        """Is there while something goes on that only one may do at a time."""
        return self._marks / name

    def say(self, line: str) -> None:
        """A line for everybody."""
        self._say(line)


class _Listener:
    """Marks that something is being made, and tells where somebody else does so at the same time."""

    def __init__(self, storm: Storm, number: int) -> None:
        self._storm, self._number = storm, number

    def hear(self, event: Event) -> None:
        if isinstance(event, Building):
            self._begin("building")
        elif isinstance(event, Built):
            self._end("building")
            self._storm.say("built")
        elif isinstance(event, Linking):
            self._begin("making")
            self._storm.say(f"made {self._number}")
        elif isinstance(event, Linked):
            self._end("making")

    def _begin(self, what: str) -> None:
        mark = self._storm.mark(f"{what}.{self._number}")
        try:
            holder = int(mark.read_text(encoding="ascii"))
            os.kill(holder, 0)
        except (OSError, ValueError):
            pass
        else:
            self._storm.say(f"problem two at once are {what} for driver {self._number}")
        mark.write_text(str(os.getpid()), encoding="ascii")

    def _end(self, what: str) -> None:
        self._storm.mark(f"{what}.{self._number}").unlink(missing_ok=True)


def problems(storm: Storm) -> list[str]:
    """What went against the promises, in words."""
    raged, calm = storm.told()
    found = [f"in the storm, {count} times: {text}" for text, count in raged.problems.items()]
    found += [f"in the calm, {count} times: {text}" for text, count in calm.problems.items()]
    if calm.launches != storm.processes:
        found.append(f"in the calm {calm.launches} of {storm.processes} launched")
    if sorted(calm.made.values()) != [1] * storm.keys or calm.builds != storm.keys:
        found.append(f"in the calm {dict(calm.made)} were made, and {calm.builds} built")
    return found + invariants.broken(storm.bench.home)


if __name__ == "__main__":
    sys.exit("python -m tests.crashes storm")
