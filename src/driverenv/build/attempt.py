"""One attempt at one sdist: its environment, its backend's hooks, and a wheel that is checked like a stranger's."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from driverenv import _fs
from driverenv._fs import LOCK_TIMEOUT_SECONDS
from driverenv.archive import sdist
from driverenv.build import kept, limits
from driverenv.build.failures import failed
from driverenv.build.hooks import Hooks, read_chunks
from driverenv.build.recipe import Recipe, RecipeInvalid, read_recipe, requirements
from driverenv.build.shared import ingest
from driverenv.build.terms import Job, Place
from driverenv.errors import (
    BuildFailed,
    IndexUnavailable,
    LocalVersionMismatch,
    PolicyViolation,
    ProjectNotFound,
    Unresolvable,
    foreign,
)
from driverenv.events import Building, Built, Warned
from driverenv.model.build import BuildRecord, Containment, Toolchain

MOST_ATTEMPTS = 3
_NOT_TO_BE_HAD = (Unresolvable, LocalVersionMismatch, ProjectNotFound, IndexUnavailable, PolicyViolation)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What differs from one attempt to the next."""

    number: int = 1
    older: tuple[str, ...] = ()
    """What limits the tools to older ones, as requirements."""
    because: str = ""
    """What the one before failed with."""


def with_retries(job: Job, *, retry: bool) -> BuildRecord:
    """Build; where it fails for a reason that older tools do not have, and `retry`, once more with those.

    Raises what `build` does: of the last attempt that ended in a build, with what the one before failed with.
    """
    attempt, failure = Attempt(), None
    while True:
        try:
            return _run(job, attempt)
        except BuildFailed as error:
            following = _following(job, attempt, error) if retry else None
            if following is None:
                raise error.with_facts(*_before(attempt)) from error
            attempt, failure = following, error
        except _NOT_TO_BE_HAD as error:
            if failure is None:
                raise
            fact = ("tried again", f"not possible with {attempt.older[-1]}: {error.summary}")
            raise failure.with_facts(fact) from error
        text = f"{job.asked.name} is built once more, with {', '.join(attempt.older)}: {attempt.because}"
        job.on_event(Warned("BUILD_RETRIED", text))


def _following(job: Job, attempt: Attempt, error: BuildFailed) -> Attempt | None:
    """The next attempt, where older tools may help: unless it was a tool of this build that could not be built."""
    older = str(error.data.get("older") or "")
    is_ours = error.data.get("file") == job.asked.filename
    if not is_ours or not older or older in attempt.older or attempt.number == MOST_ATTEMPTS:
        return None
    return Attempt(attempt.number + 1, (*attempt.older, older), str(error.data["cause"]))


def _before(attempt: Attempt) -> tuple[tuple[str, str], ...]:
    if attempt.number == 1:
        return ()
    return (("tried again", f"with {', '.join(attempt.older)}, since before: {attempt.because}"),)


def _run(job: Job, attempt: Attempt) -> BuildRecord:
    """Build the wheel, unless another process did meanwhile, and keep it.

    No lock is held while an environment is made: that may build in turn, and two builds could wait for
    each other.
    """
    with job.store.staging() as folder:
        place = Place(folder).prepared()
        source, recipe = _opened(job, place)
        asked = job.asked
        toolchain = _tools(job, recipe.requires, attempt)
        hooks = Hooks(job, place, source, recipe, toolchain.environment, attempt.number)
        try:
            more = requirements(_further_requires(hooks, toolchain))
        except RecipeInvalid as invalid:
            raise failed(asked, str(invalid)) from invalid
        if more:
            toolchain = _tools(job, (*recipe.requires, *more), attempt)
            hooks = replace(hooks, environment=toolchain.environment)
        key = kept.by_tools(job, toolchain)
        with job.store.lock("build", key, timeout=_patience(job)):
            record = kept.find(job.store, key, isolated=job.must_be_isolated)
            record = record or _build(hooks, toolchain, attempt)
            for one in (key, job.key):
                kept.keep(job.store, one, record)
            return record


def _patience(job: Job) -> float:
    """Seconds to wait for another process that builds the same: it may take as long as it may."""
    return job.limits.seconds + LOCK_TIMEOUT_SECONDS


def _opened(job: Job, place: Place) -> tuple[Path, Recipe]:
    asked = job.asked
    source = sdist.extract(
        job.sdist,
        into=place.work / "source",
        project=asked.project,
        version=asked.version,
        filename=asked.filename,
    )
    try:
        return source, read_recipe(source)
    except RecipeInvalid as invalid:
        raise failed(asked, str(invalid)) from invalid


def _tools(job: Job, wanted: Sequence[Requirement], attempt: Attempt) -> Toolchain:
    reason = f"build of {job.asked.name}"
    return job.tools_for(wanted, reason, (*job.constraints, *attempt.older))


def _further_requires(hooks: Hooks, toolchain: Toolchain) -> object:
    """What the backend asks for besides; it is asked once with the same tools."""
    store, key = hooks.job.store, kept.by_tools(hooks.job, toolchain)
    with store.lock("build-requires", key, timeout=_patience(hooks.job)):
        document = store.read("build-requires", key)
        if document is not None:
            return json.loads(document)
        found = hooks.requires()
        store.write("build-requires", key, json.dumps(found).encode())
        return found


def _build(hooks: Hooks, toolchain: Toolchain, attempt: Attempt) -> BuildRecord:
    job = hooks.job
    job.on_event(Building(job.asked.filename))
    begun = time.monotonic()
    wheel, digest = _taken(hooks, hooks.build_wheel())
    ingest(job, wheel, digest)
    seconds = time.monotonic() - begun
    job.on_event(Built(job.asked.filename, wheel.name, seconds))
    return BuildRecord(
        wheel=wheel.name,
        wheel_sha256=digest,
        sdist_sha256=job.asked.sha256,
        python=job.interpreter.target.python_full_version,
        tools=tuple(sorted(toolchain.tools)),
        containment=Containment(*hooks.reports[-1].held),
        limits=tuple(sorted(limits.shown(job.limits).items())),
        constraints=(*job.constraints, *attempt.older),
        attempt=attempt.number,
        because=attempt.because,
        seconds=round(seconds, 3),
        log=hooks.log("wheel"),
    )


def _taken(hooks: Hooks, name: str) -> tuple[Path, str]:
    """A copy of the wheel out of the code's reach, and its SHA-256; the code may have put anything in its place."""
    asked, target, shown = hooks.job.asked, hooks.job.interpreter.target, foreign(name)
    try:
        _, _, _, tags = parse_wheel_filename(name)
    except InvalidWheelFilename as error:
        raise failed(asked, f"its build backend made no wheel: {foreign(error)}") from error
    if not {str(tag) for tag in tags} & set(target.tags):
        raise failed(asked, f"its build backend made {shown}, which does not fit {target.short}")
    made = hooks.place.work / "wheel" / os.path.basename(name)
    copy = hooks.place.folder / "taken" / made.name
    digest = hashlib.sha256()

    def chunks() -> Iterator[bytes]:
        if made.name != name or made.parent.is_symlink() or made.parent.parent.is_symlink():
            raise ValueError(f"{shown} is somewhere else")
        for chunk in read_chunks(made, most=hooks.job.limits.disk):
            digest.update(chunk)
            yield chunk

    try:
        copy.parent.mkdir()
        _fs.write_new(str(copy), chunks())
    except (OSError, ValueError) as error:
        raise failed(asked, f"its build backend says that it made {shown}, which is not there") from error
    return copy, digest.hexdigest()
