"""From what was chosen to the pins of a lock, and what lies beside every environment: receipt, lock, log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from driverenv.errors import IntegrityError
from driverenv.model.lock import Lock, LockedPin
from driverenv.model.plan import Plan
from driverenv.model.resolution import Dependencies, Pin, Resolution
from driverenv.policy import corrections
from driverenv.records import pylock
from driverenv.stories import receipt
from driverenv.stories.failure import LOG
from driverenv.stories.receipt import Brought, requested_by
from driverenv.stories.resolving import Outcome
from driverenv.stories.workshop import Workshop


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
        direct=candidate.direct,
    )


def documents(
    workshop: Workshop,
    outcome: Outcome,
    told: Mapping[str, Any],
    drawn: Plan,
    brought: Mapping[str, Brought],
) -> dict[str, bytes]:
    """What lies beside an environment, by name: receipt, lock and log; those of a build's are part of the driver's.

    `told` is its provenance, `brought` has its files by `Candidate.key`.
    """
    found = {"receipt.json": receipt.write(workshop, outcome, told, drawn, brought)}
    if workshop.building:
        return found
    digests = {key: one.sha256 for key, one in brought.items()}
    found |= _lock(workshop, outcome, told, key=drawn.key, digests=digests)
    end = f"the environment {drawn.key} was made after {workshop.journal.seconds:.3f} s"
    found[f"{LOG}{drawn.name}.log"] = workshop.journal.log(end)
    return found


def _lock(
    workshop: Workshop, outcome: Outcome, told: Mapping[str, Any], *, key: str, digests: Mapping[str, str]
) -> dict[str, bytes]:
    """The lock of an environment, by its name; `digests` by `Candidate.key`.

    Nothing where it cannot be written down, such as with paths that are no text.
    """
    assert isinstance(outcome.result, Resolution)  # noqa: S101 (an environment is made of one)
    asked = {row["name"]: tuple(row["requested_by"]) for row in told["distributions"]}
    pins = tuple(
        replace(locked(pin, outcome, digests), requested_by=asked[pin.candidate.project])
        for pin in outcome.result.pins
    )
    version = workshop.interpreter.target.python_full_version
    about = {"driver": workshop.site.name, "environment": key, "python": version}
    folder = Path(workshop.site.home, "environments", key)
    try:
        text = pylock.render(
            Lock(pins, version, requirements_path=workshop.site.driver), folder=folder, about=about
        )
        return {pylock.NAME: text.encode()}
    except (IntegrityError, ValueError) as error:
        workshop.journal.note(f"there is no {pylock.NAME}: {error}")
        return {}
