"""Local version wins or fail: who is asked next, and who serves.

Pure decisions over answers. An index that cannot answer raises before it gets here, so a silent
fall-through from a broken local index to the public one cannot be expressed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from packaging.utils import NormalizedName

from driverenv.model.answers import Absent, Found, NotAsked, NowhereFound
from driverenv.model.site import Index, Policy


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask this index next."""

    index: Index
    public: bool


def sources(policy: Policy) -> tuple[Ask, ...]:
    """Every index that may be asked at all, in order: the local ones, then (online) the public one."""
    local = tuple(Ask(index, public=False) for index in policy.local)
    if policy.offline or policy.public is None:
        return local
    return (*local, Ask(policy.public, public=True))


def next_step(
    policy: Policy, project: NormalizedName, answers: Sequence[Found | Absent]
) -> Ask | Found | NowhereFound:
    """What follows from the `answers` so far (in the order they were given) about `project`.

    The first index that has the project serves it, alone. Only a proven absence leads to the
    next one (PEP 766: index priority; here project-exclusive).
    """
    for number, answer in enumerate(answers):
        if isinstance(answer, Found):
            return replace(answer, before=_absents(answers[:number]))
    order = sources(policy)
    if len(answers) < len(order):
        return order[len(answers)]
    not_asked: tuple[NotAsked, ...] = ()
    if policy.offline and policy.public is not None:
        not_asked = (NotAsked(policy.public, "offline mode"),)
    return NowhereFound(project, _absents(answers), not_asked, offline=policy.offline)


def _absents(answers: Sequence[Found | Absent]) -> tuple[Absent, ...]:
    return tuple(answer for answer in answers if isinstance(answer, Absent))
