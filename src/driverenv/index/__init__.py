"""Ask indexes: the files that a project has, and what its distributions need.

Two verbs, both parallel and independent of timing: `listings` walks the policy for each project,
`dependencies` reads the metadata of candidates.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import TypeVar

from packaging.utils import NormalizedName

from driverenv._http import Transport
from driverenv.errors import DriverEnvError
from driverenv.events import Asked, Listener, Warned, ignore
from driverenv.index import confusable, vanished
from driverenv.index.asker import Asker
from driverenv.index.crew import EACH, THREADS, Crew
from driverenv.index.sidecar import wheel_metadata
from driverenv.index.vanished import Judged, Memory
from driverenv.model.answers import Absent, Found, NowhereFound
from driverenv.model.requirement import Root
from driverenv.model.resolution import Candidate, Dependencies, Failed, Unusable
from driverenv.model.site import Policy
from driverenv.policy import Ask, canonical, next_step, sources
from driverenv.policy import direct as files

__all__ = ["EACH", "THREADS", "Asker", "Crew", "Memory", "dependencies", "listings", "look_ahead"]

_SMALL = 512 * 1024
"""Bytes: below that a second request costs more than the rest of the file."""
_T = TypeVar("_T")
_R = TypeVar("_R")
NO_FILES: Mapping[NormalizedName, Root] = MappingProxyType({})
ReadFile = Callable[[Candidate], Dependencies | Unusable | Failed]


def listings(
    projects: Iterable[NormalizedName],
    policy: Policy,
    *,
    transport: Transport,
    on_event: Listener = ignore,
    asker: Asker | None = None,
    direct: Mapping[NormalizedName, Root] = NO_FILES,
) -> Mapping[NormalizedName, Found | NowhereFound]:
    """Who serves each of `projects`, by the policy; give the same `asker` to all calls of one resolve.

    `direct` are the lines that name a file themselves, by project: where no index that is asked before
    public has the project, that file is all there is.
    Raises `PolicyViolation` (`POLICY_URL`) for such an address where one has, and `IndexUnavailable`, `LocalVersionMismatch` (`LOCAL_EMPTY`) or `IntegrityError` of the first
    project in order that has no answer; the others that have none are named in its facts.
    """
    asked = asker or Asker(policy, transport=transport)
    names = sorted(set(projects))
    walk = _Walk(policy, asked, on_event, direct)
    if _is_at_hand(policy) or len(names) == 1:
        outcomes = [_outcome(walk.go, name) for name in names]
    else:
        outcomes = asked.crew.all(partial(_outcome, walk.go), names)
    failed = [
        (name, one) for name, one in zip(names, outcomes, strict=True) if isinstance(one, DriverEnvError)
    ]
    if failed:
        raise _first_of(failed)
    return {
        name: one for name, one in zip(names, outcomes, strict=True) if not isinstance(one, DriverEnvError)
    }


def look_ahead(
    projects: Iterable[NormalizedName],
    policy: Policy,
    *,
    asker: Asker,
    root: bool,
    direct: Mapping[NormalizedName, Root] = NO_FILES,
) -> None:
    """Begin to ask for `projects`, which `listings` is likely to be asked for; tells nobody, raises nothing.

    Each is asked for where `listings` would ask, in the same order of indexes, by the same rules. Where the
    answer is not needed after all, neither it nor its failure has any effect. With `root` the root page of
    the first index is asked for as well, which an absence takes to be proved.
    """
    if _is_at_hand(policy):
        return
    walk = _Walk(policy, asker, None, direct)
    if root:
        asker.crew.begin(asker.look_ahead)
    for name in sorted(set(projects)):
        asker.crew.begin(partial(_outcome, walk.go, name))


def _is_at_hand(policy: Policy) -> bool:
    """Whether every index is a folder: then threads cost more than they bring."""
    return all(ask.index.is_folder for ask in sources(policy))


def dependencies(
    candidates: Iterable[Candidate], *, transport: Transport, read_file: ReadFile, on_event: Listener = ignore
) -> Mapping[str, Dependencies | Unusable | Failed]:
    """What each candidate needs, by `Candidate.key`.

    From its sidecar, or through range requests; where neither can be had, or the whole file costs less
    than asking twice, `read_file` is called, from worker threads. An error is a fact like others here: `Failed` carries it.
    """

    def read(candidate: Candidate) -> Dependencies | Unusable | Failed:
        if _is_cheap(candidate):
            return read_file(candidate)
        return wheel_metadata(candidate, transport, on_event) or read_file(candidate)

    unique = list({candidate.key: candidate for candidate in candidates}.values())
    outcomes = _in_parallel(read, unique) if len(unique) > 1 else [_outcome(read, one) for one in unique]
    return {
        candidate.key: Failed(one) if isinstance(one, DriverEnvError) else one
        for candidate, one in zip(unique, outcomes, strict=True)
    }


def _is_cheap(candidate: Candidate) -> bool:
    """Whether fetching the whole file at once is better: it will most likely be installed anyway."""
    file = candidate.file
    if candidate.direct:
        return True
    if candidate.index.is_folder or file.core_metadata is not None:
        return False
    return not candidate.public or (file.size is not None and file.size <= _SMALL)


class _Walk:
    """From index to index for one project after the other."""

    def __init__(
        self,
        policy: Policy,
        asker: Asker,
        on_event: Listener | None,
        direct: Mapping[NormalizedName, Root] = NO_FILES,
    ) -> None:
        """Without `on_event` nothing is told, and nothing counts as told."""
        self._policy, self._asker, self._on_event, self._direct = policy, asker, on_event, direct

    def go(self, project: NormalizedName) -> Found | NowhereFound:
        """Who serves `project`. What an index in front had once must be the same there, or nobody serves it."""
        answers: list[Found | Absent] = []
        past: list[Judged] = []
        while True:
            step = self._next(project, answers)
            if not isinstance(step, Ask):
                self._settle(past, step)
                return step
            if step.public:
                self._look_for_slips(project, answers)
            begun = time.monotonic()
            answer = self._asker.ask(step.index, project, public=step.public)
            self._tell(_asked(answer, time.monotonic() - begun))
            for note in answer.notes:
                self._warn(Warned("INDEX_NOTE", note))
            if isinstance(answer, Absent) and not step.public and self._asker.memory is not None:
                judged = vanished.judge(self._policy, answer, self._asker.memory)
                self._warn(Warned("VANISHED", judged.warning))
                answer = judged.absent
                past.append(judged)
            answers.append(answer)

    def _next(self, project: NormalizedName, answers: Sequence[Found | Absent]) -> Ask | Found | NowhereFound:
        root = self._direct.get(project)
        if root is None:
            return next_step(self._policy, project, answers)
        step = files.next_step_past(self._policy, root, answers)
        if isinstance(step, Found) and not step.direct:
            if root.direct is not None and not root.direct.bundled:
                raise files.refusal(step, root)
            self._warn(Warned("BUNDLED_UNUSED", files.passed_over(step, root)))
        return step

    def _settle(self, past: Sequence[Judged], end: Found | NowhereFound) -> None:
        memory, known = self._asker.memory, None
        if past and memory is not None and isinstance(end, Found) and not end.public:
            known = memory.seen(end.index, end.project)
        for judged in past:
            self._warn(Warned("VANISHED", vanished.settle(judged, end, known)))

    def _look_for_slips(self, project: NormalizedName, answers: Sequence[Found | Absent]) -> None:
        """Say so, or refuse, where public is about to be asked for what nearly is a local name."""
        mapped = project in {canonical(pattern) for pattern, _ in self._policy.sources}
        if self._policy.confusable == "off" or mapped:
            return
        for answer in answers:
            near = self._asker.lookalikes(answer) if isinstance(answer, Absent) else ()
            if near and self._policy.confusable == "fail":
                raise confusable.refusal(project, near, answer.index)
            if near:
                self._warn(Warned("CONFUSABLE", confusable.warning(project, near, answer.index)))

    def _warn(self, warned: Warned) -> None:
        """Tell it, unless it is empty or was told before."""
        if warned.text and self._on_event is not None and self._asker.is_news(warned.text):
            self._on_event(warned)

    def _tell(self, event: Asked) -> None:
        if self._on_event is not None:
            self._on_event(event)


def _asked(answer: Found | Absent, seconds: float) -> Asked:
    if isinstance(answer, Absent):
        word, detail = "absent", answer.proof
    else:
        count = len(answer.files)
        word, detail = "found", f"{count} file{'' if count == 1 else 's'}, at {answer.page_url}"
    return Asked(answer.project, str(answer.index), word, answer.public, detail, seconds)


def _first_of(failed: Sequence[tuple[NormalizedName, DriverEnvError]]) -> DriverEnvError:
    """The error of the first project; the others are named in it."""
    project, error = failed[0]
    if len(failed) == 1:
        return error
    by_code: dict[str, list[str]] = {}
    for name, other in failed[1:]:
        by_code.setdefault(other.code, []).append(name)
    others = "\n".join(f"{', '.join(names)} ({code})" for code, names in by_code.items())
    return type(error)(
        error.summary,
        code=error.code,
        facts=(*error.facts, ("also failed", others)),
        remedies=error.remedies,
        data={**error.data, "project": project, "others": [name for name, _ in failed[1:]]},
    )


def _outcome(function: Callable[[_T], _R], item: _T) -> _R | DriverEnvError:
    try:
        return function(item)
    except DriverEnvError as error:
        return error


def _in_parallel(function: Callable[[_T], _R], items: Sequence[_T]) -> list[_R | DriverEnvError]:
    """`function` of each item in threads of its own, since a file may have to be built, which asks in turn."""
    crew = Crew(min(THREADS, len(items)))
    try:
        return crew.all(partial(_outcome, function), items)
    finally:
        crew.close()
