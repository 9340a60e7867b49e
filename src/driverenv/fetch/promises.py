"""What is promised about a file, by whom, and what to say where it does not hold or the file cannot be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, NoReturn

from packaging.utils import NormalizedName

from driverenv._http import redacted
from driverenv.errors import DriverEnvError, HashMismatch, IndexUnavailable, IntegrityError, foreign
from driverenv.model.amended import AS_IT_IS, Amended
from driverenv.model.resolution import Candidate

AllowedHashes = Mapping[NormalizedName, frozenset[tuple[str, str]]]

KNOWN = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512"})
SIZE = "size"
_CODES = {"missing": "error", "changing": "error", "unreadable": "down", "gone": "error"}
"""Kinds that have a remedy of their own, and no code of their own."""
_MISSING = ("missing", "gone")
"""Kinds that say that a listed file is not there: perhaps it was taken away since the index was asked."""
_REMEDIES = {
    "redirect": "let the {role} index serve the file itself: what lies elsewhere is not its own",
    "missing": "put the file back on the {role} index, or take it off its page",
    "gone": "put the file back into the folder",
    "auth": "set the user name and password of the {role} index in the settings; they must be good for files, too",
    "proxy-auth": "set the proxy with its user name and password, or take the index's host out of its reach",
    "down": "check that the {role} index is running and can be reached, then try again",
    "dns": "check that the {role} index is running and can be reached, then try again",
    "timeout": "check that the {role} index and the network to it are not overloaded, then try again",
    "tls": "check the certificate of the {role} index, and any proxy that opens TLS connections",
    "truncated": "check the {role} index and any proxy in front of it: the file never comes whole",
    "changing": "wait until the file is copied into the folder, then try again",
    "unreadable": "check that the file is still there and that this account may read it",
}


_CHANGED = (
    "ask who runs the index whether the file was replaced there, and by whom",
    "a proxy between here and the index may have changed the file, too",
)
_CHANGED_ADDRESS = (
    "correct the digest in the requirements file, if the author of the file confirms the other one",
    "a proxy between here and the address may have changed the file, too",
)


class Terms(NamedTuple):
    """How the content of one file is judged, and where it lies."""

    amended: Amended = AS_IT_IS
    """What the site's policy says in place of its metadata."""
    deciding: bool = False
    """Whether it is read only to decide about what it requires: a fault there is no reason to refuse it yet."""
    strict: bool = False
    """Whether a local wheel must match its RECORD, as a public one must."""
    path: str = ""
    """Where a wheel lies that the driver brings itself."""


class Job(NamedTuple):
    """A file to be brought."""

    candidate: Candidate
    allowed: frozenset[tuple[str, str]]
    """What the requirements file allows; empty: anything."""
    terms: Terms = Terms()
    """How its content is judged."""

    @property
    def filename(self) -> str:
        return self.candidate.file.filename

    @property
    def algorithms(self) -> frozenset[str]:
        promised = (*self.candidate.file.hashes, *self.allowed)
        return frozenset({"sha256", *(name for name, _ in promised if name in KNOWN)})


def allowed_for(candidate: Candidate, hashes: AllowedHashes | None) -> frozenset[tuple[str, str]]:
    """What the requirements file allows for `candidate`; refuses where it has hashes, but none for it."""
    if hashes is None:
        return frozenset()
    found = hashes.get(candidate.project, frozenset())
    if not found:
        raise IntegrityError(
            f"the requirements file has hashes, but none for {candidate}",
            facts=_place(candidate),
            remedies=(
                f"add {candidate.project}=={candidate.version} with its --hash to the requirements file",
            ),
            data={"project": candidate.project, "file": candidate.file.filename},
        )
    return found


def _place(candidate: Candidate) -> tuple[tuple[str, str], ...]:
    if candidate.direct:
        told = "a line of the requirements file, not an index"
        return ("named by", told), ("file", foreign(redacted(candidate.file.url)))
    return ("index", str(candidate.index)), ("file", foreign(redacted(candidate.file.url)))


def located(job: Job, error: DriverEnvError) -> DriverEnvError:
    """The same error of an archive, with the index and the address that the file came from."""
    (index, (_, url)) = _place(job.candidate)
    told = error.with_facts(index, ("address", url))
    told.data |= {"project": job.candidate.project, "index": job.candidate.index.location, "url": url}
    return told


