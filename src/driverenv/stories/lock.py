"""The story of a lock: requirements in, pins out, nothing installed."""

from __future__ import annotations

import time
from functools import partial
from os import PathLike

from driverenv._http import Transport
from driverenv.events import Listener, Locked, ignore
from driverenv.model.launch import Request
from driverenv.model.lock import Lock
from driverenv.model.requirement import Requirements
from driverenv.model.resolution import Pin
from driverenv.stories import failure, looking, making, reading, shared_locks
from driverenv.stories.journal import Journal
from driverenv.stories.pinning import locked
from driverenv.stories.resolving import Outcome, traced
from driverenv.stories.site import Site, open_site
from driverenv.stories.workshop import Workshop, open_workshop


def lock(
    request: Request,
    *,
    on_event: Listener | None = None,
    transport: Transport | None = None,
    save_facts: str | PathLike[str] | None = None,
    share: bool = False,
) -> Lock:
    """Resolve the requirements of `request` under its policy; nothing is installed.

    Raises what `prepare` raises, and `FactsInvalid` where `save_facts` cannot be written: a path for all
    that the resolution depends on, also where it fails. `transport` stands in for the network in tests. `share`:
    the lock also goes to the site's fleet store; where that cannot be, a warning says why.
    """
    hear, begun = on_event or ignore, time.monotonic()
    with failure.told(hear) as diary:
        site = open_site(request)
        with failure.kept(site, save_facts=save_facts) as journal:
            diary.append(journal)
            found = _lock(site, hear, transport, journal, share=share)
        hear(Locked(len(found.pins), time.monotonic() - begun, journal.stages, journal.traffic))
        return found


def _lock(
    site: Site, on_event: Listener, transport: Transport | None, journal: Journal, *, share: bool
) -> Lock:
    with open_workshop(site, on_event, transport=transport, journal=journal) as workshop:
        wanted = reading.read(workshop).requirements
        outcome, pins, digests = looking.looking_twice(workshop, partial(_chosen, wanted))
        found = Lock(
            pins=tuple(locked(pin, outcome, digests) for pin in pins),
            python=workshop.interpreter.target.python_full_version,
            requirements_path=site.driver,
        )
        if share:
            shared_locks.give(workshop, wanted, found)
        return found


def _chosen(wanted: Requirements, workshop: Workshop) -> tuple[Outcome, tuple[Pin, ...], dict[str, str]]:
    with workshop.timing("resolve"):
        outcome = making.resolve_for(workshop, wanted)
    pins = making.resolved(workshop, outcome).pins
    return outcome, pins, _missing_digests(workshop, outcome, pins)


def _missing_digests(workshop: Workshop, outcome: Outcome, pins: tuple[Pin, ...]) -> dict[str, str]:
    """Folders and old servers give no sha256: those files are read, so that the lock has one for each."""
    candidates = [pin.candidate for pin in pins if pin.candidate.file.digest("sha256") is None]
    with traced(outcome.demands, outcome.facts, outcome.rules), workshop.timing("fetch"):
        found = making.fetched(workshop, candidates, outcome.rules.hashes)
    workshop.fetched(found)
    return dict(found)
