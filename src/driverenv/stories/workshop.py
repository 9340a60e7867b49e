"""The bench of one launch: store, transport, interpreter, and one snapshot of what the indexes say."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from driverenv import _http, index
from driverenv import driver as drivers
from driverenv import interpreter as interpreters
from driverenv import policy as policy_room
from driverenv.driver import Driver
from driverenv.errors import InterpreterNotFound, SettingsInvalid, foreign
from driverenv.events import Event, Listener, Warned
from driverenv.model.requirement import Interpreter, Requirements, Target
from driverenv.model.resolution import Facts
from driverenv.model.site import Index, Policy
from driverenv.policy import pythons
from driverenv.policy.terms import EXCLUDE_NEWER
from driverenv.store import Store
from driverenv.store.names import Names
from driverenv.stories.failure import Journal
from driverenv.stories.site import Site, base_executable


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

    def within(self, sdist: str) -> Workshop:
        """The same bench, inside the build of `sdist`."""
        return replace(self, building=(*self.building, sdist))

    def renewed(self) -> Workshop:
        """The same bench, with a new snapshot of the indexes."""
        return replace(self, asker=index.Asker(self.policy, transport=self.transport, memory=self.names))


@contextlib.contextmanager
def open_workshop(
    site: Site,
    on_event: Listener,
    *,
    transport: _http.Transport | None = None,
    journal: Journal | None = None,
) -> Iterator[Workshop]:
    """Open what a launch needs; `transport` stands in for the network in tests, `journal` is its diary.

    Raises `InterpreterNotFound`, `HomeUnusable`, and `SettingsInvalid` where the policy's `exclude_newer`
    says nothing.
    """
    policy, ended = _effective(site.policy, time.time())
    store = Store(Path(site.home))
    journal = journal or Journal(site)
    on_event = journal.hearing(_once(on_event))
    with contextlib.ExitStack() as opened:
        driver = opened.enter_context(drivers.opened(Path(site.driver), scratch=scratch(site.home)))
        facts = _interpreter(site, driver, store, on_event)
        journal.aims_at(facts.target)
        policy = _seeded(policy, facts.target)
        proxies = dict(policy.proxies)
        if transport is None:
            opening = _http.open_transport(policy, proxies=proxies, credentials=_credentials)
            transport = opened.enter_context(opening)
        names = Names(Path(site.home), time.time())
        asker = index.Asker(policy, transport=transport, memory=names)
        for warning in ended:
            on_event(warning)
        yield Workshop(site, policy, driver, store, facts, transport, asker, on_event, names, journal)


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
