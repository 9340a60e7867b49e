"""The receipt of an environment: what is in it, from where, who asked for it, and under which policy.

JSON beside the prefix. No secrets: locations are shown without user and password.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from driverenv import __version__
from driverenv.model.answers import Absent, NowhereFound
from driverenv.model.plan import Plan
from driverenv.model.resolution import Available, Demand, Pin, Resolution
from driverenv.model.site import Index, Policy
from driverenv.store.manifest import StoredWheel
from driverenv.stories.resolving import Outcome
from driverenv.stories.workshop import Workshop

SCHEMA = "driverenv-receipt 1"


def write(
    workshop: Workshop,
    outcome: Outcome,
    resolution: Resolution,
    wheels: Mapping[str, StoredWheel],
    plan: Plan,
) -> bytes:
    """The receipt as UTF-8 JSON; `wheels` by `Candidate.key`."""
    data = {
        "schema": SCHEMA,
        "driverenv": __version__,
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "driver": workshop.site.driver,
        "name": plan.name,
        "key": plan.key,
        "python": {
            "executable": workshop.interpreter.executable,
            "version": workshop.interpreter.target.python_full_version,
        },
        "policy": _policy(workshop.policy),
        "requirements": list(outcome.requirements.inputs),
        "distributions": [_distribution(pin, wheels[pin.candidate.key]) for pin in resolution.pins],
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
    return {"name": index.name, "location": index.location, "public": public}


def _policy(policy: Policy) -> dict[str, Any]:
    plain = ("mode", "prereleases", "builds", "sharing", "byte_code", "valid_for_minutes")
    return {
        **{name: getattr(policy, name) for name in plain},
        "local": [_index(index, public=False) for index in policy.local],
        "public": None if policy.public is None else _index(policy.public, public=True),
    }


def _distribution(pin: Pin, wheel: StoredWheel) -> dict[str, Any]:
    candidate = pin.candidate
    data = {
        "name": candidate.project,
        "version": wheel.version,
        "index": _index(candidate.index, public=candidate.public),
        "file": candidate.file.filename,
        "url": candidate.file.url,
        "sha256": candidate.file.digest("sha256") or (wheel.sha256 if candidate.is_wheel else None),
        "wheel_sha256": wheel.sha256,
        "built": not candidate.is_wheel,
        "requested_by": [requested_by(demand) for demand in pin.demands],
    }
    if wheel.notes:
        data["notes"] = list(wheel.notes)
    return data


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
