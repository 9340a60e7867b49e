"""How often to try, how long to wait in between, and when time is over."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping

from driverenv._http.exchange import SILENCE, Response, Timeouts, TransportFailure

_WAITS = (0.2, 1.0)
_STATUS_RETRIES = dict.fromkeys((408, 425, 429, 500, 502, 503, 504), 2)
_FAILURE_RETRIES = {"down": 1, "dns": 1, "timeout": 1, "truncated": 2}


class Patience:
    """One request's tries: counts them, waits between them, and knows when time is over."""

    def __init__(
        self, times: Timeouts, whole: float, *, on_wish: Callable[[float], None] = lambda _seconds: None
    ) -> None:
        """`on_wish` is told how many seconds the server wants us to wait, where that will be done."""
        self._times = times
        self._on_wish = on_wish
        self._whole = whole
        self._spent = 0.0
        self._silent = 0.0
        self._last = 0.0
        self._tries = 0
        self.end = math.inf

    @contextlib.contextmanager
    def one_try(self) -> Iterator[float]:
        """The time of one try counts; waiting for one's turn does not. Gives when headers are due."""
        times, began = self._times, self._times.clock()
        self.end = began + self._whole - self._spent
        try:
            yield began + min(times.first_byte, times.answer - self._silent, self._whole - self._spent)
        finally:
            self._last = times.clock() - began
            self._spent += self._last

    def wait_after(self, failure: TransportFailure) -> None:
        """Wait for the next try, or raise `failure` if there is none."""
        if failure.kind in SILENCE:
            self._silent += self._last
        allowed = _FAILURE_RETRIES.get(failure.kind, 0) if failure.again else 0
        if not self._wait(allowed, 0.0 if failure.kind == "timeout" else None):
            raise failure

    def may_heal(self, response: Response) -> bool:
        """Whether there will be another try after this answer."""
        return (
            self._wait_for(_STATUS_RETRIES.get(response.status, 0), retry_after(response.headers)) is not None
        )

    def waited_after(self, response: Response) -> bool:
        """Whether there is another try after this answer; then it was waited for."""
        wish = retry_after(response.headers)
        return self._wait(_STATUS_RETRIES.get(response.status, 0), wish, is_wish=wish is not None)

    def _wait_for(self, allowed: int, seconds: float | None) -> float | None:
        wait = _WAITS[min(self._tries, len(_WAITS) - 1)] if seconds is None else seconds
        in_time = self._silent < self._times.answer and self._spent + wait < min(
            self._whole, self._times.whole
        )
        return wait if self._tries < allowed and in_time else None

    def _wait(self, allowed: int, seconds: float | None, *, is_wish: bool = False) -> bool:
        wait = self._wait_for(allowed, seconds)
        if wait is None:
            return False
        self._tries += 1
        self._spent += wait
        if is_wish:
            self._on_wish(wait)
        if wait:
            self._times.sleep(wait)
        return True


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, if the server names them; a date counts from the server's own clock (RFC 9110 section 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    due, now = instant(value), instant(headers.get("date", ""))
    return None if due is None or now is None else max(due - now, 0.0)


def instant(text: str) -> float | None:
    """Seconds since 1970 of an HTTP-date."""
    from email.utils import mktime_tz, parsedate_tz  # noqa: PLC0415 (for servers that ask for patience only)

    parts = parsedate_tz(text)
    try:
        return None if parts is None else float(mktime_tz(parts))
    except (ValueError, OverflowError):
        return None
