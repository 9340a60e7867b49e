"""The receipt of an environment: what is in it, from where, who asked for it, and under which policy.

JSON beside the prefix; `records.schema` describes it. No secrets: locations are shown without user and password.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from driverenv import __version__, resolve
from driverenv._http import redacted
from driverenv.errors import masked
from driverenv.model.answers import BUNDLED, Absent, Found, NotAsked, NowhereFound
from driverenv.model.build import BuildRecord
from driverenv.model.noun import Noun
from driverenv.model.plan import Plan
from driverenv.model.requirement import Root
from driverenv.model.resolution import Available, Candidate, Demand, Pin, Resolution
from driverenv.model.site import NEVER, Index, Policy
from driverenv.policy import corrections, direct, passed_by, route
from driverenv.records.schema import SCHEMA
from driverenv.resolve import Standing
from driverenv.store.manifest import StoredWheel
from driverenv.stories.journal import iso
from driverenv.stories.resolving import Outcome
from driverenv.stories.workshop import Workshop

_IDENTITY = ("mode", "prereleases", "builds", "sharing")
_SECRET_OR_TOLD = frozenset(
    {
        *_IDENTITY,
        "local",
        "extra",
        "public",
        "exceptions",
        "exclude_newer",
        "fleet",
        "proxies",
        "proxies_from",
    }
)
_USUAL = Policy()


class Brought(NamedTuple):
    """A file that was fetched, and the wheel that it is or became."""

    sha256: str
    """Of the file that the index has."""
    wheel: StoredWheel
    record: BuildRecord | None = None
    """How it was built, where it was."""


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


def write(
    workshop: Workshop,
    outcome: Outcome,
    told: Mapping[str, Any],
    plan: Plan,
    brought: Mapping[str, Brought],
) -> bytes:
    """The receipt as UTF-8 JSON; `told` is the environment's `provenance`, the rest is of the launch that made it."""
    journal = workshop.journal
    standings = _standings(workshop, outcome)
    warnings = [] if workshop.building else journal.warnings
    data = {
        "schema": SCHEMA,
        "driverenv": __version__,
        "created": iso(journal.when),
        "name": plan.name,
        "key": plan.key,
        "python": {
            "executable": workshop.interpreter.executable,
            "version": workshop.interpreter.target.python_full_version,
        },
        "request": _request(workshop, outcome),
        "policy": {**told["policy"], **_rest_of_policy(workshop.policy)},
        "distributions": [
            {**row, **_more(workshop, row, standings.get(row["name"]))} for row in told["distributions"]
        ],
        "answers": list(_answers(workshop, outcome, standings)),
        "builds": [one.record.as_dict() for one in brought.values() if one.record is not None],
        "startup_hooks": [
            {"project": one.project, "version": one.version, "file": one.target, "runs": list(one.runs)}
            for one in plan.hooks
        ],
        "timings": {stage: round(seconds, 4) for stage, seconds in journal.timings.items()},
        "warnings": [
            {"code": code, "text": text}
            for code, text in dict.fromkeys([*warnings, *((note.code, note.text) for note in plan.notes)])
        ],
    }
    return laid_out(data).encode("utf-8", "backslashreplace")


def laid_out(data: Mapping[str, Any]) -> str:
    """JSON, a key a line, and of a list a row a line: readable, and written in a fifth of the time of an indented one."""
    encode = json.JSONEncoder(ensure_ascii=False).encode
    lines = []
    for key, value in data.items():
        if isinstance(value, list) and value:
            lines.append(f" {encode(key)}: [\n  {f',{chr(10)}  '.join(map(encode, value))}\n ]")
        else:
            lines.append(f" {encode(key)}: {encode(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def requested_by(demand: Demand) -> str:
    """Who asks, and for what: "requirements.txt line 2: six>=1.16", or "requests 2.32.3: urllib3<3"."""
    if demand.parent is not None:
        return f"{demand.parent}: {demand.requirement}"
    return masked(str(demand.source))


def asked_by(workshop: Workshop, pin: Pin) -> list[str]:
    """Who asks for the distribution of `pin`, and for what, as `requested_by` tells it."""
    return [requested_by(_within(workshop.site.folder, demand)) for demand in pin.demands]


def _index(index: Index, *, public: bool) -> dict[str, Any]:
    data = {"name": index.name, "location": index.location, "public": public}
    return data if index.verify else {**data, "verify": False}


def _policy(site: Policy, policy: Policy) -> dict[str, Any]:
    """What the site decides; `policy` is what holds today, but the cool-down is told as the site wrote it."""
    data = {
        **{name: getattr(policy, name) for name in _IDENTITY},
        "local": [_index(index, public=False) for index in policy.local],
        "public": None if policy.public is None else _index(policy.public, public=True),
    }
    if policy.extra:
        data["extra"] = [_index(index, public=False) for index in policy.extra]
    if policy.exceptions:
        data["exceptions"] = [_plain(one) for one in policy.exceptions]
    if site.exclude_newer is not None:
        data["exclude_newer"] = site.exclude_newer
    for name in ("copied", "overlays"):
        if getattr(policy, name):
            data[name] = list(getattr(policy, name))
    if policy.startup_hooks != "allow":
        data["startup_hooks"] = policy.startup_hooks
        data["startup_hooks_allowed"] = list(policy.startup_hooks_allowed)
    return data


def _rest_of_policy(policy: Policy) -> dict[str, Any]:
    """Every other setting that is not as by default; of variables only the names."""
    names: tuple[str, ...] = Policy.__slots__
    return {
        name: list(dict(policy.variables)) if name == "variables" else _plain(getattr(policy, name))
        for name in names
        if name not in _SECRET_OR_TOLD and getattr(policy, name) != getattr(_USUAL, name)
    }


def _plain(value: object) -> Any:  # noqa: ANN401 (JSON)
    if isinstance(value, Noun):
        names: tuple[str, ...] = value.__slots__
        return {name: _plain(getattr(value, name)) for name in names}
    if value == float("inf"):
        return NEVER
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _request(workshop: Workshop, outcome: Outcome) -> dict[str, Any]:
    """What was asked for by the launch that made the environment."""
    site = workshop.site
    wanted = outcome.requirements

    def line(root: Root) -> dict[str, Any]:
        source = _within(site.folder, Demand(root.requirement, None, root.source)).source or root.source
        return {"file": source.file, "line": source.line, "text": masked(source.text)}

    return {
        "driver": site.driver,
        "name": site.name,
        "python": site.python,
        "groups": list(site.groups),
        "building": list(workshop.building),
        "requirements": [line(root) for root in wanted.roots],
        "constraints": [line(root) for root in wanted.constraints],
        "baseline": list(outcome.baseline),
    }


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
        "requested_by": asked_by(workshop, pin),
    }
    corrected = corrections.of(
        corrections.read(workshop.policy.corrections), candidate.project, candidate.version
    )
    if candidate.direct:
        data["direct"] = candidate.direct
    if candidate.direct == BUNDLED:
        data["index"] = {"name": candidate.index.name, "location": "", "public": False}
        data["url"] = _below(folder, candidate.file.url)
    if corrected is not None:
        data["corrected"] = corrections.shown(corrected)
    if wheel.notes:
        data["notes"] = list(wheel.notes)
    return data


