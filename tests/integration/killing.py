"""Prepares that are killed at a chosen point, each in a process of its own, forked from one that has all loaded.

Run as a program it sweeps: at point 1, 2, 3 ... of a launch the process gets SIGKILL; then what can be
seen below home is looked at, the same launch is made without fault, and looked at again. It ends with
the first launch that gets through to its end. What is wrong goes out as JSON.

A point is an operation on files or processes (as the interpreter's own audit events tell, just before
it happens), a write, of which only the first half still reaches the file, or an event of driverenv.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import pickle
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from driverenv import Request, environment, prepare, warm
from driverenv.environment import record
from driverenv.events import Event, Listener
from driverenv.store import Store

OPERATIONS = frozenset(
    {
        "fcntl.flock",
        "os.chmod",
        "os.link",
        "os.mkdir",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.symlink",
        "os.truncate",
        "os.utime",
        "subprocess.Popen",
    }
)
DAMAGED = b"damaged by the test\n"
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def at_operation(number: int) -> None:
    """SIGKILL before the operation of this number, counted from 1."""
    left = [number]

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in OPERATIONS or (event == "open" and isinstance(args[2], int) and args[2] & WRITING):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def at_write(number: int) -> None:
    """SIGKILL in the middle of the write of this number."""
    write, left = os.write, [number]

    def half(descriptor: int, data: bytes) -> int:
        left[0] -= 1
        if left[0] == 0:
            write(descriptor, data[: len(data) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        return write(descriptor, data)

    os.write = half  # type: ignore[assignment]


def at_event(number: int) -> Listener:
    """SIGKILL from within the listener, as it is told the event of this number."""
    left = [number]

    def listen(_event: Event) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return listen


def whole(home: Path) -> list[str]:
    """What is wrong with what can be seen below `home`: environments and answers are whole, or not there."""
    problems = []
    for folder in home.glob("environments/*"):
        if folder.name.startswith("."):
            continue
        found = [path for path in folder.iterdir() if path.is_dir()]
        if len(found) != 1:
            problems.append(f"{folder.name} has {sorted(path.name for path in folder.iterdir())}")
            continue
        problems += damage(found[0])
    for ask in home.glob("asks/*"):
        answer = (
            None if ask.name.startswith(".") else warm.find(str(home), ask.name, os.stat(ask).st_mtime + 1)
        )
        if answer is not None and environment.check(Path(answer["prefix"])):
            problems.append(f"an answer leads to {answer['prefix']}, which is not whole")
    return problems


def damage(prefix: Path) -> list[str]:
    """How an environment differs from its manifest."""
    reason = environment.check(prefix)
    if reason and (prefix / "pyvenv.cfg").read_bytes() == DAMAGED:
        return []  # by the test itself, and not touched since
    if reason:
        return [reason]
    problems = []
    for row in record.read_manifest((prefix.parent / "manifest").read_bytes()):
        path = prefix / row.target
        if not path.is_file():
            problems.append(f"{row.target} is missing")
            continue
        digest = hashlib.sha256(path.read_bytes()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != row.sha256:
            problems.append(f"{row.target} has other content")
    return problems


def forked(work: Callable[[], None]) -> int:
    """Do `work` in a fork; how it ended, as `subprocess` tells it."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException as error:  # noqa: BLE001 (nothing of the parent may run on here)
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
        finally:
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed(request: Request, kind: str, number: int) -> None:
    """The launch with the fault."""
    if kind == "event":
        prepare(request, on_event=at_event(number))
        return
    (at_operation if kind == "operation" else at_write)(number)
    prepare(request)


def again(request: Request, expected: str) -> None:
    """The launch without fault, and what must be so after it."""
    home = Path(str(request.home))
    made = prepare(request)
    assert made.key == expected, f"another environment: {made.key}"
    assert not whole(home), whole(home)
    assert prepare(request) == made
    with Store(home).staging():
        left = sorted(path.name for path in home.glob("staging/*"))
        assert len(left) == 2, f"not swept: {left}"
    trash = list(home.glob("environments/.*"))
    assert len(trash) <= 1, f"more than one launch can leave: {trash}"


def sweep(request: Request, kind: str, template: str, folder: Path, step: int) -> Iterator[str]:
    """Every point (of each `step`, one); gives what is wrong. The number of points comes last, as a text."""
    # One launch here: it says what must come of the others, and whatever a launch imports is loaded.
    expected = prepare(request.replace(home=str(folder / "trial"))).key
    for number in range(1, 100_000, step):
        home = folder / str(number)
        if template:
            shutil.copytree(template, home, symlinks=True)
        mine = request.replace(home=str(home))
        code = forked(partial(killed, mine, kind, number))
        if code not in (0, -signal.SIGKILL):
            yield f"{kind} {number}: ended with {code}"
        yield from (f"{kind} {number}, killed: {problem}" for problem in whole(home))
        if forked(partial(again, mine, expected)):
            yield f"{kind} {number}: the next launch failed"
        if code == 0:
            yield f"points: {number}"
            return


def main() -> None:
    """Sweep as the line on stdin says."""
    told = json.loads(sys.stdin.readline())
    request: Request = pickle.loads(base64.b64decode(told["request"]))  # noqa: S301 (our own bytes)
    found = list(sweep(request, told["kind"], told["template"], Path(told["folder"]), told["step"]))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
