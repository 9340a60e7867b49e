"""A program that goes on preparing, as a server does for months; what it still holds goes out as JSON.

In: a line of JSON with pickled requests: some to begin with, then those that are counted. Each is
prepared once, and the last one of the counted two hundred times more. Requests that fail are part of it.
"""

from __future__ import annotations

import base64
import gc
import json
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from driverenv import DriverEnvError, Request, prepare

WARM = 200


@dataclass(frozen=True)
class Held:
    """What a process holds."""

    threads: list[str]
    descriptors: list[str]
    children: bool
    blocks: int


def hold() -> Held:
    """What this process holds now."""
    gc.collect()
    descriptors = []
    for name in os.listdir("/dev/fd"):
        try:
            descriptors.append(f"{name} {os.readlink(f'/dev/fd/{name}')}")
        except OSError:  # that of the listing itself
            continue
    try:
        os.waitpid(-1, os.WNOHANG)
        children = True
    except ChildProcessError:
        children = False
    names = sorted(thread.name for thread in threading.enumerate())
    return Held(names, sorted(descriptors), children, sys.getallocatedblocks())


def last(begin: Sequence[Request], counted: Sequence[Request]) -> tuple[Held, Held, Held]:
    """In one new process: what it held after the beginning, after the counted ones, and after many warm ones."""
    told = [[base64.b64encode(pickle.dumps(one)).decode() for one in some] for some in (begin, counted)]
    done = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps(told) + "\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    first, second, third = (Held(**one) for one in json.loads(done.stdout))
    return first, second, third


def each(raw: Sequence[str]) -> Request:
    """Prepare these; the last of them."""
    request: Request | None = None
    for one in raw:
        request = pickle.loads(base64.b64decode(one))  # noqa: S301 (our own bytes)
        assert isinstance(request, Request)
        try:
            prepare(request, on_event=lambda _event: None)
        except DriverEnvError as error:
            str(error)
    assert request is not None
    return request


def main() -> None:
    """Be the process."""
    begin, counted = json.loads(sys.stdin.readline())
    each(begin)
    for _ in range(20):
        prepare(each(begin[-1:]))
    held = [hold()]
    request = each(counted)
    held.append(hold())
    for _ in range(WARM):
        prepare(request, on_event=lambda _event: None)
    held.append(hold())
    sys.stdout.write(json.dumps([asdict(one) for one in held]))


if __name__ == "__main__":
    main()
