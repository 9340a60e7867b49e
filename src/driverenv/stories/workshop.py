"""The bench of one launch: store, transport, interpreter, and one snapshot of what the indexes say."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from driverenv import _http, index
from driverenv import interpreter as interpreters
from driverenv.events import Event, Listener, Warned
from driverenv.model.requirement import Interpreter
from driverenv.model.site import Policy
from driverenv.store import Store
from driverenv.stories.site import Site, base_executable


@dataclass(frozen=True, slots=True)
class Workshop:
    """Everything that the steps of one launch share; safe to use from many threads."""

    site: Site
    store: Store
    interpreter: Interpreter
    transport: _http.Transport
    asker: index.Asker
    on_event: Listener
    building: tuple[str, ...] = ()
    """The sdists being built around us, outermost first: a build that needs itself is a cycle."""

    @property
    def policy(self) -> Policy:
        """The site's policy."""
        return self.site.policy

    def within(self, sdist: str) -> Workshop:
        """The same bench, inside the build of `sdist`."""
        return replace(self, building=(*self.building, sdist))


@contextlib.contextmanager
def open_workshop(
    site: Site, on_event: Listener, *, transport: _http.Transport | None = None
) -> Iterator[Workshop]:
    """Open what a launch needs; `transport` stands in for the network in tests.

    Raises `InterpreterNotFound` and `HomeUnusable`.
    """
    store = Store(Path(site.home))
    executable = interpreters.find(
        site.python or None, default=Path(base_executable()), environ=os.environ, store=store
    )
    facts = interpreters.inspect(executable, store=store)
    proxies = dict(site.policy.proxies)
    on_event = _once(on_event)
    with contextlib.ExitStack() as opened:
        if transport is None:
            transport = opened.enter_context(_http.open_transport(site.policy, proxies=proxies))
        asker = index.Asker(site.policy, transport=transport)
        yield Workshop(site, store, facts, transport, asker, on_event)


def _once(on_event: Listener) -> Listener:
    """Builds go over the same ground again: each warning is told once a launch."""
    told: set[Warned] = set()
    lock = threading.Lock()

    def tell(event: Event) -> None:
        if isinstance(event, Warned):
            with lock:
                if event in told:
                    return
                told.add(event)
        on_event(event)

    return tell
