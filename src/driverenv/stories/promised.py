"""A launch that is held to a lock: the driver's own requirements must come to just that, or it fails."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from driverenv import _fs, environment, requirements, warm
from driverenv.errors import DriverEnvError, LockMismatch, foreign
from driverenv.generations import Drivers
from driverenv.model.lock import Promise
from driverenv.model.requirement import Requirements
from driverenv.records import pylock
from driverenv.requirements.embedded import Malformed
from driverenv.resolve import promised
from driverenv.stories import making, shared_locks
from driverenv.stories.making import Made
from driverenv.stories.resolving import terms
from driverenv.stories.workshop import Workshop


class Kept(NamedTuple):
    """What was made, and the files of locks that this depended on as they were then."""

    made: Made
    prints: dict[str, str]
    """Fingerprints by absolute path."""


class Bound(NamedTuple):
    """A bench that is held to the lock of its driver, and what the driver wants, held to it as well."""

    workshop: Workshop
    requirements: Requirements
    prints: dict[str, str]
    """Fingerprints of the files of locks that this depends on, by absolute path."""


def make(workshop: Workshop, wanted: Requirements, *, name: str) -> Kept:
    """The environment for `wanted` as the lock of the driver has it; see `making.make`.

    Raises `LockMismatch`, and what `making.make` raises where the lock is not to blame.
    """
    with bound(workshop, wanted) as one:
        return Kept(making.make(one.workshop, one.requirements, name=name), one.prints)


@contextlib.contextmanager
def bound(workshop: Workshop, wanted: Requirements) -> Iterator[Bound]:
    """What is held to the lock of the driver; errors within that the lock is to blame for are `LockMismatch`."""
    places = list(_places(workshop))
    prints = {str(path): warm.fingerprint(str(path)) for path in places}
    promise = _promise(workshop, places, wanted)
    workshop.journal.note(f"lock          {promise.path}")
    target = workshop.interpreter.target
    own = replace(workshop, promise=promise)
    try:
        by = terms(wanted, target, workshop.policy)
        promised.check_requirements(by.demands, promise, target, by.rules.overrides)
        yield Bound(own, promised.bound(wanted, promise), prints)
    except LockMismatch:
        raise
    except DriverEnvError as error:
        found = promised.translated(error, promise)
        if found is error:
            raise
        raise found from error


def _places(workshop: Workshop) -> Iterator[Path]:
    """Where the lock may be, the first one that is there counts: beside the driver's own files, then below home.

    Between the two comes what the servers of the site share.
    """
    site, driver = workshop.site, workshop.driver
    folder = driver.path if driver.path.is_dir() else driver.path.parent
    yield Path(os.path.abspath(folder)) / pylock.NAME
    found = Drivers(site.home).find(environment.readable_name(site.name), site.driver)
    latest = None if found is None else found.lineage.latest(site.variant_key)
    if found is not None and latest is not None:
        yield Path(site.home, "environments", latest.key) / pylock.NAME
        yield found.folder / pylock.NAME


def _promise(workshop: Workshop, places: list[Path], wanted: Requirements) -> Promise:
    beside, *below = places
    found = _written(workshop, beside)
    if found is not None:
        return found
    shared = shared_locks.find(workshop, wanted)
    if shared is not None:
        return _read(workshop, shared.text, shared.place)
    for path in below:
        found = _written(workshop, path)
        if found is not None and found.environment == below[0].parent.name:
            return found
    raise _missing(workshop, places)


def _written(workshop: Workshop, path: Path) -> Promise | None:
    try:
        text = _fs.read(path).decode()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _invalid(str(path), str(error)) from error
    return _read(workshop, text, str(path))


def _read(workshop: Workshop, text: str, place: str) -> Promise:
    try:
        return requirements.promise(text, place, workshop.interpreter.target)
    except Malformed as error:
        where = f"line {error.line}: " if error.line else ""
        raise _invalid(place, f"{where}{error.detail}") from error


def _missing(workshop: Workshop, places: list[Path]) -> LockMismatch:
    driver = foreign(workshop.site.driver)
    looked_for = list(map(str, places))
    if workshop.depot is not None:
        looked_for.insert(1, shared_locks.place(workshop))
    return LockMismatch(
        f"there is no lock of {foreign(workshop.site.name)} that a launch could be held to",
        code="LOCK_MISSING",
        facts=tuple(("looked for", foreign(path, limit=1000)) for path in looked_for),
        remedies=(
            "launch it once without --locked: that leaves a lock for this Python",
            f'or write one: driverenv lock "{driver}" -o "{foreign(places[0], limit=1000)}"',
        ),
        data={"driver": workshop.site.driver, "looked_for": looked_for},
    )


def _invalid(path: str, why: str) -> LockMismatch:
    return LockMismatch(
        "the lock cannot be read",
        code="LOCK_INVALID",
        facts=(("lock", foreign(path, limit=1000)), ("because", foreign(why, limit=1000))),
        remedies=("write it anew: driverenv lock DRIVER -o pylock.toml, or remove it",),
        data={"lock": path},
    )
