"""Many drivers at once: their environments made before anybody launches them, or looked at whether that could be."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from driverenv.errors import DriverEnvError
from driverenv.events import Event, Listener, Ready, Warned, Working
from driverenv.model.launch import Request
from driverenv.stories import foreseeing
from driverenv.stories.fleet import Member
from driverenv.stories.prepare import prepare

READY, MADE, FAILED = "ready", "made", "failed"
MOST_AT_ONCE = 4
"""By default no more than this, and no more than there are processors: each makes use of several."""


@dataclass(frozen=True, slots=True)
class Warmed:
    """What became of one driver."""

    member: Member
    state: str
    """A stable word: "made" (its environment was made), "ready" (it was there), "failed", or one of `foreseeing`."""
    seconds: float
    prefix: str = ""
    """Of its environment; "" where none was made or looked for."""
    distributions: int = 0
    warnings: tuple[Warned, ...] = ()
    error: DriverEnvError | None = None


Look = Callable[[Request, Listener], foreseeing.Foreseen]


def prewarm(
    members: Sequence[Member],
    ask: Callable[[Member], Request],
    *,
    look: Look | None = None,
    verb: str = "preparing",
    jobs: int = 0,
    on_event: Listener,
) -> tuple[Warmed, ...]:
    """What became of each driver, in the order given; one that fails is no hindrance to the others.

    Args:
        members: the drivers.
        ask: gives the request for a driver.
        look: makes no environment, and says what a launch would come to.
        verb: what is done, for who shows the progress.
        jobs: so many at once; 0: as many as fit this machine.
        on_event: told `Working`, one driver after the other.

    Raises whatever is no error of a launch, such as what `on_event` raises.
    """
    lock, begun = threading.Lock(), iter(range(1, len(members) + 1))

    def one(member: Member) -> Warmed:
        with lock:
            on_event(Working(verb, member.name, next(begun), len(members)))
        return _looked(member, ask, look) if look is not None else _made(member, ask)

    at_once = jobs or min(MOST_AT_ONCE, os.cpu_count() or 1)
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="driverenv-prewarm")
    try:
        return tuple(pool.map(one, members))
    finally:
        pool.shutdown(cancel_futures=True)


def _made(member: Member, ask: Callable[[Member], Request]) -> Warmed:
    begun, warnings = time.monotonic(), _Warnings()
    try:
        found = prepare(ask(member), on_event=warnings)
    except DriverEnvError as error:
        return Warmed(member, FAILED, time.monotonic() - begun, warnings=warnings.found, error=error)
    state = READY if warnings.reused else MADE
    return Warmed(member, state, time.monotonic() - begun, prefix=found.prefix, warnings=warnings.found)


def _looked(member: Member, ask: Callable[[Member], Request], look: Look) -> Warmed:
    begun, warnings = time.monotonic(), _Warnings()
    try:
        found = look(ask(member), warnings)
    except DriverEnvError as error:
        return Warmed(member, FAILED, time.monotonic() - begun, warnings=warnings.found, error=error)
    seconds = time.monotonic() - begun
    return Warmed(member, found.state, seconds, distributions=found.distributions, warnings=warnings.found)


class _Warnings:
    """Listens to one launch; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: set[Warned] = set()
        self.reused = False

    def __call__(self, event: Event) -> None:
        with self._lock:
            if isinstance(event, Warned):
                self._found.add(event)
            elif isinstance(event, Ready):
                self.reused = event.reused

    @property
    def found(self) -> tuple[Warned, ...]:
        """What was warned of, in an order of its own: it comes from many threads."""
        return tuple(sorted(self._found, key=lambda one: (one.code, one.text)))
