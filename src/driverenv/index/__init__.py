"""Ask indexes: the files that a project has, and what its distributions need.

Two verbs, both parallel and independent of timing: `listings` walks the policy for each project,
`dependencies` reads the metadata of candidates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from packaging.utils import NormalizedName

from driverenv._http import Transport
from driverenv.errors import DriverEnvError
from driverenv.events import Asked, Listener, Warned, ignore
from driverenv.index import confusable, vanished
from driverenv.index.asker import Asker
from driverenv.index.sidecar import wheel_metadata
from driverenv.index.vanished import Judged, Memory
from driverenv.model.answers import Absent, Found, NowhereFound
from driverenv.model.resolution import Candidate, Dependencies, Failed, Unusable
from driverenv.model.site import Policy
from driverenv.policy import Ask, canonical, next_step, sources

__all__ = ["Asker", "Memory", "dependencies", "listings"]

_THREADS = 16
_SMALL = 512 * 1024
"""Bytes: below that a second request costs more than the rest of the file."""
_T = TypeVar("_T")
_R = TypeVar("_R")
ReadFile = Callable[[Candidate], Dependencies | Unusable | Failed]


def listings(
    projects: Iterable[NormalizedName],
    policy: Policy,
    *,
    transport: Transport,
    on_event: Listener = ignore,
    asker: Asker | None = None,
) -> Mapping[NormalizedName, Found | NowhereFound]:
    """Who serves each of `projects`, by the policy; give the same `asker` to all calls of one resolve.

    Raises `IndexUnavailable`, `LocalVersionMismatch` (`LOCAL_EMPTY`) or `IntegrityError` of the first
    project in order that has no answer; the others that have none are named in its facts.
    """
    asked = asker or Asker(policy, transport=transport)
    names = sorted(set(projects))
    walk = _Walk(policy, asked, on_event)
    if all(ask.index.is_folder for ask in sources(policy)):
        outcomes = [_outcome(walk.go, name) for name in names]
    else:
        outcomes = _in_parallel(walk.go, names, beside=asked.look_ahead)
    failed = [
        (name, one) for name, one in zip(names, outcomes, strict=True) if isinstance(one, DriverEnvError)
    ]
    if failed:
        raise _first_of(failed)
    return {
        name: one for name, one in zip(names, outcomes, strict=True) if not isinstance(one, DriverEnvError)
    }


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
    if candidate.index.is_folder or file.core_metadata is not None:
        return False
    return not candidate.public or (file.size is not None and file.size <= _SMALL)


class _Walk:
    """From index to index for one project after the other."""

    def __init__(self, policy: Policy, asker: Asker, on_event: Listener) -> None:
        self._policy, self._asker, self._on_event = policy, asker, on_event

    def go(self, project: NormalizedName) -> Found | NowhereFound:
        """Who serves `project`. What an index in front had once must be the same there, or nobody serves it."""
        answers: list[Found | Absent] = []
        past: list[Judged] = []
        while True:
            step = next_step(self._policy, project, answers)
            if not isinstance(step, Ask):
                self._settle(past, step)
                return step
            if step.public:
                self._look_for_slips(project, answers)
            answer = self._asker.ask(step.index, project, public=step.public)
            word = "found" if isinstance(answer, Found) else "absent"
            self._on_event(Asked(project, str(step.index), word, step.public))
            for note in answer.notes:
                self._warn(Warned("INDEX_NOTE", note))
            if isinstance(answer, Absent) and not step.public and self._asker.memory is not None:
                judged = vanished.judge(self._policy, answer, self._asker.memory)
                self._warn(Warned("VANISHED", judged.warning))
                answer = judged.absent
                past.append(judged)
            answers.append(answer)

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
        if warned.text and self._asker.is_news(warned.text):
            self._on_event(warned)


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


def _in_parallel(
    function: Callable[[_T], _R], items: Sequence[_T], *, beside: Callable[[], object] | None = None
) -> list[_R | DriverEnvError]:
    """`function` of each item in threads, in the items' order; what is no `DriverEnvError` ends it all."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 (a folder index never pays for it)

    pool = ThreadPoolExecutor(min(_THREADS, len(items) + 1), thread_name_prefix="driverenv-index")
    try:
        ahead = pool.submit(beside) if beside is not None and items else None
        futures = [pool.submit(_outcome, function, item) for item in items]
        outcomes = [future.result() for future in futures]
        if ahead is not None:
            ahead.result()
        return outcomes
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
