"""Wheels that other servers built: checked like a stranger's, and filed as if they had been built here."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from driverenv.build import kept
from driverenv.build.terms import Fleet, Job
from driverenv.errors import ArchiveRejected, foreign
from driverenv.events import BuiltElsewhere
from driverenv.model.build import BuildRecord, Sought


def find(job: Job, fleet: Fleet, sought: Sought) -> BuildRecord | None:
    """How another server built it; the wheel is in the store then. None: it has to be built here."""
    began = time.monotonic()
    with job.store.staging() as folder:
        found = fleet.find(sought, folder)
        if found is None:
            return None
        record, wheel = found
        why = _misfit(job, record) or _rejected(job, record, wheel)
    if why:
        fleet.refuse(sought, why)
        return None
    job.on_event(BuiltElsewhere(sought.filename, record.wheel, record.fleet, time.monotonic() - began))
    kept.keep(job.store, job.key, record)
    return record


def give(job: Job, fleet: Fleet, sought: Sought, record: BuildRecord) -> None:
    """Let the others have what was built here."""
    archive = job.store.archive(record.wheel_sha256)
    if archive is not None:
        fleet.give(sought, record, archive)


def _misfit(job: Job, record: BuildRecord) -> str:
    """Why a wheel is of no use here, whatever is in it."""
    tags: set[str] = set()
    with contextlib.suppress(InvalidWheelFilename):
        tags = {str(tag) for tag in parse_wheel_filename(record.wheel)[3]}
    if not tags & set(job.interpreter.target.tags):
        return f"{foreign(record.wheel)} does not fit {job.interpreter.target.short}"
    if job.must_be_isolated and not kept.is_isolated(record):
        return "it was built without isolation, which this site requires"
    return ""


def _rejected(job: Job, record: BuildRecord, wheel: Path) -> str:
    """Why the reader does not take the wheel; empty where it does: then it is in the store."""
    try:
        ingest(job, wheel, record.wheel_sha256)
    except ArchiveRejected as rejected:
        return rejected.summary
    return ""


def ingest(job: Job, wheel: Path, digest: str) -> None:
    """Have a wheel that was built in the store, if it is what was asked for. Raises `ArchiveRejected`."""
    asked = job.asked
    try:
        job.store.ingest(
            wheel,
            project=asked.project,
            version=asked.version,
            filename=wheel.name,
            sha256=digest,
            public=True,
            amended=job.amended,
        )
    except ArchiveRejected as rejected:
        raise rejected.with_facts(("built from", foreign(asked.filename))) from rejected
    job.store.admit(wheel, digest)
