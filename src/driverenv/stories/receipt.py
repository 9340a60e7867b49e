"""The receipt of an environment: what is in it, from where, who asked for it, and under which policy.

JSON beside the prefix. No secrets: locations are shown without user and password.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from driverenv import __version__
from driverenv._http import redacted
from driverenv.model.answers import Absent, NowhereFound
from driverenv.model.plan import Plan
from driverenv.model.resolution import Available, Candidate, Demand, Pin, Resolution
from driverenv.model.site import Index, Policy
from driverenv.policy import corrections, route
from driverenv.store.manifest import StoredWheel
from driverenv.stories.resolving import Outcome
from driverenv.stories.workshop import Workshop

SCHEMA = "driverenv-receipt 1"


class Brought(NamedTuple):
    """A file that was fetched, and the wheel that it is or became."""

    sha256: str
    """Of the file that the index has."""
    wheel: StoredWheel


def provenance(workshop: Workshop, resolution: Resolution, brought: Mapping[str, Brought]) -> dict[str, Any]:
    """What is in an environment, from where, who asked for it, and under which policy.

    Part of the environment's identity: whoever gets an environment gets one whose receipt is true of
    what was asked. Paths of the driver are left out, since drivers are unpacked somewhere else each time.
    """
    return {
        "policy": _policy(workshop.site.policy, workshop.policy),
        "distributions": [
            _distribution(workshop, pin, brought[pin.candidate.key]) for pin in resolution.pins
        ],
    }


def identity(told: Mapping[str, Any]) -> str:
    """`provenance` as text, the same for the same content."""
    return json.dumps(told, sort_keys=True)


def write(workshop: Workshop, outcome: Outcome, told: Mapping[str, Any], plan: Plan) -> bytes:
    """The receipt as UTF-8 JSON; `told` is the environment's `provenance`."""
    data = {
        "schema": SCHEMA,
        "driverenv": __version__,
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "name": plan.name,
        "key": plan.key,
        "python": {
            "executable": workshop.interpreter.executable,
            "version": workshop.interpreter.target.python_full_version,
        },
        **told,
        "answers": _answers(outcome),
        "warnings": [note.text for note in plan.notes],
    }
    return json.dumps(data, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def requested_by(demand: Demand) -> str:
    """Who asks, and for what: "requirements.txt line 2: six>=1.16", or "requests 2.32.3: urllib3<3"."""
    if demand.parent is not None:
        return f"{demand.parent}: {demand.requirement}"
    return str(demand.source)


def _index(index: Index, *, public: bool) -> dict[str, Any]:
    data = {"name": index.name, "location": index.location, "public": public}
    return data if index.verify else {**data, "verify": False}


def _policy(site: Policy, policy: Policy) -> dict[str, Any]:
    """What the site decides; `policy` is what holds today, but the cool-down is told as the site wrote it."""
    plain = ("mode", "prereleases", "builds", "sharing")
    data = {
        **{name: getattr(policy, name) for name in plain},
        "local": [_index(index, public=False) for index in policy.local],
        "public": None if policy.public is None else _index(policy.public, public=True),
    }
    if policy.extra:
        data["extra"] = [_index(index, public=False) for index in policy.extra]
    if policy.exceptions:
        data["exceptions"] = [
            {name: getattr(one, name) for name in one.__slots__} for one in policy.exceptions
        ]
    if site.exclude_newer is not None:
        data["exclude_newer"] = site.exclude_newer
    return data


def _distribution(workshop: Workshop, pin: Pin, brought: Brought) -> dict[str, Any]:
    candidate, wheel = pin.candidate, brought.wheel
    folder = workshop.site.folder
    data = {
        "name": candidate.project,
        "version": wheel.version,
        "index": _index(candidate.index, public=candidate.public),
        "rule": _rule(workshop.policy, candidate),
        "file": candidate.file.filename,
        "url": candidate.file.url if candidate.index.is_folder else redacted(candidate.file.url),
        "sha256": brought.sha256,
        "wheel_sha256": wheel.sha256,
        "built": not candidate.is_wheel,
        "requested_by": [requested_by(_within(folder, demand)) for demand in pin.demands],
    }
    corrected = corrections.of(
        corrections.read(workshop.policy.corrections), candidate.project, candidate.version
    )
    if corrected is not None:
        data["corrected"] = corrections.shown(corrected)
    if wheel.notes:
        data["notes"] = list(wheel.notes)
    return data


def _rule(policy: Policy, candidate: Candidate) -> str:
    """The rule of the policy by which its index serves it."""
    way = route(policy, candidate.project)
    served = (candidate.index, candidate.public)
    return next((ask.rule for ask in way.asks if (ask.index, ask.public) == served), "")


def _within(folder: str, demand: Demand) -> Demand:
    """The demand with its file named relative to the driver's folder, where it lies in there."""
    source = demand.source
    if source is None or not source.file.startswith(folder + os.sep):
        return demand
    return demand._replace(source=source._replace(file=os.path.relpath(source.file, folder)))


def _answers(outcome: Outcome) -> list[dict[str, Any]]:
    """What the indexes answered about every project that was asked for, in order of names."""
    rows = []
    for project, listing in sorted(outcome.facts.listings.items()):
        row: dict[str, Any] = {"project": project}
        if isinstance(listing, Available):
            row |= {"found": listing.listing.index.name, "page": listing.listing.page_url}
            row |= {"absent": [_absent(absent) for absent in listing.listing.before]}
        elif isinstance(listing, NowhereFound):
            row |= {"absent": [_absent(absent) for absent in listing.absents]}
        rows.append(row)
    return rows


def _absent(absent: Absent) -> dict[str, str]:
    return {"index": absent.index.name, "proof": absent.proof}
