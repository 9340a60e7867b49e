"""How much work one resolve may be: steps are counted, and somebody else says when the time is over."""

from __future__ import annotations

from collections.abc import Callable


class TooDeep(Exception):
    """A bound on the work was reached; `reason` is a sentence's end for people, `over_time` whether it was the time."""

    def __init__(self, reason: str, *, over_time: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.over_time = over_time


def _never() -> bool:
    return False


class Effort:
    """The steps of one resolve.

    Args:
        is_over: asked at each step; this room reads no clock.
        seconds: how long that is, for messages; 0 where there is no deadline.
    """

    def __init__(self, is_over: Callable[[], bool] = _never, *, seconds: float = 0) -> None:
        self._is_over = is_over
        self.seconds = seconds
        self.steps = 0

    def step(self) -> None:
        """Count one more step. Raises `TooDeep` where the time is over."""
        self.steps += 1
        if self._is_over():
            raise TooDeep(f"the {self.seconds:g} seconds for one resolve were over", over_time=True)
