"""Many launches of one driver at once: one does the work, and those that waited for it get its result, or its error.

A result is found by the warm record. An error is left in the store for those who came before it was known: the hundred
launches that stood at the lock need not each ask a dead index for themselves, one after the other.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping

from driverenv import boot, facts, warm
from driverenv.errors import DriverEnvError, HomeUnusable
from driverenv.facts.codec import Malformed
from driverenv.stories.workshop import Workshop

KIND = "errors"


class Queue:
    """A launch among others of the same request; made before it waits for its turn."""

    def __init__(self, ask_key: str) -> None:
        self._ask = ask_key
        self._since = boot.uptime()

    @contextlib.contextmanager
    def answering(self, workshop: Workshop, prints: Mapping[str, str]) -> Iterator[None]:
        """The work that others wait for, done in the `with`; `prints` are those of the files that were read, by path.

        Raises the error of whoever did the same work while this launch waited for it. An error that leaves the `with` is
        left for those who wait now.
        """
        theirs = self._theirs(workshop, prints)
        if theirs is not None:
            raise theirs
        try:
            yield
        except HomeUnusable:
            raise
        except DriverEnvError as error:
            self._leave(workshop, prints, error)
            raise

    def _theirs(self, workshop: Workshop, prints: Mapping[str, str]) -> DriverEnvError | None:
        raw = workshop.store.read(KIND, self._ask)
        if raw is None:
            return None
        try:
            left = json.loads(raw)
            same_run = warm.same_run(left["boot"], workshop.store.boot)
            if not same_run or left["ended"] < self._since or left["prints"] != dict(prints):
                return None
            return facts.error_of(left["error"], "error")
        except (ValueError, KeyError, TypeError, Malformed):
            return None

    def _leave(self, workshop: Workshop, prints: Mapping[str, str], error: DriverEnvError) -> None:
        left = {
            "boot": workshop.store.boot,
            "ended": boot.uptime(),
            "prints": dict(prints),
            "error": facts.error_data(error),
        }
        with contextlib.suppress(
            HomeUnusable, TypeError, ValueError
        ):  # the error itself is the one to be told
            workshop.store.write(KIND, self._ask, json.dumps(left).encode("utf-8", "backslashreplace"))


@contextlib.contextmanager
def queued(workshop: Workshop, ask_key: str) -> Iterator[Queue]:
    """The turn of this launch: no other of the same request does anything in the `with`.

    Raises `HomeUnusable` (`HOME_BUSY`) where another does not come to its end.
    """
    queue = Queue(ask_key)
    with contextlib.ExitStack() as held:
        with workshop.timing("wait"):
            held.enter_context(workshop.store.lock("ask", ask_key))
        yield queue
