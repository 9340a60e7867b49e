"""The bench of one launch: store, transport, interpreter, and one snapshot of what the indexes say."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from driverenv import _http, boot, index
from driverenv import driver as drivers
from driverenv import interpreter as interpreters
from driverenv import policy as policy_room
from driverenv.candidates import Sieve
from driverenv.driver import Driver
from driverenv.errors import InterpreterNotFound, SettingsInvalid, foreign
from driverenv.events import Event, Listener, Warned
from driverenv.examine import suitability
from driverenv.model.lock import Promise
from driverenv.model.requirement import Interpreter, Requirements, Target
from driverenv.model.resolution import Facts
from driverenv.model.site import Index, Policy
from driverenv.policy import pythons
from driverenv.policy.terms import EXCLUDE_NEWER
from driverenv.store import Store, StoredWheel
from driverenv.store.board import Board
from driverenv.store.damage import Damaged
from driverenv.store.names import Names
from driverenv.stories.journal import Journal, iso
from driverenv.stories.site import Site, base_executable

if TYPE_CHECKING:
    from driverenv.depot import Depot

Aim = Callable[[Callable[[], Interpreter]], Interpreter]
"""Given a function that finds the interpreter of the launch: the one that is resolved for, which may be elsewhere."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """Everything that the steps of one launch share; safe to use from many threads."""

    site: Site
    policy: Policy
    """The site's policy as it holds now: without ended exceptions, its cool-down as an instant."""
    driver: Driver
    """What was handed over, opened."""
    store: Store
    interpreter: Interpreter
    transport: _http.Transport
    asker: index.Asker
    on_event: Listener
    names: Names
    """Which names the indexes had, across launches."""
    journal: Journal
    sharing: _http.Sharing = field(default_factory=_http.Sharing)
    """What is shared with the other launches of this machine."""
    sieves: dict[Hashable, Sieve] | None = None
    """Sieves of other resolves that go by the same snapshot, by their keys; None: there are none."""
    bundled: dict[str, str] = field(default_factory=dict)
    """Where the wheels lie that the driver brings itself, by their sha256."""
    promise: Promise | None = None
    """The lock that this launch is held to."""
    depot: Depot | None = None
    """What other servers of the site built."""
    building: tuple[str, ...] = ()
    """The sdists being built around us, outermost first: a build that needs itself is a cycle."""

    def learned(self, requirements: Requirements, facts: Facts) -> None:
        """Note down what is known by now; what a build learns for itself is not part of the driver's facts."""
        if not self.building:
            self.journal.learned(self.policy, requirements, facts)

    def fetched(self, digests: Mapping[str, str]) -> None:
        """Note down digests of files, by `Candidate.key`."""
        if not self.building:
            self.journal.fetched(digests)

    def timing(self, stage: str) -> contextlib.AbstractContextManager[None]:
        """Count the time in the `with` to `stage`; inside a build the stage that wanted it goes on."""
        return contextlib.nullcontext() if self.building else self.journal.timing(stage)

    def within(self, sdist: str) -> Workshop:
        """The same bench, inside the build of `sdist`."""
        return replace(self, building=(*self.building, sdist), promise=None)

    def metadata(self, wheel: StoredWheel) -> bytes:
        """The METADATA of a wheel in the store, which is mended where it is damaged. Raises `IntegrityError`."""
        try:
            return self.store.metadata(wheel)
        except Damaged as damage:
            self.store.mend(damage, self.on_event)
            return self.store.metadata(wheel)

    def renewed(self) -> Workshop:
        """The same bench, with a new snapshot of the indexes."""
        self.sharing.renew()
        asker = index.Asker(self.policy, transport=self.transport, memory=self.names, crew=self.asker.crew)
        return replace(self, asker=asker)


