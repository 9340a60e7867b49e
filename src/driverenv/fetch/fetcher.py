"""One file into the store: from memory, over HTTP, or from a folder."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from driverenv import _fs
from driverenv._http import Transport, TransportFailure
from driverenv.archive import sdist
from driverenv.errors import ArchiveRejected, HashMismatch, foreign
from driverenv.events import Downloaded, Listener, Warned
from driverenv.fetch.promises import (
    KNOWN,
    Job,
    broken_promise,
    check_allowed,
    located,
    memory_key,
    mismatch,
    unavailable,
    unreadable,
)
from driverenv.fetch.reception import Reception
from driverenv.model.answers import BUNDLED
from driverenv.model.resolution import Candidate
from driverenv.store import Store, usage

_RESTARTS = 2
_CHUNK = 1 << 20
_FOLDER_TRIES = 5
_FOLDER_PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class Fetcher:
    """Brings files into `store`; safe for threads."""

    store: Store
    transport: Transport
    on_event: Listener
    sleep: Callable[[float], None]

    def has(self, job: Job) -> bool:
        """A quick look: whether the store seems to have all of it, so that nothing is waited for."""
        known = job.candidate.file.digest("sha256")
        if known is None or job.candidate.index.is_folder:
            return False
        return self.store.wheel(known) is not None if job.candidate.is_wheel else False

    def bring(self, job: Job) -> str:
        """Have the file in the store; its sha256."""
        if job.candidate.direct == BUNDLED:
            return self._from_the_driver(job)
        if job.candidate.index.is_folder:
            return self._from_folder(job)
        known = job.candidate.file.digest("sha256") or self._remembered(job)
        if known and self._settle(job, known):
            return known
        before = self.store.read("fetched", memory_key(job))
        with self.store.lock("fetch", known or memory_key(job)):
            # somebody else may have brought it while we stood at the lock
            after = self.store.read("fetched", memory_key(job))
            known = known or self._remembered(job) or (_sha256_in(after) if after != before else None)
            if known and self._settle(job, known):
                return known
            return self._download(job)

    def _from_the_driver(self, job: Job) -> str:
        """A bundled wheel: that its bytes are those that were hashed when the requirements were read."""
        sha256 = job.candidate.file.digest("sha256") or ""
        with self.store.lock("fetch", sha256):
            if self._settle(job, sha256):
                return sha256
            if not job.terms.path:
                raise unavailable(job, "gone", "the file was there when the requirements were read")
            begun = time.monotonic()
            with self.store.staging() as folder:
                digests = _copied(job, Path(job.terms.path), folder / "file")
                if digests["sha256"] != sha256:
                    raise unavailable(
                        job, "changing", "the file was another one when the requirements were read"
                    )
                check_allowed(job, digests)
                return self._keep(job, folder / "file", digests, begun)

    def _remembered(self, job: Job) -> str | None:
        """The sha256 of a file that the index describes by another digest, from when it last came."""
        if not any(name in KNOWN for name, _ in job.candidate.file.hashes):
            return None
        return _sha256_in(self.store.read("fetched", memory_key(job)))

    def _remember(self, job: Job, sha256: str) -> None:
        document = {"sha256": sha256, "arrival": uuid.uuid4().hex}
        self.store.write("fetched", memory_key(job), json.dumps(document).encode())

    def _settle(self, job: Job, sha256: str) -> bool:
        """Whether the store has it already (then the requirements file's hashes and the offer are checked)."""
        archive = self.store.archive(sha256)
        if archive is None:
            return False
        missing = {name for name, _ in job.allowed} - {"sha256"}
        digests = {"sha256": sha256} | (_digests_of(_chunks_of(archive), missing) if missing else {})
        check_allowed(job, digests)
        if not usage.touch(self.store.home, sha256):
            return False  # it was in nobody's use until now, and goes at this moment
        self._take(job, archive, sha256)
        return True

    def _take(self, job: Job, archive: Path, sha256: str) -> None:
        """Unpack a wheel, unless that was done before."""
        candidate = job.candidate
        if not candidate.is_wheel:
            return
        try:
            stored = self.store.ingest(
                archive,
                project=candidate.project,
                version=str(candidate.version),
                filename=job.filename,
                sha256=sha256,
                public=candidate.public or job.terms.strict,
                amended=job.terms.amended,
                deciding=job.terms.deciding,
            )
        except ArchiveRejected as error:
            raise located(job, error) from error
        if stored.notes:
            text = f"{job.filename} from {candidate.index.name} does not match its RECORD: {stored.notes[0]}"
            more = f" (and {len(stored.notes) - 1} more)" if len(stored.notes) > 1 else ""
            self.on_event(Warned("RECORD_MISMATCH", foreign(text + more)))

    def _check_sdist(self, job: Job, staged: Path) -> None:
        """Refuse one before it gets into the store; a wheel is checked while it is unpacked."""
        candidate = job.candidate
        try:
            sdist.check(
                staged,
                project=candidate.project,
                version=str(candidate.version),
                filename=job.filename,
            )
        except ArchiveRejected as error:
            raise located(job, error) from error

    def _keep(self, job: Job, staged: Path, digests: Mapping[str, str], begun: float) -> str:
        sha256 = digests["sha256"]
        size = staged.stat().st_size
        if not job.candidate.is_wheel:
            self._check_sdist(job, staged)
        self._take(job, staged, sha256)
        self.store.admit(staged, sha256)
        self.on_event(Downloaded(job.filename, size, sha256, time.monotonic() - begun))
        return sha256

    # ------------------------------------------------------------------------------------ over HTTP

    def _download(self, job: Job) -> str:
        begun = time.monotonic()
        with self.store.staging() as folder:
            staged = folder / "file"
            digests = self._receive(job, staged)
            if broken_promise(job, digests):
                digests = self._receive(job, staged)  # one fresh download
            broken = broken_promise(job, digests)
            if broken:
                name, promised = broken
                who = "the requirements file" if job.candidate.direct else "the index"
                mismatch(job, name, [promised], digests[name], who)
            check_allowed(job, digests)
            sha256 = self._keep(job, staged, digests, begun)
        if job.candidate.file.digest("sha256") is None:
            self._remember(job, sha256)
        return sha256

    def _receive(self, job: Job, staged: Path) -> Mapping[str, str]:
        reception = Reception(job, staged, self.on_event)
        for attempt in range(_RESTARTS + 1):
            try:
                candidate = job.candidate
                with self.transport.stream(
                    candidate.index, candidate.file.url, public=candidate.public, offset=reception.received
                ) as answer:
                    reception.take(answer)
            except TransportFailure as failure:
                # Who says nothing was waited for long enough by the transport, its own retries included.
                heals = failure.kind == "truncated" or (failure.again and failure.kind != "timeout")
                if attempt == _RESTARTS or not heals:
                    trouble = "error" if failure.kind == "protocol" else failure.trouble
                    raise unavailable(job, trouble, str(failure)) from failure
            else:
                break
        return reception.digests()

    # --------------------------------------------------------------------------------- from a folder

    def _from_folder(self, job: Job) -> str:
        path = Path(job.candidate.file.url)
        with self.store.lock("fetch", str(path)):
            for attempt in range(1, _FOLDER_TRIES + 1):
                stamp = _stamp(job, path)
                known = self._recalled(path, stamp)
                if known and self._settle(job, known):
                    return known
                try:
                    brought = self._copy(job, path, stamp)
                except (ArchiveRejected, HashMismatch):
                    # perhaps it is still being copied into the folder: look whether it moves
                    self.sleep(_FOLDER_PAUSE_SECONDS)
                    if attempt == _FOLDER_TRIES or _stamp(job, path) == stamp:
                        raise
                else:
                    if brought:
                        return brought
                    self.sleep(_FOLDER_PAUSE_SECONDS)
        detail = f"the file was still changing after {_FOLDER_TRIES} looks at it"
        raise unavailable(job, "changing", detail)

    def _copy(self, job: Job, path: Path, stamp: list[int]) -> str | None:
        """Copy the file while hashing it; None where it changed meanwhile."""
        begun = time.monotonic()
        with self.store.staging() as folder:
            staged = folder / "file"
            digests = _copied(job, path, staged)
            if _stamp(job, path) != stamp:
                return None
            broken = broken_promise(job, digests)
            if broken:
                mismatch(job, broken[0], [broken[1]], digests[broken[0]], "the index")
            check_allowed(job, digests)
            sha256 = self._keep(job, staged, digests, begun)
        self.store.write("folder-file", str(path), json.dumps([*stamp, sha256]).encode())
        return sha256

    def _recalled(self, path: Path, stamp: list[int]) -> str | None:
        data = self.store.read("folder-file", str(path))
        try:
            *seen, sha256 = json.loads(data or b"[null]")
        except (ValueError, TypeError):
            return None
        return sha256 if seen == stamp and isinstance(sha256, str) else None


def is_new(candidate: Candidate, store: Store) -> bool:
    """A quick look: whether `store` lacks this wheel, as far as that is known before it is brought."""
    sha256 = candidate.file.digest("sha256")
    if candidate.index.is_folder:
        return store.read("folder-file", str(Path(candidate.file.url))) is None
    if sha256 is None:
        return store.read("fetched", memory_key(Job(candidate, frozenset()))) is None
    return store.wheel(sha256) is None


def _copied(job: Job, path: Path, staged: Path) -> dict[str, str]:
    """Copy the file at `path`; the digests of what was copied."""
    with _fs.translated(staged), staged.open("wb") as out:
        return _digests_of(_offered(job, path), job.algorithms, out.write)


def _offered(job: Job, path: Path) -> Iterator[bytes]:
    try:
        yield from _chunks_of(path)
    except OSError as error:
        raise unreadable(job, error) from error


def _sha256_in(document: bytes | None) -> str | None:
    try:
        return str(json.loads(document)["sha256"]) if document else None
    except (ValueError, KeyError, TypeError):
        return None


def _stamp(job: Job, path: Path) -> list[int]:
    try:
        status = path.stat()
    except OSError as error:
        raise unreadable(job, error) from error
    return [status.st_size, status.st_mtime_ns]


def _chunks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _digests_of(
    chunks: Iterator[bytes], algorithms: Iterable[str], also: Callable[[bytes], object] = len
) -> dict[str, str]:
    hashers = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms}
    for chunk in chunks:
        also(chunk)
        for hasher in hashers.values():
            hasher.update(chunk)
    return {name: hasher.hexdigest() for name, hasher in hashers.items()}