def _below(folder: str, path: str) -> str:
    """Where a bundled wheel lies in the driver's folder or zip: never where that happens to be."""
    folder, path = (one.replace("\\", "/") for one in (folder, path))
    return path.removeprefix(f"{folder}/") if path.startswith(f"{folder}/") else os.path.basename(path)


def _rule(policy: Policy, candidate: Candidate) -> str:
    """The rule of the policy by which its index serves it, or a line may name it."""
    if candidate.direct:
        return direct.rule_of(policy, candidate.project, candidate.file.url, candidate.direct)
    way = route(policy, candidate.project)
    served = (candidate.index, candidate.public)
    return next((ask.rule for ask in way.asks if (ask.index, ask.public) == served), "")


def _more(workshop: Workshop, row: Mapping[str, Any], standing: Standing | None) -> dict[str, Any]:
    """What follows from the rest of the distribution's row, and so is no part of the identity."""
    try:
        archive = workshop.store.archive(row["sha256"])
        size = None if archive is None else archive.stat().st_size
    except OSError:  # swept at this moment
        size = None
    chain = standing.chain if standing is not None else ()
    return {
        "size": size,
        "chain": [requested_by(_within(workshop.site.folder, demand)) for demand in chain],
    }


def _within(folder: str, demand: Demand) -> Demand:
    """The demand with its file named relative to the driver's folder, where it lies in there."""
    source = demand.source
    if source is None or not source.file.startswith(folder + os.sep):
        return demand
    return demand._replace(source=source._replace(file=os.path.relpath(source.file, folder)))


def _standings(workshop: Workshop, outcome: Outcome) -> Mapping[str, Standing]:
    if not isinstance(outcome.result, Resolution):
        return {}
    target = workshop.interpreter.target
    return {
        str(name): standing
        for name, standing in resolve.standings(
            outcome.result, outcome.facts, target, outcome.rules, memory=outcome.memory
        ).items()
    }


def _answers(
    workshop: Workshop, outcome: Outcome, standings: Mapping[str, Standing]
) -> Iterator[dict[str, Any]]:
    """What the indexes answered about every project that was asked for, in order of names; who was not asked, and why."""
    for project, listing in sorted(outcome.facts.listings.items()):
        row: dict[str, Any] = {"project": project}
        if isinstance(listing, Available):
            found = listing.listing
            row |= {"found": found.index.name, "page": found.page_url, "files": len(found.files)}
            if found.direct:
                row |= {"direct": found.direct, "page": _page(workshop.site.folder, found)}
            row |= {"rule": found.rule, "absent": [_absent(absent) for absent in found.before]}
            row["not_asked"] = [_not_asked(one) for one in passed_by(workshop.policy, found)]
        elif isinstance(listing, NowhereFound):
            row |= {"absent": [_absent(absent) for absent in listing.absents]}
            row["not_asked"] = [_not_asked(one) for one in listing.not_asked]
        standing = standings.get(project)
        if standing is not None:
            row["passed_over"] = [{"file": one.filename, "reason": one.reason} for one in standing.better]
            row["more_passed_over"] = standing.more
        yield row


def _page(folder: str, found: Found) -> str:
    """Where a file is that a line names."""
    return _below(folder, found.page_url) if found.direct == BUNDLED else redacted(found.page_url)


def _absent(absent: Absent) -> dict[str, str]:
    said = {name: text for name, text in absent.evidence._asdict().items() if text}
    return {"index": absent.index.name, "proof": absent.proof, **said}


def _not_asked(one: NotAsked) -> dict[str, str]:
    return {"index": one.index.name, "reason": one.reason}
