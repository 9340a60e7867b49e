"""Names that were local once and are not any more: none of them becomes public in silence. Pure.

A deleted file, a restored backup and a share that is not mounted all look like "never had it". What
tells them apart is the memory of names: an absence is judged by what the index had before.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

from packaging.utils import NormalizedName

from driverenv.errors import LocalVersionMismatch, foreign
from driverenv.model.answers import Absent, Found, NowhereFound
from driverenv.model.site import Index, Policy
from driverenv.policy import matches
from driverenv.store.names import Seen, SeenFile

_SHOWN = 5


class Memory(Protocol):
    """What outlives a launch: which names an index had."""

    def seen(self, index: Index, project: NormalizedName, *, public: bool = False) -> Seen | None:
        """What `index` had of `project`; None: it was never seen there."""

    def projects(self, index: Index) -> tuple[str, ...]:
        """Every project that a local `index` ever had."""

    def listed(self, index: Index) -> tuple[str, ...]:
        """Some projects that a local `index` listed once, whether or not they were asked for."""

    def remember(self, found: Found) -> None:
        """Keep which files a local index has now."""

    def note_listing(self, index: Index, names: Collection[str]) -> None:
        """Keep that a local `index` lists projects."""

    def was_absent(self, index: Index, project: NormalizedName) -> bool:
        """Whether the project's own page in a local `index` said not long ago that it is not there."""

    def note_absence(self, index: Index, project: NormalizedName) -> None:
        """Keep that it says so."""


class Judged(NamedTuple):
    """An absence, looked at with the memory of names."""

    absent: Absent
    """With the past in its proof."""
    past: Seen | None = None
    """What must be shown to be only a copy, before anybody else may serve the project."""
    warning: str = ""
    lost: LocalVersionMismatch | None = None
    """Offline: what to raise where a later index has the project after all."""


def judge(policy: Policy, absent: Absent, memory: Memory) -> Judged:
    """What a local index's absence is worth. Raises `LocalVersionMismatch` (`LOCAL_VANISHED`).

    Offline nothing is raised: nobody outside is asked, and the proof says what was there before.
    """
    if absent.lists_nothing:
        before = sorted({*memory.projects(absent.index), *memory.listed(absent.index)})
        names = [name for name in before if not _is_released(policy, name)]
        if names:
            return _judge_all(policy, absent, names)
    seen = memory.seen(absent.index, absent.project)
    if seen is None:
        return Judged(absent)
    if _is_released(policy, absent.project):
        return Judged(_with_past(absent, f"it had files here until {seen.last_day}, and was released"))
    noted = _with_past(absent, f"it had files here until {seen.last_day}")
    if policy.vanished == "warn":
        return Judged(noted, warning=_warning(seen, 'the policy says vanished = "warn"'))
    if policy.offline:
        return Judged(noted, seen)
    if policy.vanished == "fail":
        raise refusal(noted, seen, ("not asked", 'any other index: the policy says vanished = "fail"'))
    if seen.digests is None:
        raise refusal(noted, seen, ("not asked", f"any other index: {_unknown(seen)}"))
    return Judged(noted, seen)


def settle(judged: Judged, end: Found | NowhereFound, also: Seen | None = None) -> str:
    """The warning for files that were only copies of what serves now; `also`: what else is known of its files.

    Raises `LocalVersionMismatch` (`LOCAL_VANISHED`) where they were not, or where nobody else has any.
    """
    seen = judged.past
    if isinstance(end, NowhereFound):
        if seen is not None and not end.offline:
            raise refusal(judged.absent, seen, _nowhere(end))
        return ""
    if judged.lost is not None:
        raise judged.lost
    return _compared(judged.absent, seen, end, also) if seen is not None else ""


def _nowhere(end: NowhereFound) -> tuple[str, str]:
    if end.not_asked:
        return "not asked", "\n".join(foreign(f"{one.index}: {one.reason}") for one in end.not_asked)
    others = [foreign(one.index) for one in end.absents[1:]]
    if not others:
        return "not asked", "any other index: there is none that may be asked"
    return "also asked", f"{', '.join(others)}: absent"


