"""From requirements to an environment: resolve, fetch, build, plan, create.

Builds come back here: a build needs an environment of its own, made by the same steps, under the
same policy, from the same snapshot of the indexes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from driverenv import build, environment, fetch, index, plan, resolve
from driverenv import requirements as requirements_room
from driverenv.archive import sdist
from driverenv.errors import BuildFailed, DriverEnvError, IntegrityError
from driverenv.events import Event, Listener, StartupHook, Warned
from driverenv.index.metadata import parse_metadata
from driverenv.model.answers import NowhereFound
from driverenv.model.build import BuildRecord, Tool, Toolchain
from driverenv.model.launch import Environment
from driverenv.model.plan import Arrival, Plan, WheelFile
from driverenv.model.requirement import Requirements
from driverenv.model.resolution import Available, Candidate, Conflict, Dependencies, Failed, Resolution
from driverenv.policy import hooks
from driverenv.policy.corrections import amended
from driverenv.resolve import promised
from driverenv.store.manifest import FILES, StoredWheel
from driverenv.stories import editing, origin, pinning, receipt, remembering, trodden
from driverenv.stories.looking import looking_twice
from driverenv.stories.receipt import Brought
from driverenv.stories.remembering import Known
from driverenv.stories.resolving import Outcome, settle, traced
from driverenv.stories.workshop import Workshop

BUILD_NAME = "build"


@dataclass(frozen=True, slots=True)
class Made:
    """A finished environment and the wheels in it."""

    environment: Environment
    wheels: tuple[StoredWheel, ...]
    reused: bool
    """Whether it was there before, whole."""
    roots: tuple[Path, ...]
    """Where its wheels are in the store; they may have been taken away there, if it was there before."""


def resolve_for(
    workshop: Workshop,
    requirements: Requirements,
    truths: Mapping[str, Known] | None = None,
    listings: Mapping[NormalizedName, Available | NowhereFound] | None = None,
) -> Outcome:
    """Solve `requirements`, building sdists where only a build tells what they need; for the others see `settle`."""
    return settle(workshop, requirements, partial(read_file, workshop), truths=truths, listings=listings)


def resolved(workshop: Workshop, outcome: Outcome) -> Resolution:
    """The resolution of `outcome`; a conflict is raised, explained, and so is a file that may not have changed."""
    if isinstance(outcome.result, Conflict):
        target = workshop.interpreter.target
        raise resolve.explain(outcome.result, outcome.facts, target, outcome.rules, policy=workshop.policy)
    if workshop.promise is not None:
        promised.check(outcome.result.pins, workshop.promise, {})
    with traced(outcome.demands, outcome.facts, outcome.rules):
        _past(workshop).check([pin.candidate for pin in outcome.result.pins])
    return outcome.result


def fetched(
    workshop: Workshop,
    candidates: Sequence[Candidate],
    hashes: fetch.AllowedHashes | None = None,
    *,
    deciding: bool = False,
) -> Mapping[str, str]:
    """Bring files into the store; their sha256 by `Candidate.key`, which is remembered of each. See `fetch.fetch`."""
    policy = workshop.policy
    return fetch.fetch(
        candidates,
        into=workshop.store,
        transport=workshop.transport,
        on_event=workshop.on_event,
        hashes=hashes,
        past=_past(workshop),
        terms={
            one.key: fetch.Terms(
                amended(policy, one.project, one.version),
                deciding,
                policy.record == "fail",
                workshop.bundled.get(one.file.digest("sha256") or "", ""),
            )
            for one in candidates
        },
    )


def _past(workshop: Workshop) -> fetch.Past:
    return fetch.Past(workshop.names, workshop.policy.replaced, workshop.on_event)


def make(workshop: Workshop, requirements: Requirements, *, name: str) -> Made:
    """The environment for `requirements`, with `name` as the last folder of its prefix."""
    try:
        return _make(workshop, requirements, name)
    except IntegrityError as error:
        if "wheel" not in error.data:
            raise
    return _make(workshop, requirements, name)  # what the store could not mend itself is fetched again


def _make(workshop: Workshop, requirements: Requirements, name: str) -> Made:
    with workshop.store.reinforced():
        proved = looking_twice(workshop, partial(_proved, requirements, name))
    if isinstance(proved, trodden.Found):
        return Made(proved.environment, (), reused=True, roots=proved.roots)
    outcome, resolution, brought = proved
    arrivals = _arrivals(requirements, resolution, brought)
    told = receipt.provenance(workshop, resolution, brought)
    workshop.journal.decided(told, workshop.building)
    key = plan.environment_key(
        interpreter=workshop.interpreter,
        name=name,
        arrivals=[(arrival.sha256, arrival.requested) for arrival in arrivals],
        policy=(receipt.identity(told),),
    )
    at = Path(workshop.site.home) / "environments" / key / name
    wheels = tuple(one.wheel for one in brought.values())
    roots = tuple(one.root for one in wheels)
    trodden.keep(workshop, outcome, resolution, name=name, key=key, wheels=wheels)
    found = environment.describe(at, workshop.interpreter)
    if not environment.take(found, workshop.store, workshop.on_event):
        editing.go_on(workshop, at)
        return Made(found, wheels, reused=True, roots=roots)
    drawn = draw(workshop, arrivals, key=key, name=name)
    _tell_hooks(workshop, drawn)
    if workshop.policy.byte_code == "now" and not workshop.building:
        with workshop.timing("compile"):
            environment.compile_for(roots, workshop.interpreter, wait=True)
    with workshop.timing("link"):
        edits = editing.kept(workshop, drawn, at)
        documents = partial(pinning.documents, workshop, outcome, told, drawn, brought)
        made = create(workshop, drawn, documents, edits)
        environment.tell_of_edits(edits, at, workshop.on_event)
    return Made(made, wheels, reused=False, roots=roots)


def rehearse(workshop: Workshop, requirements: Requirements, *, name: str) -> Plan:
    """Everything that `make` does, but for making it: what is needed is in the store then, built, and fits together.

    Raises what `make` raises.
    """
    proved = looking_twice(workshop, partial(_proved, requirements, ""))
    assert not isinstance(proved, trodden.Found)  # noqa: S101 (nobody looks for an environment without a name)
    _, resolution, brought = proved
    drawn = draw(workshop, _arrivals(requirements, resolution, brought), key="rehearsal", name=name)
    _tell_hooks(workshop, drawn)
    return drawn


def draw(workshop: Workshop, arrivals: Sequence[Arrival], *, key: str, name: str) -> Plan:
    """The plan of an environment. See `plan.make_plan`."""
    return plan.make_plan(
        arrivals,
        key=key,
        name=name,
        interpreter=workshop.interpreter,
        content=_content,
        copied=workshop.policy.copied,
        overlays=() if workshop.building else workshop.policy.overlays,
    )


def _tell_hooks(workshop: Workshop, drawn: Plan) -> None:
    """Say what Python will run at every start. Raises `PolicyViolation` where the site forbids it, for builds as well."""
    doubtful = hooks.doubtful(workshop.policy, drawn.hooks)
    if not workshop.building:
        for hook in drawn.hooks:
            workshop.on_event(StartupHook(hook.project, hook.version, hook.target, hook.runs))
        for hook in doubtful:
            workshop.on_event(Warned("STARTUP_HOOK", hooks.told(hook)))


def create(
    workshop: Workshop,
    drawn: Plan,
    documents: Callable[[], Mapping[str, bytes]],
    edits: environment.Edits = MappingProxyType({}),
) -> Environment:
    """The environment of a plan, at its place below the home folder. See `environment.create`."""
    return environment.create(
        drawn,
        at=Path(workshop.site.home) / "environments" / drawn.key / drawn.name,
        interpreter=workshop.interpreter,
        store=workshop.store,
        sharing=workshop.policy.sharing,
        documents=documents,
        edits=edits,
        on_event=partial(_only_damage, workshop.on_event) if workshop.building else workshop.on_event,
    )


def _arrivals(
    requirements: Requirements, resolution: Resolution, brought: Mapping[str, Brought]
) -> list[Arrival]:
    requested = {root.project for root in requirements.roots}
    return [
        plan.arrival(
            brought[pin.candidate.key].wheel,
            requested=pin.candidate.project in requested,
            public=pin.candidate.public,
            origin=origin.of(pin.candidate, brought[pin.candidate.key].sha256),
        )
        for pin in resolution.pins
    ]


def _only_damage(on_event: Listener, event: Event) -> None:
    """How environments of builds come about is nobody's concern; that the store was damaged is."""
    if isinstance(event, Warned) and event.code == "STORE_DAMAGED":
        on_event(event)


