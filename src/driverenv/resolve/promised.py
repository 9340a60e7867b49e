"""Whether what was chosen is what a lock promises; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from driverenv.errors import (
    DriverEnvError,
    LocalVersionMismatch,
    LockMismatch,
    ProjectNotFound,
    Unresolvable,
    foreign,
)
from driverenv.model.lock import Entry, Promise
from driverenv.model.requirement import Requirements, Root, Target
from driverenv.model.resolution import Demand, Pin
from driverenv.resolve.want import applies, replaced

REQUIREMENTS, INDEX, FILE, PYTHON = "LOCK_REQUIREMENTS", "LOCK_INDEX", "LOCK_FILE", "LOCK_PYTHON"
_SHOWN = 12
_DIGITS = 12


class Broken(NamedTuple):
    """One thing that is not as the lock has it."""

    project: str
    now: str
    locked: str


def bound(requirements: Requirements, promise: Promise) -> Requirements:
    """The requirements, constrained to the versions of the lock, whose files come first among those of a version."""
    pins = tuple(
        Root(
            Requirement(f"{name}=={entry.version}" if entry.version else name),
            entry.source,
            tuple(sorted(entry.digests)),
        )
        for name, entry in promise.entries.items()
    )
    return replace(requirements, constraints=(*requirements.constraints, *pins))


def check_requirements(
    demands: Sequence[Demand],
    promise: Promise,
    target: Target,
    overrides: Mapping[NormalizedName, Requirement],
) -> None:
    """Whether the lock is for this Python, and has a version for each thing that is asked for. Raises `LockMismatch`."""
    if promise.requires_python and not target.fits_python(promise.requires_python):
        now = f"Python {target.python_full_version}"
        what = "is for another Python"
        raise mismatch(PYTHON, promise, what, [Broken("", now, f"Python {promise.requires_python}")])
    broken = [
        Broken(str(name), f"{foreign(demand.source)}", _told(promise.entries.get(name)))
        for demand in demands
        if applies(demand.requirement, target, "")
        for name in [canonicalize_name(demand.requirement.name)]
        if not _meets(replaced(demand, overrides).requirement, promise.entries.get(name))
    ]
    if broken:
        raise mismatch(REQUIREMENTS, promise, "does not fit what is asked for", broken)


def _meets(requirement: Requirement, entry: Entry | None) -> bool:
    if entry is None:
        return False
    return not entry.version or requirement.specifier.contains(entry.version, prereleases=True)


def check(pins: Sequence[Pin], promise: Promise, digests: Mapping[str, str]) -> None:
    """Whether these are the projects, the versions, the origins and the files of the lock. Raises `LockMismatch`.

    `digests` are the SHA-256 of files, by `Candidate.key`, as far as they are known beside what indexes say.
    """
    chosen = {pin.candidate.project: pin for pin in pins}
    broken = [
        Broken(str(name), f"{pin.candidate.version}, needed by {_who(pin)}", "it is not in the lock")
        for name, pin in chosen.items()
        if name not in promise.entries
    ]
    broken += [
        Broken(str(name), "nobody asks for it", _told(entry))
        for name, entry in promise.entries.items()
        if name not in chosen
    ]
    if broken:
        raise mismatch(REQUIREMENTS, promise, "does not fit what is asked for", broken)
    both = [(pin, promise.entries[name]) for name, pin in chosen.items()]
    broken = list(_elsewhere(both))
    if broken:
        raise mismatch(INDEX, promise, "has files of another index than the policy goes to", broken)
    broken = list(_other_files(both, digests))
    if broken:
        raise mismatch(FILE, promise, "has other files than there are", broken)


def _elsewhere(both: Iterable[tuple[Pin, Entry]]) -> Iterator[Broken]:
    for pin, entry in both:
        one = pin.candidate
        if entry.public is not None and not one.direct and entry.public != one.public:
            kind = "public index" if one.public else "local index"
            was = "the public index" if entry.public else "a local index"
            yield Broken(one.project, f"{one.version} from the {kind} {foreign(one.index)}", f"from {was}")


def _other_files(both: Iterable[tuple[Pin, Entry]], digests: Mapping[str, str]) -> Iterator[Broken]:
    for pin, entry in both:
        one = pin.candidate
        own = digests.get(one.key)
        known = frozenset({*one.file.hashes, *((("sha256", own),) if own else ())})
        algorithms = {name for name, _ in entry.digests}
        wrong = sorted(pair for pair in known - entry.digests if pair[0] in algorithms)
        if wrong or one.version != Version(entry.version or str(one.version)):
            now = f"{foreign(one.file.filename)}, {_digest(wrong)}"
            yield Broken(one.project, now, ", ".join(map(_short, sorted(entry.digests)[:3])))


def translated(error: DriverEnvError, promise: Promise) -> DriverEnvError:
    """The error of a launch that is held to a lock: what it says about the lock, and then all that it says itself."""
    if (
        not isinstance(error, LocalVersionMismatch | Unresolvable | ProjectNotFound)
        or error.code == "TOO_DEEP"
    ):
        return error
    entry = next((one for name, one in promise.entries.items() if name == error.data.get("project")), None)
    if entry is None or error.code == "CONFLICT":
        code, what = LockMismatch.default_code, "cannot be had any more"
    elif entry.public and isinstance(error, LocalVersionMismatch):
        code, what = INDEX, "has files of public, and a local index has the project now"
    else:
        code, what = FILE, "has a file that is not there any more, or may not be used"
    found = mismatch(code, promise, what, [])
    return LockMismatch(
        found.summary,
        code=code,
        facts=(*found.facts, ("because", f"{error.code}: {error.summary}"), *error.facts),
        remedies=found.remedies,
        data={**error.data, **found.data, "cause": error.as_dict()},
    )


def mismatch(code: str, promise: Promise, what: str, broken: Sequence[Broken]) -> LockMismatch:
    """The error for what is not as the lock has it."""
    facts = [("lock", foreign(promise.path, limit=1000))]
    for one in broken[:_SHOWN]:
        head = f"{foreign(one.project)}: " if one.project else ""
        facts.append(("locked", f"{head}{one.locked}"))
        facts.append(("now", f"{head}{one.now}"))
    if len(broken) > _SHOWN:
        facts.append(("", f"and {len(broken) - _SHOWN} more"))
    return LockMismatch(
        f"the lock {what}",
        code=code,
        facts=tuple(facts),
        remedies=(
            "if the lock is meant: bring back what it was made from",
            "if what is there now is meant: launch once without --locked, which makes the lock anew",
            "a lock in the driver's folder is made anew by: driverenv lock DRIVER -o pylock.toml",
        ),
        data={"lock": promise.path, "broken": [one._asdict() for one in broken]},
    )


def _told(entry: Entry | None) -> str:
    return "it is not in the lock" if entry is None else foreign(entry.version or "any version")


def _who(pin: Pin) -> str:
    for demand in pin.demands:
        return str(demand.parent) if demand.parent is not None else foreign(demand.source)
    return "nobody"


def _digest(pairs: Sequence[tuple[str, str]]) -> str:
    return _short(pairs[0]) if pairs else "another version"


def _short(pair: tuple[str, str]) -> str:
    return f"{foreign(pair[0])} {foreign(pair[1])[:_DIGITS]}"
