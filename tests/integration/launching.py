"""Processes that launch when they are told to, all at once.

Run as a program it is one of them: a pickled request comes in on a line, "ready" goes out, and with
the next line it prepares; the answer goes out as JSON.
"""

from __future__ import annotations

import base64
import importlib
import json
import pickle
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from driverenv import Request, prepare
from driverenv.events import Event

TIMEOUT = 100.0


@dataclass(frozen=True)
class Launched:
    """What one process answered."""

    environment: dict[str, str]
    events: list[str]
    inode: int
    error: str

    def count(self, kind: type[Event]) -> int:
        """How often this event was told there."""
        return self.events.count(kind.__name__)


def launch_at_once(requests: Sequence[Request]) -> list[Launched]:
    """One process for each request; all stand ready before the first is let go."""
    with ExitStack() as stack:
        processes = [stack.enter_context(_start()) for _ in requests]
        stack.callback(_end, processes)
        for process, request in zip(processes, requests, strict=True):
            _say(process, base64.b64encode(pickle.dumps(request)).decode())
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            _say(process, "go")
        return [_answer(process) for process in processes]


def launch_alone(request: Request) -> int:
    """One process; how it ended, as `subprocess` tells it."""
    with _start() as process:
        _say(process, base64.b64encode(pickle.dumps(request)).decode())
        process.communicate("go\n", timeout=TIMEOUT)
    return process.returncode


def _start() -> subprocess.Popen[str]:
    command = [sys.executable, __file__]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _say(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def _answer(process: subprocess.Popen[str]) -> Launched:
    out, _ = process.communicate(timeout=TIMEOUT)
    return Launched(**json.loads(out))


def _end(processes: Sequence[subprocess.Popen[str]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.kill()


def main() -> None:
    """Be one of the processes."""
    importlib.import_module("driverenv.stories.making")  # what takes long to load is there before the start
    request: Request = pickle.loads(base64.b64decode(sys.stdin.readline()))  # noqa: S301 (our own bytes)
    events: list[Event] = []
    answer: dict[str, Any] = {"environment": {}, "inode": 0, "error": ""}
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    try:
        made = prepare(request, on_event=events.append)
        answer["environment"] = {name: getattr(made, name) for name in made.__slots__}
        answer["inode"] = Path(made.prefix).stat().st_ino
    except Exception as error:  # noqa: BLE001 (whatever it is, the test shows it)
        answer["error"] = f"{type(error).__name__}: {error}"
    answer["events"] = [type(event).__name__ for event in events]
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
