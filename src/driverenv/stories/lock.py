"""The story of a lock: requirements in, pins out, nothing installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from os import PathLike

from driverenv._http import Transport
from driverenv.events import Listener, ignore
from driverenv.model.launch import Request
from driverenv.model.requirement import Requirements
from driverenv.model.resolution import Dependencies, Pin
from driverenv.policy import corrections
from driverenv.stories import failure, making, reading
from driverenv.stories.receipt import requested_by
from driverenv.stories.resolving import Outcome, traced
from driverenv.stories.site import open_site
from driverenv.stories.workshop import Workshop, open_workshop


@dataclass(frozen=True, slots=True)
class LockedPin:
    """One project of a lock: version, file, where it comes from and who asked for it."""

    name: str
    version: str
    index: str
    """The index's name."""
    location: str
    """The index's location, without credentials."""
    public: bool
    filename: str
    url: str
    """An absolute path where the index is a folder; else without a query, which may hold a token."""
    hashes: tuple[tuple[str, str], ...]
    """Pairs of algorithm and digest; always one of sha256."""
    size: int | None
    is_wheel: bool
    requires_python: str | None
    extras: tuple[str, ...]
    requested_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lock:
    """What a driver would get, for one Python on this platform."""

    pins: tuple[LockedPin, ...]
    """Sorted by name."""
    python: str
    """The target's full version."""
    requirements_path: str


def lock(
    request: Request,
    *,
    on_event: Listener | None = None,
    transport: Transport | None = None,
    save_facts: str | PathLike[str] | None = None,
) -> Lock:
    """Resolve the requirements of `request` under its policy; nothing is installed.

    Raises what `prepare` raises, and `FactsInvalid` where `save_facts` cannot be written: a path for all
    that the resolution depends on, also where it fails. `transport` stands in for the network in tests.
    """
    site = open_site(request)
    with (
        failure.kept(site, save_facts=save_facts) as journal,
        open_workshop(site, on_event or ignore, transport=transport, journal=journal) as workshop,
    ):
        wanted = reading.read(workshop).requirements
        outcome, pins, digests = making.looking_twice(workshop, partial(_chosen, wanted))
        return Lock(
            pins=tuple(locked(pin, outcome, digests) for pin in pins),
            python=workshop.interpreter.target.python_full_version,
            requirements_path=site.driver,
        )


def _chosen(wanted: Requirements, workshop: Workshop) -> tuple[Outcome, tuple[Pin, ...], dict[str, str]]:
    outcome = making.resolve_for(workshop, wanted)
    pins = making.resolved(workshop, outcome).pins
    return outcome, pins, _missing_digests(workshop, outcome, pins)


def _missing_digests(workshop: Workshop, outcome: Outcome, pins: tuple[Pin, ...]) -> dict[str, str]:
    """Folders and old servers give no sha256: those files are read, so that the lock has one for each."""
    candidates = [pin.candidate for pin in pins if pin.candidate.file.digest("sha256") is None]
    with traced(outcome.demands, outcome.facts, outcome.rules):
        found = making.fetched(workshop, candidates, outcome.rules.hashes)
    workshop.fetched(found)
    return dict(found)


def locked(pin: Pin, outcome: Outcome, digests: Mapping[str, str]) -> LockedPin:
    """The pin as a lock has it; `digests` by `Candidate.key` are those of files whose index gives none."""
    candidate = pin.candidate
    own = digests.get(candidate.key) if candidate.file.digest("sha256") is None else None
    known = outcome.facts.dependencies.get(candidate.key)
    told = known.requires_python if isinstance(known, Dependencies) else None
    python = candidate.file.requires_python or told
    corrected = corrections.of(outcome.rules.corrections, candidate.project, candidate.version)
    if corrected is not None and corrected.requires_python is not None:
        python = corrected.requires_python or None
    return LockedPin(
        name=candidate.project,
        version=str(candidate.version),
        index=candidate.index.name,
        location=candidate.index.location,
        public=candidate.public,
        filename=candidate.file.filename,
        url=candidate.file.url if candidate.index.is_folder else candidate.file.url.partition("?")[0],
        hashes=candidate.file.hashes if own is None else (*candidate.file.hashes, ("sha256", own)),
        size=candidate.file.size,
        is_wheel=candidate.is_wheel,
        requires_python=python,
        extras=tuple(pin.extras),
        requested_by=tuple(requested_by(demand) for demand in pin.demands),
    )