@contextlib.contextmanager
def open_workshop(
    site: Site,
    on_event: Listener,
    *,
    transport: _http.Transport | None = None,
    journal: Journal | None = None,
    refresh: bool = False,
    aim: Aim | None = None,
) -> Iterator[Workshop]:
    """Open what a launch needs; `transport` stands in for the network in tests, `journal` is its diary.

    With `refresh` public pages are asked for anew, however fresh. `aim` decides what is resolved for, where
    that is not just the interpreter of the launch.

    Raises `InterpreterNotFound`, `HomeUnusable`, and `SettingsInvalid` where the policy's `exclude_newer`
    says nothing.
    """
    policy, ended = _effective(site.policy, time.time())
    if policy.network_home == "refuse":
        suitability.check(site.home)
    store = Store(Path(site.home), boot=boot.identity(time.time()))
    journal = journal or Journal(site)
    on_event = _once(journal.hearing(on_event))
    with contextlib.ExitStack() as opened:
        opened.callback(store.close)
        store.settle()
        driver = opened.enter_context(drivers.opened(Path(site.driver), scratch=scratch(site.home)))
        here = partial(_interpreter, site, driver, store, on_event)
        facts = here() if aim is None else aim(here)
        journal.aims_at(facts)
        policy = _seeded(policy, facts.target)
        board = opened.enter_context(contextlib.closing(Board(store, now=time.time())))
        sharing = _http.Sharing(board, now=time.time(), refresh=refresh)
        if transport is None:
            transport = opened.enter_context(_open_transport(policy, sharing, journal))
        depot = _depot(policy, transport, on_event, journal)
        names = Names(Path(site.home), time.time())
        crew = opened.enter_context(contextlib.closing(index.Crew(_hands(policy))))
        asker = index.Asker(policy, transport=transport, memory=names, crew=crew)
        for warning in ended:
            on_event(warning)
        yield Workshop(
            site,
            policy,
            driver,
            store,
            facts,
            transport,
            asker,
            on_event,
            names,
            journal,
            sharing,
            depot=depot,
        )


def _hands(policy: Policy) -> int:
    """How many threads ask the indexes."""
    if policy.public is not None and not policy.offline:
        return index.THREADS
    return min(index.THREADS, index.EACH * max(1, len(policy.local) + len(policy.extra)))


def _open_transport(
    policy: Policy, sharing: _http.Sharing, journal: Journal
) -> contextlib.AbstractContextManager[_http.HttpTransport]:
    return _http.open_transport(
        policy,
        proxies=dict(policy.proxies),
        credentials=_credentials,
        sharing=sharing,
        on_request=journal.requesting,
    )


def _depot(policy: Policy, transport: _http.Transport, on_event: Listener, journal: Journal) -> Depot | None:
    if policy.fleet is None or not isinstance(transport, _http.HttpTransport):
        return None  # what stands in for the network takes nothing anywhere
    from driverenv.depot import Depot  # noqa: PLC0415 (where servers share what they built)

    told = {"host": socket.gethostname(), "when": iso(journal.when)}
    return Depot(policy.fleet, transport, on_event, offline=policy.offline, **told)


def scratch(home: str) -> Path:
    """Where drivers that come in a zip are extracted for one launch, below the home folder."""
    return Path(home) / "launches"


def _interpreter(site: Site, driver: Driver, store: Store, on_event: Listener) -> Interpreter:
    """The interpreter that was asked for, else the one that the driver means; a Python that nobody named is told."""
    declared = driver.metadata.python if driver.metadata is not None and not site.python else None
    told = pythons.meant(declared, dict(site.policy.pythons), site.python or site.default_python)
    try:
        executable = interpreters.find(
            told.wanted or None, default=Path(base_executable()), environ=os.environ, store=store
        )
    except InterpreterNotFound as error:
        if not told.because:
            raise
        raise InterpreterNotFound(
            error.summary,
            code=error.code,
            facts=(("because", foreign(told.because)), *error.facts),
            remedies=(*error.remedies, told.remedy),
            data={**error.data, "because": told.because},
        ) from error
    if declared == "" and pythons.UNDECLARED not in dict(site.policy.pythons):
        text = f"{foreign(driver.shown)}: {foreign(told.because)}; {told.remedy}"
        on_event(Warned("PYTHON_UNDECLARED", text))
    return interpreters.inspect(executable, store=store)


def _seeded(policy: Policy, target: Target) -> Policy:
    """The policy with what every driver on this Python has besides its own."""
    version = target.python_full_version.split(".")
    seeds = [needed for one, needed in policy.seeds if one.split(".") == version[: one.count(".") + 1]]
    more = tuple(one for needed in seeds for one in needed)
    return policy.replace(baseline=(*policy.baseline, *more)) if more else policy


def _credentials(asked: Index) -> tuple[str, str] | None:
    from driverenv.settings.credentials import find  # noqa: PLC0415 (for passwords that are kept elsewhere)

    return find(asked, environ=os.environ)


def _effective(raw: Policy, now: float) -> tuple[Policy, tuple[Warned, ...]]:
    ended = tuple(
        Warned("EXCEPTION_ENDED", f"the exception ended on {one.until} and has no effect any more: {one}")
        for one in policy_room.over(raw, now)
    )
    try:
        return policy_room.settled(raw, now), ended
    except ValueError as error:
        raise SettingsInvalid(
            f"exclude_newer is {foreign(repr(raw.exclude_newer))}, which is no instant and no duration",
            facts=(("allowed", EXCLUDE_NEWER),),
            remedies=("correct exclude_newer in the policy",),
            data={"key": "exclude_newer", "allowed": EXCLUDE_NEWER},
        ) from error


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
