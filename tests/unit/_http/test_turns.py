from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from driverenv._http.exchange import Timeouts, TransportFailure
from driverenv._http.turns import Turns, _Queue

ORIGIN = ("http", "pypi.lab", 80)
SILENT = TransportFailure("timeout", "it did not answer in time")


class Places:
    """As a semaphore with one place; says when somebody stands in the queue."""

    def __init__(self) -> None:
        self._place = threading.Lock()
        self.somebody_waits = threading.Event()

    def __enter__(self) -> None:
        if not self._place.acquire(blocking=False):
            self.somebody_waits.set()
            self._place.acquire()

    def __exit__(self, *_: object) -> None:
        self._place.release()


def next_in_queue(ends: TransportFailure | None, between: str = "") -> str:
    """One had the turn and it ended so; then perhaps another; what becomes of who has waited?"""
    turns, places = Turns(), Places()
    turns._queues[ORIGIN, "page"] = queue = _Queue(1)
    queue.places = places  # type: ignore[assignment]

    def wait() -> str:
        try:
            with turns.turn(ORIGIN, "page", at_once=1):
                return "asked"
        except TransportFailure as failure:
            return f"{failure} {failure.again}"

    with ThreadPoolExecutor(1) as pool, contextlib.suppress(TransportFailure):
        with turns.turn(ORIGIN, "page", at_once=1):
            waiting = pool.submit(wait)
            assert places.somebody_waits.wait(60)
            if between == "answer":  # others with a turn of their own got one since
                queue.failures += 1
                queue.last = None
            elif ends:
                raise ends
        return waiting.result()
    return waiting.result()


def test_who_waited_while_it_fell_silent_shares_the_fate() -> None:
    told = "nobody asked any more, after this: "
    assert next_in_queue(SILENT) == told + "it did not answer in time False"
    assert next_in_queue(TransportFailure("too-large", "x")) == told + "x False"


def test_other_failures_are_nobody_elses() -> None:
    assert next_in_queue(TransportFailure("truncated", "x")) == "asked"
    assert next_in_queue(None) == "asked"


def test_an_answer_since_then_is_a_sign_of_life() -> None:
    assert next_in_queue(SILENT, "answer") == "asked"


def test_one_after_the_other() -> None:
    turns, inside, most = Turns(), [0], [0]

    def count(_number: int) -> None:
        with turns.turn(ORIGIN, "page", at_once=2):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            inside[0] -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(100)))
    assert 1 <= most[0] <= 2


def test_origins_do_not_wait_for_each_other() -> None:
    turns = Turns()
    with turns.turn(ORIGIN, "page", at_once=1), turns.turn(("https", "pypi.lab", 443), "page", at_once=1):
        pass


def test_a_failure_leaves_the_turn_to_the_next() -> None:
    turns = Turns()
    for _ in range(3):
        with pytest.raises(TransportFailure), turns.turn(ORIGIN, "page", at_once=1):
            raise SILENT
    with turns.turn(ORIGIN, "page", at_once=1):
        pass


def test_nobody_asks_before_the_time_that_the_server_named() -> None:
    now, waits, turns = [100.0], list[float](), Turns()
    times = Timeouts(clock=lambda: now[0], sleep=waits.append)
    with turns.turn(ORIGIN, "page", at_once=2), turns.turn(ORIGIN, "file", at_once=2):
        turns.keep_quiet(ORIGIN, times)
        turns.hush(ORIGIN, times, 5)
        turns.hush(ORIGIN, times, 3)  # the longer one counts
        now[0] = 101
        turns.keep_quiet(ORIGIN, times)
        now[0] = 106
        turns.keep_quiet(ORIGIN, times)
    assert waits == [4]
