"""From requirements to an environment: resolve, fetch, build, plan, create.

Builds come back here: a build needs an environment of its own, made by the same steps, under the
same policy, from the same snapshot of the indexes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from driverenv import build, environment, fetch, plan, resolve
from driverenv import requirements as requirements_room
from driverenv._http import redacted
from driverenv.archive import sdist
from driverenv.errors import BuildFailed, DriverEnvError, IndexUnavailable
from driverenv.events import Warned, ignore
from driverenv.index.metadata import parse_metadata
from driverenv.model.answers import Found
from driverenv.model.launch import Environment
from driverenv.model.plan import Arrival, WheelFile
from driverenv.model.requirement import Requirements
from driverenv.model.resolution import Candidate, Conflict, Dependencies, Failed, Resolution
from driverenv.store.manifest import FILES, StoredWheel
from driverenv.stories import receipt, remembering
from driverenv.stories.receipt import Brought
from driverenv.stories.remembering import Known
from driverenv.stories.resolving import Outcome, settle, traced
from driverenv.stories.workshop import Workshop

BUILD_NAME = "build"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Made:
    """A finished environment and the wheels in it."""

    environment: Environment
    wheels: tuple[StoredWheel, ...]
    reused: bool
    """Whether it was there before, whole."""


def resolve_for(
    workshop: Workshop, requirements: Requirements, truths: Mapping[str, Known] | None = None
) -> Outcome:
    """Solve `requirements`, building sdists where only a build tells what they need; for `truths` see `settle`."""
    return settle(workshop, requirements, partial(_read_file, workshop), truths=truths)


def resolved(workshop: Workshop, outcome: Outcome) -> Resolution:
    """The resolution of `outcome`; a conflict is raised, explained, and so is a file that may not have changed."""
    if isinstance(outcome.result, Conflict):
        target = workshop.interpreter.target
        raise resolve.explain(outcome.result, outcome.facts, target, outcome.rules, policy=workshop.policy)
    with traced(outcome.demands, outcome.facts, outcome.rules):
        _past(workshop).check([pin.candidate for pin in outcome.result.pins])
    return outcome.result


def fetched(
    workshop: Workshop, candidates: Sequence[Candidate], hashes: fetch.AllowedHashes | None = None
) -> Mapping[str, str]:
    """Bring files into the store; their sha256 by `Candidate.key`, which is remembered of each. See `fetch.fetch`."""
    return fetch.fetch(
        candidates,
        into=workshop.store,
        transport=workshop.transport,
        on_event=workshop.on_event,
        hashes=hashes,
        past=_past(workshop),
    )


def looking_twice(workshop: Workshop, attempt: Callable[[Workshop], T]) -> T:
    """`attempt`, once more from a new snapshot where a listed file was taken off its page meanwhile.

    Raises what `attempt` raises; `IndexUnavailable` where the page still lists a file that is not there:
    no older version is taken in its place.
    """
    try:
        return attempt(workshop)
    except IndexUnavailable as error:
        if not error.data.get("missing"):
            raise
        again = workshop.renewed()
        if _is_listed(again, error.data):
            raise _still_listed(error) from error
        text = f"{error.data['file']} was taken away from its index just now; the indexes were asked anew"
        workshop.on_event(Warned("ASKED_ANEW", text))
    return attempt(again)


def _still_listed(error: IndexUnavailable) -> IndexUnavailable:
    """The same error, with the second look in it; nobody takes a third."""
    labels = [label for label, _ in error.facts]
    at = labels.index("what happened") + 1
    told = ("looked again", "the index still lists the file")
    return IndexUnavailable(
        error.summary,
        code=error.code,
        facts=(*error.facts[:at], told, *error.facts[at:]),
        remedies=error.remedies,
        data={**error.data, "missing": False},
    )


def _is_listed(workshop: Workshop, missing: Mapping[str, Any]) -> bool:
    """Whether the index lists a missing file to this day, at the same place."""
    policy, public = workshop.policy, bool(missing["public"])
    known = (policy.public,) if public else (*policy.local, *policy.extra)
    index = next(one for one in known if one is not None and one.location == missing["index"])
    answer = workshop.asker.ask(index, canonicalize_name(missing["project"]), public=public)
    files = answer.files if isinstance(answer, Found) else ()
    return any(one.filename == missing["file"] and redacted(one.url) == missing["url"] for one in files)


def _past(workshop: Workshop) -> fetch.Past:
    return fetch.Past(workshop.names, workshop.policy.replaced, workshop.on_event)


def make(workshop: Workshop, requirements: Requirements, *, name: str) -> Made:
    """The environment for `requirements`, with `name` as the last folder of its prefix."""
    outcome, resolution, brought = looking_twice(workshop, partial(_proved, requirements))
    requested = {root.project for root in requirements.roots}
    arrivals = [
        plan.arrival(brought[pin.candidate.key].wheel, requested=pin.candidate.project in requested)
        for pin in resolution.pins
    ]
    told = receipt.provenance(workshop, resolution, brought)
    key = plan.environment_key(
        interpreter=workshop.interpreter,
        name=name,
        arrivals=[(arrival.sha256, arrival.requested) for arrival in arrivals],
        policy=(receipt.identity(told),),
    )
    drawn = plan.make_plan(arrivals, key=key, name=name, interpreter=workshop.interpreter, content=_content)
    if workshop.policy.byte_code == "now" and not workshop.building:
        roots = [one.wheel.root for one in brought.values()]
        environment.compile_for(roots, workshop.interpreter, wait=True)
    at = Path(workshop.site.home) / "environments" / key / name
    reused = environment.check(at) == ""
    made = environment.create(
        drawn,
        at=at,
        interpreter=workshop.interpreter,
        store=workshop.store,
        sharing=workshop.policy.sharing,
        documents={"receipt.json": receipt.write(workshop, outcome, told, drawn)},
        on_event=ignore if workshop.building else workshop.on_event,
    )
    return Made(made, tuple(one.wheel for one in brought.values()), reused)


def _proved(
    requirements: Requirements, workshop: Workshop
) -> tuple[Outcome, Resolution, Mapping[str, Brought]]:
    """A resolution whose wheels are there and need what was believed while solving."""
    truths: dict[str, Known] = {}
    while True:
        outcome = resolve_for(workshop, requirements, truths)
        resolution = resolved(workshop, outcome)
        brought = _bring(workshop, outcome, resolution)
        found = _truths(workshop, outcome, resolution, brought)
        surprises = _surprises(workshop, outcome, found)
        if not surprises:
            for text in resolve.incomplete(found, workshop.interpreter.target, outcome.rules):
                workshop.on_event(Warned("LOCK_INCOMPLETE", text))
            return outcome, resolution, brought
        again = [str(one) for one in surprises if one.key in truths]
        if again:
            raise BuildFailed(
                f"what {', '.join(again)} needs is another thing each time it is built",
                remedies=("ask its author for a wheel, or put one into a local index",),
                data={"projects": again},
            )
        truths |= {one.key: truth for one, truth in surprises.items()}


def _truths(
    workshop: Workshop, outcome: Outcome, resolution: Resolution, brought: Mapping[str, Brought]
) -> dict[Candidate, Known]:
    """What the wheels say themselves."""
    said = outcome.facts.dependencies
    with traced(outcome.demands, outcome.facts, outcome.rules):
        return {
            one: remembering.prove(workshop, one, brought[one.key].wheel, said.get(one.key))
            for one in (pin.candidate for pin in resolution.pins)
        }


def _surprises(
    workshop: Workshop, outcome: Outcome, truths: Mapping[Candidate, Known]
) -> dict[Candidate, Known]:
    """Those truths by which the outcome might be another one; only sdists, and wheels that nobody asked about, have any."""
    said, rules = outcome.facts.dependencies, outcome.rules
    found = {}
    for one, truth in truths.items():
        taken = resolve.believed(one, truth, rules)
        if rules.exact:
            python = taken.requires_python if isinstance(taken, Dependencies) else None
            is_surprise = not workshop.interpreter.target.fits_python(python or "")
        else:
            is_surprise = taken != resolve.believed(one, said.get(one.key), rules)
        if is_surprise:
            found[one] = truth
    return found


def _content(arrival: Arrival, file: WheelFile) -> bytes:
    return (Path(arrival.root) / FILES / file.scheme / file.path).read_bytes()


def _bring(workshop: Workshop, outcome: Outcome, resolution: Resolution) -> Mapping[str, Brought]:
    """The unpacked wheel of every pin, by `Candidate.key`; fetched or built where it is not there yet."""
    candidates = [pin.candidate for pin in resolution.pins]
    with traced(outcome.demands, outcome.facts, outcome.rules):
        digests = fetched(workshop, candidates, outcome.rules.hashes)
        workshop.fetched(digests)
        return {
            one.key: Brought(digests[one.key], _wheel(workshop, one, digests[one.key])) for one in candidates
        }


def _wheel(workshop: Workshop, candidate: Candidate, sha256: str) -> StoredWheel:
    built = sha256 if candidate.is_wheel else _built(workshop, candidate, sha256)
    wheel = workshop.store.wheel(built)
    assert wheel is not None, built  # noqa: S101 (fetch and build just put it there)
    return wheel


def _built(workshop: Workshop, candidate: Candidate, sha256: str) -> str:
    """The sha256 of the wheel that the sdist becomes."""
    archive = workshop.store.archive(sha256)
    assert archive is not None, sha256  # noqa: S101 (fetch just put it there)
    return build.build(
        archive,
        project=candidate.project,
        version=str(candidate.version),
        filename=candidate.file.filename,
        sha256=sha256,
        public=candidate.public,
        store=workshop.store,
        interpreter=workshop.interpreter,
        environment_for=partial(_environment_for, workshop.within(str(candidate))),
        on_event=workshop.on_event,
        policy=workshop.policy,
        environ=os.environ,
        building=workshop.building,
    )


def _environment_for(workshop: Workshop, requires: Sequence[Requirement], reason: str) -> Environment:
    requirements = requirements_room.parse_lines([str(one) for one in requires], file=reason)
    return make(workshop, requirements, name=BUILD_NAME).environment


def _read_file(workshop: Workshop, candidate: Candidate) -> Known:
    """The dependencies of a candidate from its whole file; that of an sdist may have to be built for it."""
    try:
        sha256 = fetched(workshop, [candidate])[candidate.key]
        raw = None if candidate.is_wheel else _static(workshop, candidate, sha256)
        return parse_metadata(raw or _wheel(workshop, candidate, sha256).metadata())
    except DriverEnvError as error:
        return Failed(error)


def _static(workshop: Workshop, candidate: Candidate, sha256: str) -> bytes | None:
    archive = workshop.store.archive(sha256)
    assert archive is not None, sha256  # noqa: S101 (fetch just put it there)
    return sdist.static_metadata(
        archive,
        project=candidate.project,
        version=str(candidate.version),
        filename=candidate.file.filename,
    )
