"""From a resolution straight to the environment that was made of the very same one, while that is whole.

What lies between, the files in the store, what their metadata says, where they came from, follows from what
the print of a resolution covers, as long as each file is a wheel whose digest the index gives. So it is not gone
through again: the environment itself is looked at instead, every file of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from driverenv import __version__, environment, fetch, warm
from driverenv.model.launch import Environment
from driverenv.model.resolution import Resolution
from driverenv.store.manifest import StoredWheel
from driverenv.stories import editing, receipt
from driverenv.stories.resolving import Outcome
from driverenv.stories.workshop import Workshop

KIND = "trodden"


class Found(NamedTuple):
    """An environment that is there, whole and held."""

    environment: Environment
    roots: tuple[Path, ...]
    """Where its wheels were in the store."""


def find(workshop: Workshop, outcome: Outcome, resolution: Resolution, *, name: str) -> Found | None:
    """The environment that was made for the same resolution under the same name; None where it is to be made.

    Raises `HomeUnusable`.
    """
    way = _way(workshop, outcome, resolution, name)
    raw = workshop.store.read(KIND, way) if way else None
    if raw is None:
        return None
    key = raw.decode()
    at = Path(workshop.site.home) / "environments" / key / name
    found = environment.describe(at, workshop.interpreter)
    if environment.take(found, workshop.store, workshop.on_event):
        return None  # who makes it anew tells why
    digests = {one.candidate.key: str(one.candidate.file.digest("sha256")) for one in resolution.pins}
    workshop.fetched(digests)
    past = fetch.Past(workshop.names, workshop.policy.replaced, workshop.on_event)
    past.keep(
        [one.candidate for one in resolution.pins], digests, workshop.store
    )  # somebody may have released a name
    workshop.journal.note(f"{len(digests)} distributions, all as before, in {at}")
    editing.go_on(workshop, at)
    return Found(found, tuple(map(workshop.store.place_of_wheel, digests.values())))


def keep(
    workshop: Workshop,
    outcome: Outcome,
    resolution: Resolution,
    *,
    name: str,
    key: str,
    wheels: Iterable[StoredWheel],
) -> None:
    """Remember that this resolution leads to the environment `key`; not where there is something to tell each time."""
    way = "" if any(one.notes for one in wheels) else _way(workshop, outcome, resolution, name)
    if way and workshop.store.read(KIND, way) != key.encode():
        workshop.store.write(KIND, way, key.encode())


def _way(workshop: Workshop, outcome: Outcome, resolution: Resolution, name: str) -> str:
    """What decides about the environment; "" where it depends on more than what is known before a file is fetched."""
    candidates = [pin.candidate for pin in resolution.pins]
    is_plain = all(one.is_wheel and not one.direct and one.file.digest("sha256") for one in candidates)
    if not (outcome.print and is_plain) or workshop.building or workshop.promise or outcome.rules.exact:
        return ""
    parts = [__version__, outcome.print, name, str(workshop.site.policy.exclude_newer)]
    parts.append(json.dumps(sorted(root.project for root in outcome.requirements.roots)))
    parts += (json.dumps([pin.candidate.key, *receipt.asked_by(workshop, pin)]) for pin in resolution.pins)
    return warm.key(tuple(part.encode("utf-8", "surrogatepass") for part in parts))
