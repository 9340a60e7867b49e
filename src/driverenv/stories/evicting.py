"""What goes from the store: only what no environment has, what was used the longest time ago first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from driverenv.model.keeping import Keep
from driverenv.stories import holdings
from driverenv.stories.holdings import Holding

_MINUTE, _DAY = 60.0, 86_400.0
_FLIGHT_MINUTES = 10.0
"""What was taken so recently stays, whatever is wished: a launch that goes on may be about to link to it."""
SPACE = "space is short, and no environment has it"


class Eviction(NamedTuple):
    """What goes, and why."""

    holding: Holding
    why: str
    """A sentence's end, for people."""


class Shelf:
    """Decides; removes nothing.

    Args:
        rows: what the store holds.
        keep: what stays.
        now: seconds since the epoch. That the clock was set forward does not make everything old: ages count up to
            the last use of any of them.
    """

    def __init__(self, rows: Sequence[Holding], keep: Keep, *, now: float) -> None:
        self._rows, self._keep, self._now = rows, keep, now
        self._until = min(now, max((one.used for one in rows), default=now) + _DAY)
        self._goes: dict[str, Eviction] = {}

    @property
    def evictions(self) -> list[Eviction]:
        """What goes, in the order in which that was decided."""
        return list(self._goes.values())

    @property
    def size(self) -> int:
        """Bytes of what stays."""
        return sum(one.size for one in self._rows if one.sha256 not in self._goes)

    def judge(self, gone: Iterable[str]) -> None:
        """Have go what is old, and what is more than the store may take; `gone` are the keys of environments that go."""
        days = self._keep.unused_days
        for one in self._free(gone):
            if self._until - one.used > days * _DAY:
                self._goes[one.sha256] = Eviction(
                    one, f"no environment has it, and no launch took it for {days:g} days"
                )
        if self._keep.store_bytes is not None:
            self._make_room(self.size - self._keep.store_bytes, gone, "the store takes more than it may")

    def make_room(self, excess: int, gone: Iterable[str]) -> int:
        """Have go what is free until `excess` bytes are; gives how many that makes."""
        return self._make_room(excess, gone, SPACE)

    def _make_room(self, excess: int, gone: Iterable[str], why: str) -> int:
        freed = 0
        for one in self._free(gone) if excess > 0 else ():
            if freed >= excess:
                break
            self._goes[one.sha256] = Eviction(one, why)
            freed += one.size
        return freed

    def _free(self, gone: Iterable[str]) -> list[Holding]:
        grace = max(self._keep.grace_minutes, _FLIGHT_MINUTES) * _MINUTE
        return [
            one
            for one in holdings.spare(self._rows, frozenset(gone))
            if one.sha256 not in self._goes and self._now - one.used >= grace
        ]
