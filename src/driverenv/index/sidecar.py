"""A wheel's metadata without the wheel: its sidecar (PEP 658, PEP 714), or a few ranges of the wheel itself."""

from __future__ import annotations

import hashlib
import hmac
import zipfile
import zlib

from packaging.utils import NormalizedName, canonicalize_name

from driverenv._http import Transport, TransportFailure, redacted
from driverenv.errors import HashMismatch, foreign
from driverenv.events import Listener, Warned
from driverenv.index.metadata import MAX_BYTES, parse_metadata
from driverenv.index.ranges import remote_member
from driverenv.model.resolution import Candidate, Dependencies, Unusable

_OK = 200


def wheel_metadata(
    candidate: Candidate, transport: Transport, on_event: Listener
) -> Dependencies | Unusable | None:
    """What a wheel needs, read without fetching the whole of it; None: the whole file must be read.

    Raises `HashMismatch`: the sidecar is not what the index promised; `IntegrityError`: the server
    answers other ranges than it was asked for. Whatever else goes wrong is left to the reader of the file.
    """
    if not candidate.is_wheel:
        return None
    if candidate.index.is_folder:
        raw = _from_folder(candidate)
    else:
        raw = _from_sidecar(candidate, transport, on_event)
        if raw is None:
            raw = remote_member(candidate, transport, lambda name: is_metadata(name, candidate.project))
    return None if raw is None else parse_metadata(raw)


def is_metadata(member: str, project: NormalizedName) -> bool:
    """Whether an archive's member is the METADATA of `project`: right below its own dist-info folder."""
    folder, _, rest = member.partition("/")
    stem = folder.removesuffix(".dist-info")
    return rest == "METADATA" and stem != folder and canonicalize_name(stem.rpartition("-")[0]) == project


def _from_folder(candidate: Candidate) -> bytes | None:
    try:
        with zipfile.ZipFile(candidate.file.url) as wheel:
            found = [info for info in wheel.infolist() if is_metadata(info.filename, candidate.project)]
            if len(found) != 1 or found[0].file_size > MAX_BYTES:
                return None
            with wheel.open(found[0]) as member:
                return member.read(MAX_BYTES + 1)
    except (OSError, zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, RuntimeError, EOFError):
        return None  # the archive reader says what is wrong


def _from_sidecar(candidate: Candidate, transport: Transport, on_event: Listener) -> bytes | None:
    promised = candidate.file.core_metadata
    if promised is None:
        return None
    path, mark, query = candidate.file.url.partition("?")
    url = f"{path}.metadata{mark}{query}"
    try:
        answer = transport.get(candidate.index, url, public=candidate.public, limit=MAX_BYTES)
    except TransportFailure as failure:
        told = failure.detail
    else:
        if answer.status == _OK:
            _verify(candidate, url, answer.body, promised)
            return answer.body
        told = f"HTTP status {answer.status}"
    text = f"{candidate.index} advertises metadata of {foreign(candidate.file.filename)} but does not give it"
    on_event(Warned("SIDECAR_MISSING", f"{text}: {foreign(told)}"))
    return None


def _verify(candidate: Candidate, url: str, body: bytes, promised: tuple[tuple[str, str], ...]) -> None:
    for algorithm, digest in promised:
        if algorithm not in hashlib.algorithms_guaranteed or algorithm.startswith("shake"):
            continue
        got = hashlib.new(algorithm, body, usedforsecurity=False).hexdigest()
        if not hmac.compare_digest(got.encode(), digest.encode()):
            raise HashMismatch(
                f"the metadata of {foreign(candidate.file.filename)} is not what its index promises: "
                f"its {algorithm} differs",
                facts=(
                    ("index", str(candidate.index)),
                    ("file", foreign(redacted(url))),
                    ("promised", f"{algorithm} {foreign(digest)}"),
                    ("got", f"{algorithm} {got}"),
                ),
                remedies=(
                    "ask who runs the index whether the file was replaced there, and by whom",
                    "a proxy between here and the index may have changed the file, too",
                ),
                data={"project": candidate.project, "file": candidate.file.filename, "algorithm": algorithm},
            )
