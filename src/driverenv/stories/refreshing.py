"""A launch is served at once although the validity of its environment is over: the indexes are asked beside it.

The asking is done by a process of low priority that goes on when this one has ended; one for each request, however many
launches come. What it finds is there for the launches that follow; what it fails with is in its receipt, as ever.
"""

from __future__ import annotations

import contextlib
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path

from driverenv import _fs, boot, environment, lease, policy, warm
from driverenv.errors import DriverEnvError, HomeUnusable, foreign
from driverenv.events import Listener, Warned
from driverenv.model.launch import Environment, Request, held
from driverenv.store import Store
from driverenv.stories import outage
from driverenv.stories.outage import LastAnswer
from driverenv.stories.site import Site

KIND = "refresh"
PAUSE_SECONDS = 60.0
"""So long after it was begun nobody begins another one for the same request: it may have failed at once."""
_PROGRAM = """
import os, pickle, sys
if hasattr(os, "nice"):
    os.nice(10)
sys.path[:] = sys.argv[1:]
from driverenv.stories.prepare import prepare
from driverenv.stories.refreshing import alone
request, lock = pickle.load(sys.stdin.buffer)
with alone(lock) as is_mine:
    if is_mine:
        prepare(request)
"""


def instead(site: Site, ask_key: str, request: Request, on_event: Listener) -> Environment | None:
    """The environment of the last answer to this very request, while the indexes are asked in the background.

    None where there is none that is whole and may be used: then the launch has to wait for the indexes.
    Tells `Warned` (`REFRESHING`).
    """
    last = outage.last_answer(site, ask_key) if sys.executable else None
    if last is None or not _may_go_on(site, last):
        return None
    at, run = Path(last.environment.prefix), boot.identity(last.now)
    if environment.check(at) or environment.in_doubt(at, run) or not warm.intact(site.home, str(at)):
        return None
    if not held(last.environment, lease.hold(lease.path_of(str(at)))):
        return None
    try:
        begun = _begin(site, ask_key, request)
    except (OSError, HomeUnusable):  # nobody can be asked in the background: then it is done here
        return None
    state = "now" if begun else "already"
    text = (
        f"the answers that {foreign(site.name)} was made of are valid no more; it is launched with them once more, "
        f"and the indexes are being asked {state}, in the background"
    )
    on_event(Warned("REFRESHING", text))
    return last.environment


def _may_go_on(site: Site, last: LastAnswer) -> bool:
    """Not for ever, and not across the end of an exception."""
    ended = any(last.checked < policy.ends(one) <= last.now for one in site.policy.exceptions)
    return not ended and last.checked <= last.now <= last.until + site.policy.max_stale_minutes * 60.0


def _begin(site: Site, ask_key: str, request: Request) -> bool:
    """Whether the asking was begun just now; not where it is under way, or was begun a moment ago."""
    store = Store(Path(site.home))
    lock = _lock(site.home, ask_key)
    lock.parent.mkdir(parents=True, exist_ok=True)
    release = _fs.hold(lock)
    if release is None:
        return False
    try:
        now, run = boot.uptime(), boot.identity(0.0)
        seen = (store.read(KIND, ask_key) or b"").decode("utf-8", "replace").partition(" ")
        if warm.same_run(seen[2], run) and 0 <= now - float(seen[0] or 0) < PAUSE_SECONDS:
            return False
        store.write(KIND, ask_key, f"{now!r} {run}".encode())
    finally:
        release()
    definite = request.replace(
        driver=site.driver,
        policy=site.policy,
        home=site.home,
        python=site.python or None,
        default_python=site.default_python or None,
        name=site.name,
        refresh=False,
        instances="shared",
    )
    command = [sys.executable, "-c", _PROGRAM, *sys.path]
    environment.on_its_own(command, cwd=Path(site.home), data=pickle.dumps((definite, str(lock))))
    return True


def _lock(home: str, ask_key: str) -> Path:
    return Path(home, "locks", KIND, ask_key[:2], ask_key)


@contextlib.contextmanager
def alone(lock: str) -> Iterator[bool]:
    """Whether no other process is asking for the same request; what it ends with is told by its receipt alone."""
    release = _fs.hold(Path(lock))
    try:
        with contextlib.suppress(DriverEnvError):
            yield release is not None
    finally:
        if release is not None:
            release()
