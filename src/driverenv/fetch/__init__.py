"""Bring verified files into the store: many at once, each one once, wheels checked and unpacked as they arrive.

What is promised about a file (by the index, by `--hash` of the requirements file) is checked while
it comes; a file that is not what was promised never gets into the store.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from driverenv._http import Transport
from driverenv.events import Listener
from driverenv.fetch.bundled import hashed
from driverenv.fetch.fetcher import Fetcher, is_new
from driverenv.fetch.promises import AllowedHashes, Job, Terms, allowed_for, check_promises
from driverenv.fetch.replaced import Past
from driverenv.model.resolution import Candidate
from driverenv.store import Store

__all__ = ["AllowedHashes", "Past", "Terms", "fetch", "hashed", "is_new"]

_LOCAL_AT_ONCE = 4
_PUBLIC_AT_ONCE = 8


def fetch(
    candidates: Sequence[Candidate],
    *,
    into: Store,
    transport: Transport,
    on_event: Listener,
    hashes: AllowedHashes | None = None,
    past: Past | None = None,
    terms: Mapping[str, Terms] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Mapping[str, str]:
    """Bring the files of `candidates` into the store; wheels are unpacked there as well.

    Args:
        candidates: the files, in the order in which failures are to be told.
        into: the store.
        transport: asked for what is not in a folder.
        on_event: told `Downloading`, `Downloaded` and `Warned`, from worker threads too.
        hashes: the digests that the requirements file allows for each project (`--hash`), one of which
            must fit; None where it has none.
        past: what the files of indexes were before, which is compared and then brought up to date; None for
            nothing.
        terms: what is known of them beside that, by `Candidate.key`.
        sleep: waits between looks at a file that is still being copied into a folder.

    Returns:
        The sha256 of each file, by `Candidate.key`.

    Raises:
        IndexUnavailable: a file could not be had. No other file, version or index is tried.
        IntegrityError: a file is not what was promised, or what it was before, or nothing was promised
            where something must be.
        ArchiveRejected: a wheel or an sdist breaks a rule.
        HomeUnusable: the store cannot be written.
    """
    fetcher = Fetcher(into, transport, on_event, sleep)
    said = terms or {}
    jobs = [Job(one, allowed_for(one, hashes), said.get(one.key, Terms())) for one in candidates]
    for job in jobs:
        check_promises(job)
    indexed = [one for one in candidates if not one.direct]
    if past is not None:
        past.check(indexed)
    digests = dict(zip((job.candidate.key for job in jobs), _all(fetcher, jobs), strict=True))
    if past is not None:
        past.check([one for one in indexed if one.file.digest("sha256") is None], digests)
        past.keep(indexed, digests, into)
    return digests


def _all(fetcher: Fetcher, jobs: Sequence[Job]) -> list[str]:
    if len(jobs) <= 1 or all(map(fetcher.has, jobs)):
        return [fetcher.bring(job) for job in jobs]
    from concurrent import futures  # noqa: PLC0415 (only where there is more than one file to bring)

    pools = {
        job.candidate.index: futures.ThreadPoolExecutor(
            _PUBLIC_AT_ONCE if job.candidate.public else _LOCAL_AT_ONCE, thread_name_prefix="driverenv-fetch"
        )
        for job in jobs
    }
    try:
        begun = {id(job): pools[job.candidate.index].submit(fetcher.bring, job) for job in _by_size(jobs)}
        running = [begun[id(job)] for job in jobs]
        futures.wait(running, return_when=futures.FIRST_EXCEPTION)
    finally:
        for pool in pools.values():
            pool.shutdown(wait=False, cancel_futures=True)
        for pool in pools.values():
            pool.shutdown(wait=True)
    for one in running:  # the first in order, not in time
        if not one.cancelled() and (failure := one.exception()) is not None:
            raise failure
    return [one.result() for one in running]


def _by_size(jobs: Sequence[Job]) -> list[Job]:
    """The largest first, so that none is left when all others are done."""
    return sorted(jobs, key=lambda job: job.candidate.file.size or 0, reverse=True)
