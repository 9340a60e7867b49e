"""`systemctl stop|start|kill pypiserver` of the stage: does it to the pypiserver that the stage has. A program."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TypedDict

WITHIN = 30.0


class Service(TypedDict):
    """What is known of it, in a file beside the program."""

    pid: int | None
    port: int
    command: list[str]


def main(state: Path, verb: str, *words: str) -> None:
    """Do it, and wait until it is done."""
    service = load(state)
    if verb == "kill":
        name = next(word.removeprefix("--signal=") for word in words if word.startswith("--signal="))
        send(service, signal.Signals[f"SIG{name}"])
    elif verb == "stop":
        send(service, signal.SIGKILL)
        save(state, {**service, "pid": None})
        _wait_until(service["port"], answers=False)
    elif verb == "start":
        started = subprocess.Popen(
            service["command"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        save(state, {**service, "pid": started.pid})
        _wait_until(service["port"], answers=True)
    else:
        sys.exit(f"the stage's systemctl cannot {verb}")


def load(state: Path) -> Service:
    """What is known of it."""
    service: Service = json.loads(state.read_text(encoding="utf-8"))
    return service


def send(service: Service, number: signal.Signals) -> None:
    """Send it a signal, if it runs; the number of a process that ended may be another's by now."""
    if service["pid"] is not None:
        os.kill(service["pid"], number)


def save(state: Path, service: Service) -> None:
    """Write down what is known of it."""
    state.write_text(json.dumps(service), encoding="utf-8")


def _wait_until(port: int, *, answers: bool) -> None:
    deadline = time.monotonic() + WITHIN
    while _answers(port) is not answers:
        if time.monotonic() > deadline:
            sys.exit(f"pypiserver does not {'start' if answers else 'stop'}")
        time.sleep(0.01)  # between two polls


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=WITHIN).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