def check_promises(job: Job) -> None:
    """What can be said before a byte is asked for."""
    candidate = job.candidate
    sha256 = candidate.file.digest("sha256")
    if candidate.public and not candidate.direct and sha256 is None:
        raise IntegrityError(
            f"{candidate.index.name} gives no sha256 for {foreign(job.filename)}",
            facts=(*_place(candidate), ("not used", "a public file that nobody vouches for with a sha256")),
            remedies=("use a public index that gives sha256 digests, as public PyPI does",),
            data={"project": candidate.project, "file": job.filename},
        )
    only_sha256 = {name for name, _ in job.allowed} == {"sha256"}
    if sha256 and only_sha256 and ("sha256", sha256) not in job.allowed:
        mismatch(job, "sha256", sorted(digest for _, digest in job.allowed), sha256, "the requirements file")


def memory_key(job: Job) -> str:
    """What is remembered of a file is filed under its URL and what the index says of its content."""
    file = job.candidate.file
    return "\n".join([file.url, *(f"{name}:{digest}" for name, digest in sorted(file.hashes))])


def broken_promise(job: Job, digests: Mapping[str, str]) -> tuple[str, str] | None:
    """The first digest of the index that does not fit: algorithm and what was promised."""
    for name, promised in job.candidate.file.hashes:
        if name in digests and digests[name] != promised:
            return name, promised
    size = job.candidate.file.size
    if size is not None and digests.get(SIZE, str(size)) != str(size):
        return SIZE, str(size)
    return None


def check_allowed(job: Job, digests: Mapping[str, str]) -> None:
    """Refuse a file whose digests the requirements file does not allow."""
    if job.allowed and not any(digests.get(name) == digest for name, digest in job.allowed):
        name = min(name for name, _ in job.allowed)
        allowed = sorted(digest for algorithm, digest in job.allowed if algorithm == name)
        mismatch(job, name, allowed, digests.get(name, "?"), "the requirements file")


def mismatch(job: Job, algorithm: str, promised: Sequence[str], got: str, who: str) -> NoReturn:
    """Raise `HashMismatch`: both digests, who promised, and where the file is."""
    candidate = job.candidate
    raise HashMismatch(
        f"{foreign(job.filename)} is not the file that {who} promises: its {algorithm} differs",
        facts=(
            *_place(candidate),
            ("promised", "\n".join(f"{algorithm} {foreign(one)}" for one in promised)),
            ("got", f"{algorithm} {foreign(got)}"),
        ),
        remedies=_CHANGED_ADDRESS if candidate.direct else _CHANGED,
        data={
            "project": candidate.project,
            "file": job.filename,
            "algorithm": algorithm,
            "promised": list(promised),
            "got": got,
        },
    )


def unreadable(job: Job, error: OSError) -> DriverEnvError:
    """A file of a folder index cannot be read, or is there no more."""
    if isinstance(error, FileNotFoundError):
        return unavailable(job, "gone", "the file was there a moment ago, and is not any more")
    return unavailable(job, "unreadable", f"the file cannot be read: {error.strerror or error}")


def unavailable(job: Job, kind: str, detail: str) -> DriverEnvError:
    """The file could not be had, and nobody else is asked; for `kind` see `IndexUnavailable.code_for` and `_CODES`."""
    candidate = job.candidate
    if candidate.direct:
        return _not_had(job, kind, detail)
    role = "public" if candidate.public else "local"
    return IndexUnavailable(
        f"{foreign(job.filename)} could not be had from the {role} index {candidate.index.name}",
        code=IndexUnavailable.code_for(_CODES.get(kind, kind), public=candidate.public),
        facts=(
            *_place(candidate),
            ("what happened", foreign(detail)),
            ("not asked", "any other index, version or file: this one serves the project"),
        ),
        remedies=(
            _REMEDIES.get(kind, "look into the log of the {role} index, then try again").format(role=role),
        ),
        data={**_data(job, kind), "missing": kind in _MISSING},
    )


def _not_had(job: Job, kind: str, detail: str) -> IndexUnavailable:
    """The same for a file that a line names itself: there is no page that could be looked at again."""
    candidate = job.candidate
    return IndexUnavailable(
        f"{foreign(job.filename)} could not be had from the address that the requirements file names",
        code=IndexUnavailable.code_for(_CODES.get(kind, kind), public=candidate.public),
        facts=(
            *_place(candidate),
            ("what happened", foreign(detail)),
            ("not asked", "any other address or index"),
        ),
        remedies=(
            "correct the address in the requirements file: redirects are not followed",
            "or put the file into a local index, and write its name and version alone",
        ),
        data={**_data(job, kind), "missing": False},
    )


def _data(job: Job, kind: str) -> dict[str, object]:
    candidate = job.candidate
    return {
        "project": candidate.project,
        "index": candidate.index.location,
        "file": job.filename,
        "kind": _CODES.get(kind, kind),
        "url": redacted(candidate.file.url),
        "public": candidate.public,
    }
