"""Which environments stay, and which go, and why. Decides; touches nothing, and asks no clock.

That nobody holds an environment is not decided here: whoever removes one must have its lease to himself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from driverenv.generations.lineage import Lineage
from driverenv.model.keeping import Keep

_MINUTE, _DAY = 60.0, 86_400.0


class Owner(NamedTuple):
    """A driver that an environment is a generation of."""

    shown: str
    number: int
    rank: int
    """0: the current one of its variant; n: the n-th before it."""
    is_pinned: bool = False
    """Whether somebody went back to it on purpose."""
    active: float = 0.0
    """When any environment of this variant of the driver was taken last; seconds since the epoch."""


class Place(NamedTuple):
    """An environment, and what is known of its use."""

    key: str
    name: str
    used: float
    """When it was taken last, or answered a request; seconds since the epoch."""
    is_held: bool = False
    owners: tuple[Owner, ...] = ()


class Verdict(NamedTuple):
    """What becomes of an environment."""

    place: Place
    stays: bool
    why: str
    """A sentence's end, for people."""


def owners(lineage: Lineage, shown: str, used: Mapping[str, float]) -> Iterator[tuple[str, Owner]]:
    """The environments of a driver by key, and what they are to it; `used` is when each was taken last, by key."""
    current = lineage.find(lineage.current)
    newest_first = [*([] if current is None else [current]), *reversed(lineage.generations)]
    for variant in dict.fromkeys(one.request.variant for one in newest_first):
        rows = {one.key: one for one in reversed(newest_first) if one.request.variant == variant}
        keys = list(dict.fromkeys(one.key for one in newest_first if one.request.variant == variant))
        active = max(used.get(key, 0.0) for key in keys)
        for rank, key in enumerate(keys):
            yield key, Owner(shown, rows[key].number, rank, lineage.pinned == rows[key].number, active)


def judge(places: Sequence[Place], keep: Keep, *, now: float, everything: bool = False) -> list[Verdict]:
    """What becomes of each of `places`, as far as rules and times say.

    `now` in seconds since the epoch. A time in the future counts as now: the clock was set back. That it was set
    forward does not make everything old: ages count up to the last use of any of them.
    """
    latest = max((one.used for one in places), default=now)
    until = min(now, latest + _DAY)
    return [_judged(one, keep, now=now, until=until, everything=everything) for one in places]


def _judged(one: Place, keep: Keep, *, now: float, until: float, everything: bool) -> Verdict:
    if one.is_held:
        return Verdict(one, stays=True, why="a process runs from it, or is about to")
    if any(owner.is_pinned for owner in one.owners):
        return Verdict(one, stays=True, why="somebody went back to it")
    if everything:
        return Verdict(one, stays=False, why="nobody uses it")
    if now - one.used < keep.grace_minutes * _MINUTE:
        return Verdict(one, stays=True, why="it was taken just now")
    verdicts = [_for_owner(one, owner, keep, until) for owner in one.owners]
    if not verdicts:
        return Verdict(one, stays=False, why="it is no driver's: a build's, or one launch's own")
    return next((verdict for verdict in verdicts if verdict.stays), verdicts[0])


def _for_owner(one: Place, owner: Owner, keep: Keep, until: float) -> Verdict:
    idle = until - max(one.used, owner.active)
    if idle > keep.unused_days * _DAY:
        why = f"{owner.shown} was not launched for {_days(idle)}"
        return Verdict(one, stays=False, why=why)
    if owner.rank == 0:
        return Verdict(one, stays=True, why=f"{owner.shown} has it now")
    if owner.rank <= keep.generations:
        return Verdict(one, stays=True, why=f"{owner.shown} can go back to it (generation {owner.number})")
    return Verdict(one, stays=False, why=f"{owner.shown} has newer ones (this is generation {owner.number})")


def _days(seconds: float) -> str:
    days = int(seconds / _DAY)
    return f"{days} days" if days != 1 else "1 day"


def spare(verdicts: Iterable[Verdict], keep: Keep, *, now: float) -> list[Verdict]:
    """What may go as well where space is short, the first to go first: earlier generations, then by last use."""
    found = [
        one
        for one in verdicts
        if one.stays
        and not one.place.is_held
        and not any(owner.is_pinned for owner in one.place.owners)
        and now - one.place.used >= keep.grace_minutes * _MINUTE
    ]
    return sorted(found, key=lambda one: (_is_current(one.place), one.place.used, one.place.key))


def _is_current(one: Place) -> bool:
    return any(owner.rank == 0 for owner in one.owners)