def _proved(
    requirements: Requirements, name: str, workshop: Workshop
) -> tuple[Outcome, Resolution, Mapping[str, Brought]] | trodden.Found:
    """A resolution whose wheels are there and need what was believed while solving.

    Or the environment called `name` that was made when all that was so, and is whole.
    """
    truths: dict[str, Known] = {}
    while True:
        with workshop.timing("resolve"):
            outcome = resolve_for(workshop, requirements, truths)
        resolution = resolved(workshop, outcome)
        there = trodden.find(workshop, outcome, resolution, name=name) if name and not truths else None
        if there is not None:
            return there
        with workshop.timing("fetch"):
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
    """The content of a wheel's file, in the store."""
    return (Path(arrival.root) / FILES / file.scheme / file.path).read_bytes()


def _bring(workshop: Workshop, outcome: Outcome, resolution: Resolution) -> Mapping[str, Brought]:
    """The unpacked wheel of every pin, by `Candidate.key`; fetched or built where it is not there yet."""
    candidates = [pin.candidate for pin in resolution.pins]
    with traced(outcome.demands, outcome.facts, outcome.rules):
        digests = fetched(workshop, candidates, outcome.rules.hashes)
        workshop.fetched(digests)
        if workshop.promise is not None:
            promised.check(resolution.pins, workshop.promise, digests)
        return {one.key: brought_one(workshop, one, digests[one.key]) for one in candidates}