def _compared(absent: Absent, seen: Seen, found: Found, also: Seen | None) -> str:
    there = {file.digest("sha256") for file in found.files} | (also.digests or set() if also else set())
    if seen.digests is not None and seen.digests <= there:
        return _warning(seen, f"{found.index} has the very same files, so these were copies")
    missing = [file for file in seen.files if file.digests is None or not set(file.digests) <= there]
    told = f"{found.index}: it does not have {_counted(missing)} with the same content"
    raise refusal(absent, seen, ("also asked", told))


def refusal(absent: Absent, seen: Seen, why: tuple[str, str]) -> LocalVersionMismatch:
    """The error for a project that an index had, and has no more; `why` nobody else may serve it."""
    project = absent.project
    first = "" if seen.first_day == seen.last_day else f", first on {seen.first_day}"
    return LocalVersionMismatch(
        f"the local index had files of {project} until {seen.last_day}, and has none any more",
        code="LOCAL_VANISHED",
        facts=(
            ("project", str(project)),
            ("local index", str(absent.index)),
            ("answer", foreign(absent.proof, limit=500)),
            ("seen there", f"last on {seen.last_day}{first}, at {foreign(seen.page) or 'a place unknown'}"),
            ("it had", _files(seen)),
            why,
        ),
        remedies=(
            f"put the files of {project} back into the local index: were they deleted, is a share not mounted?",
            f"if the project was taken away on purpose: driverenv release {project}",
            f'or for every server with these settings: released = ["{project}"]',
        ),
        data=_data(absent) | {"files": [file.filename for file in seen.files], "last_seen": seen.last_day},
    )


def _judge_all(policy: Policy, absent: Absent, names: Sequence[str]) -> Judged:
    """The index lists nothing, and had something before: whatever it is asked about, it proves nothing."""
    told = f"it had files of {_names(names)} here before"
    noted = _with_past(absent, told)
    if policy.vanished == "warn":
        text = f"{absent.index} lists no project at all, but {told}: is its folder or share still there?"
        return Judged(noted, warning=text)
    error = LocalVersionMismatch(
        "the local index lists no project at all, but it had some before",
        code="LOCAL_VANISHED",
        facts=(
            ("project", str(absent.project)),
            ("local index", str(absent.index)),
            ("answer", foreign(absent.proof, limit=500)),
            ("it had", _names(names)),
            ("not asked", "any other index: an index that lost everything proves nothing about any name"),
        ),
        remedies=(
            "check the folder that the index serves: was it deleted or moved, is its share mounted?",
            f"if the index was emptied on purpose: driverenv release --index {_quoted(absent.index.name)} '*'",
        ),
        data=_data(absent) | {"names": list(names)},
    )
    if policy.offline:
        return Judged(noted, lost=error)
    raise error


def _data(absent: Absent) -> dict[str, object]:
    return {"project": absent.project, "index": absent.index.location, "public": False}


def _is_released(policy: Policy, name: str) -> bool:
    return any(matches(pattern, name) for pattern in policy.released)


def _with_past(absent: Absent, told: str) -> Absent:
    evidence = absent.evidence._replace(memory=told)
    return replace(absent, proof=f"{absent.proof}; {told}", evidence=evidence)


def _warning(seen: Seen, why: str) -> str:
    return f"{seen.name} had {_counted(seen.files)} of {seen.project} until {seen.last_day}, and has none any more: {why}"


def _unknown(seen: Seen) -> str:
    if not seen.whole:
        return "what was there is not known any more, so nobody can tell whether it was public, too"
    unknown = next(file.filename for file in seen.files if file.digests is None)
    return f"the content of {foreign(unknown)} was never seen, so nobody can tell whether it is public, too"


def _counted(files: Sequence[SeenFile]) -> str:
    if not files:
        return "files"
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return f"{foreign(files[0].filename)}{more}"


def _files(seen: Seen) -> str:
    lines = [
        f"{foreign(file.filename)}, {f'sha256 {file.sha256}' if file.sha256 else 'content unknown'}"
        for file in seen.files[:_SHOWN]
    ]
    if len(seen.files) > _SHOWN:
        lines.append(f"and {len(seen.files) - _SHOWN} more")
    return "\n".join(lines) or "files of which nothing is known any more: their record is damaged"


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(foreign(name, limit=100) for name in names[:_SHOWN])
    return shown + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _quoted(name: str) -> str:
    return name if name.isalnum() else f'"{foreign(name)}"'
