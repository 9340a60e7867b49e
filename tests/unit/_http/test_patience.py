from __future__ import annotations

import pytest

from driverenv._http.exchange import Response, Timeouts, TransportFailure
from driverenv._http.patience import Patience


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def patience(self, whole: float = 30.0) -> Patience:
        return Patience(Timeouts(clock=lambda: self.now, sleep=self.sleep), whole)


def tries(clock: Clock, failure: TransportFailure, each: float) -> int:
    patience = clock.patience()
    for count in range(1, 100):
        with patience.one_try():
            clock.now += each
        try:
            patience.wait_after(failure)
        except TransportFailure:
            return count
    raise AssertionError("it never gives up")


@pytest.mark.parametrize(
    ("kind", "each", "expected", "waits"),
    [
        ("down", 0.0, 2, [0.2]),
        ("dns", 0.0, 2, [0.2]),
        ("timeout", 3.0, 2, []),
        ("timeout", 12.0, 1, []),
        ("truncated", 1.0, 3, [0.2, 1.0]),
        ("truncated", 20.0, 2, [0.2]),
        ("tls", 0.0, 1, []),
        ("too-large", 0.0, 1, []),
        ("protocol", 0.0, 1, []),
    ],
)
def test_how_often(kind: str, each: float, expected: int, waits: list[float]) -> None:
    clock = Clock()
    assert tries(clock, TransportFailure(kind, "x"), each) == expected
    assert clock.waits == waits


def test_what_cannot_heal_is_not_tried_again() -> None:
    assert tries(Clock(), TransportFailure("timeout", "x", again=False), 0) == 1


def test_a_hanging_index_costs_eleven_seconds() -> None:
    clock = Clock()
    patience = clock.patience()
    with patience.one_try() as due:
        assert due == 10
        clock.now += 10
    patience.wait_after(TransportFailure("timeout", "x"))
    with patience.one_try() as due:
        assert due == 11
        assert patience.end == 30


@pytest.mark.parametrize(
    ("status", "after", "waits"),
    [
        (503, "", [0.2, 1.0]),
        (429, "2", [2.0, 2.0]),
        (429, "99", []),
        (429, "soon", [0.2, 1.0]),
        (404, "", []),
    ],
)
def test_statuses(status: int, after: str, waits: list[float]) -> None:
    clock = Clock()
    patience = clock.patience()
    answer = Response(status, {"retry-after": after}, b"", "")
    while patience.may_heal(answer):
        assert patience.waited_after(answer)
    assert not patience.waited_after(answer)
    assert clock.waits == waits


@pytest.mark.parametrize(
    ("after", "waits"),
    [
        ("Fri, 31 Jul 2026 10:00:07 GMT", [7.0]),
        ("Friday, 31-Jul-26 10:00:07 GMT", [7.0]),
        ("Fri, 31 Jul 2026 09:00:00 GMT", [0.0]),
        ("Fri, 31 Jul 2026 12:00:00 GMT", []),
        ("Fri, 99 Jul 99999999999 10:00:07 GMT", [0.2]),
    ],
)
def test_a_date_to_try_again_counts_from_the_servers_clock(after: str, waits: list[float]) -> None:
    clock = Clock()
    headers = {"retry-after": after, "date": "Fri, 31 Jul 2026 10:00:00 GMT"}
    assert clock.patience().waited_after(Response(503, headers, b"", "")) == bool(waits)
    assert clock.waits == [wait for wait in waits if wait]


def test_what_the_server_wishes_is_told_where_it_is_granted() -> None:
    clock, wishes = Clock(), list[float]()
    times = Timeouts(clock=lambda: clock.now, sleep=clock.sleep)
    for after in ("7", "99", ""):
        patience = Patience(times, 30, on_wish=wishes.append)
        patience.waited_after(Response(429, {"retry-after": after} if after else {}, b"", ""))
    assert wishes == [7]


def test_a_date_without_the_servers_clock_says_nothing() -> None:
    clock = Clock()
    headers = {"retry-after": "Fri, 31 Jul 2026 10:00:07 GMT"}
    assert clock.patience().waited_after(Response(503, headers, b"", ""))
    assert clock.waits == [0.2]
