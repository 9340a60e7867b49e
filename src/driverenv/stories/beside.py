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
from driverenv.errors import DriverEnvError
from driverenv.model.launch import Request
from driverenv.store import Store
from driverenv.stories.site import Site

_PROGRAM = """
import os, pickle, sys
if hasattr(os, "nice"):
    os.nice(10)
sys.path[:] = sys.argv[1:]
job = pickle.load(sys.stdin.buffer)
"""


class Errand(NamedTuple):
    """A kind of such work."""

    kind: str
    """The kind of its notes in the store, and of its locks."""
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
    lock = Path(site.home, "locks", errand.kind, key[:2], key)
    lock.parent.mkdir(parents=True, exist_ok=True)
    release = _fs.hold(lock)
    if release is None:
        return False
    try:
        if not _is_due(Store(Path(site.home)), errand, key):
            return False
    finally:
        release()
    job = pickle.dumps((_definite(request, site), *more, os.fspath(lock)))
    command = [sys.executable, "-c", _PROGRAM + errand.program, *sys.path]
    environment.on_its_own(command, cwd=Path(site.home), data=job)
    return True


def _is_due(store: Store, errand: Errand, key: str) -> bool:
    """Whether it was not begun a moment ago; then that is now."""
    now, run = boot.uptime(), boot.identity(time.time())
    seen = (store.read(errand.kind, key) or b"").decode("utf-8", "replace").partition(" ")
    if warm.same_run(seen[2], run) and 0 <= now - float(seen[0] or 0) < errand.pause_seconds:
        return False
    store.write(errand.kind, key, f"{now!r} {run}".encode())
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
    release = _fs.hold(Path(lock))
    try:
        with contextlib.suppress(DriverEnvError):
            yield release is not None
    finally:
        if release is not None:
            release()