def brought_one(workshop: Workshop, candidate: Candidate, sha256: str) -> Brought:
    """The file with this digest, which is in the store, as an unpacked wheel: an sdist is built, unless that was done."""
    record = None if candidate.is_wheel else _built(workshop, candidate, sha256)
    found = record.wheel_sha256 if record is not None else sha256
    wheel = workshop.store.wheel(found)
    assert wheel is not None, found  # noqa: S101 (fetch and build just put it there)
    return Brought(sha256, wheel, record)


def _built(workshop: Workshop, candidate: Candidate, sha256: str) -> BuildRecord:
    """The sdist as a wheel, in the store, and how that came about."""
    archive = workshop.store.archive(sha256)
    assert archive is not None, sha256  # noqa: S101 (fetch just put it there)
    with workshop.timing("build"):
        return build.build(
            archive,
            project=candidate.project,
            version=str(candidate.version),
            filename=candidate.file.filename,
            sha256=sha256,
            public=candidate.public,
            store=workshop.store,
            interpreter=workshop.interpreter,
            tools_for=partial(_tools_for, workshop.within(str(candidate))),
            on_event=workshop.on_event,
            policy=workshop.policy,
            environ=os.environ,
            building=workshop.building,
            fleet=workshop.depot,
        )


def _tools_for(
    workshop: Workshop, requires: Sequence[Requirement], reason: str, constraints: Sequence[str]
) -> Toolchain:
    """The environment of a build. Nothing in it is shared with others: a build may change what it likes."""
    requirements = requirements_room.parse_lines([str(one) for one in requires], file=reason)
    policy = workshop.policy
    limited = policy.replace(constraints=(*policy.constraints, *constraints), sharing="copy")
    made = make(replace(workshop, policy=limited), requirements, name=BUILD_NAME)
    tools = tuple(Tool(str(canonicalize_name(one.project)), one.version, one.sha256) for one in made.wheels)
    return Toolchain(made.environment, tools)


def read_file(workshop: Workshop, candidate: Candidate) -> Known:
    """The dependencies of a candidate from its whole file; that of an sdist may have to be built for it."""
    try:
        sha256 = fetched(workshop, [candidate], deciding=True)[candidate.key]
        raw = None if candidate.is_wheel else static(workshop, candidate, sha256)
        if raw is None and not candidate.is_wheel:
            _look_ahead(workshop, candidate, sha256)
        return parse_metadata(raw or workshop.metadata(brought_one(workshop, candidate, sha256).wheel))
    except DriverEnvError as error:
        return Failed(error)


def _look_ahead(workshop: Workshop, candidate: Candidate, sha256: str) -> None:
    """Begin to ask for what the sdist is likely to need, while it is built to learn what it needs.

    Names that a file of our own hints at are none of public's business, unless they are needed.
    """
    archive = workshop.store.archive(sha256)
    assert archive is not None, sha256  # noqa: S101 (fetch just put it there)
    names = sdist.hinted(archive, filename=candidate.file.filename)
    policy = workshop.policy if candidate.public else workshop.policy.replace(public=None)
    index.look_ahead(names, policy, asker=workshop.asker, root=False)


def static(workshop: Workshop, candidate: Candidate, sha256: str) -> bytes | None:
    """PKG-INFO of an sdist in the store, where it needs no build to be true. See `sdist.static_metadata`."""
    archive = workshop.store.archive(sha256)
    assert archive is not None, sha256  # noqa: S101 (fetch just put it there)
    return sdist.static_metadata(
        archive,
        project=candidate.project,
        version=str(candidate.version),
        filename=candidate.file.filename,
    )
