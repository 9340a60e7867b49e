"""Work that goes on beside the launches: done by processes of low priority that go on when this one has ended.

There is one for each thing to be done, however many launches want it; none that was begun a moment ago is begun again,
since it may have failed at once. What such a process fails with is told by its receipt, if at all.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pickle
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from driverenv import _fs, boot, environment, warm
from driverenv.errors import DriverEnvError, HomeUnusable
from driverenv.model.launch import Request
from driverenv.stories.site import Site

_PROGRAM = """
import os, pickle, sys
if hasattr(os, "nice"):
    os.nice(10)
sys.path[:] = sys.argv[1:]
job = pickle.load(sys.stdin.buffer)
"""

_LONGEST = 200
"""Bytes of what stands in a lock's file."""


class Errand(NamedTuple):
    """A kind of such work."""

    kind: str
    """The kind of its locks."""
    pause_seconds: float
    """So long after it was begun nobody begins it again."""
    program: str
    """Python that does it with `job`: the request, what `begin` was given, and the lock (for `alone`)."""


def begin(site: Site, errand: Errand, key: str, request: Request, *more: object) -> bool:
    """Whether it was begun just now; not where it is under way, or was begun a moment ago.

    The process has `request` as `site` made it definite, and shares what it makes. Raises `HomeUnusable`, and
    `OSError` where no process can be started, as in a Python that does not know its own program.
    """
    if not sys.executable:
        raise OSError(errno.ENOEXEC, "this Python does not know its own program")
    lock = os.path.join(site.home, "locks", errand.kind, key[:2], key)
    os.makedirs(os.path.dirname(lock), exist_ok=True)
    with _held(lock) as descriptor:
        if descriptor is None or not _is_due(descriptor, errand.pause_seconds):
            return False
    job = pickle.dumps((_definite(request, site), *more, lock))
    command = [sys.executable, "-c", _PROGRAM + errand.program, *sys.path]
    environment.on_its_own(command, cwd=Path(site.home), data=job)
    return True


@contextlib.contextmanager
def _held(lock: str) -> Iterator[int | None]:
    """The file of a lock, opened, and locked; None where another process has it. Raises `OSError`."""
    with contextlib.ExitStack() as opened:
        try:
            descriptor = opened.enter_context(_fs.locked_file(lock, timeout=0))
        except HomeUnusable:
            yield None
        else:
            yield descriptor


def _is_due(descriptor: int, pause_seconds: float) -> bool:
    """Whether it was not begun a moment ago, by what stands in its lock's file; then that is now."""
    now, run = boot.uptime(), boot.identity(time.time())
    before, _, when = os.read(descriptor, _LONGEST).decode("utf-8", "replace").partition(" ")
    try:
        if warm.same_run(when, run) and 0 <= now - float(before) < pause_seconds:
            return False
    except ValueError:  # half of it: the machine went down meanwhile
        pass
    data = f"{now!r} {run}".encode()
    os.lseek(descriptor, 0, os.SEEK_SET)
    _fs.write_all(descriptor, data)
    os.ftruncate(descriptor, len(data))
    return True


def _definite(request: Request, site: Site) -> Request:
    """The same request for a process that has other variables, and begins nothing beside it."""
    return request.replace(
        driver=site.driver,
        policy=site.policy,
        home=site.home,
        python=site.python or None,
        default_python=site.default_python or None,
        name=site.name,
        refresh=False,
        instances="shared",
    )


@contextlib.contextmanager
def alone(lock: str) -> Iterator[bool]:
    """Whether no other process is at the same thing; errors of driverenv end here."""
    with _held(lock) as descriptor, contextlib.suppress(DriverEnvError):
        yield descriptor is not None
