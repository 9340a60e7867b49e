from __future__ import annotations

import math
import threading

from driverenv._http.deadline import Due


def test_a_timeout_is_cut_to_what_is_left() -> None:
    now = [100.0]
    due = Due(lambda: now[0])
    assert due.left(10) == 10
    assert due.left(None) is None
    due.set(105)
    assert due.left(10) == 5
    assert due.left(2) == 2
    assert due.left(None) == 5
    now[0] = 200
    left = due.left(10)
    assert left is not None
    assert 0 < left < 0.01
    due.set(math.inf)
    assert due.left(10) == 10


def test_each_thread_has_its_own() -> None:
    due, seen = Due(lambda: 0.0), list[float | None]()
    due.set(5)
    thread = threading.Thread(target=lambda: seen.append(due.left(10)))
    thread.start()
    thread.join()
    assert seen == [10]
