from __future__ import annotations

import contextlib
import threading

import pytest

from driverenv.index.crew import Crew


def test_all_is_done_in_order_and_threads_are_kept() -> None:
    with contextlib.closing(Crew(2)) as crew:
        names = set[str]()

        def work(number: int) -> int:
            names.add(threading.current_thread().name)
            return number * 2

        for _ in range(3):
            assert crew.all(work, range(20)) == [number * 2 for number in range(20)]
        assert len(names) <= 2
        assert threading.current_thread().name not in names


def test_what_one_raises_comes_out_and_the_rest_is_dropped() -> None:
    done = list[int]()

    def work(number: int) -> None:
        if number == 0:
            raise KeyError(number)
        done.append(number)

    with contextlib.closing(Crew(1)) as crew:
        with pytest.raises(KeyError):
            crew.all(work, range(1000))
        assert len(done) < 1000


def test_what_is_begun_has_no_say_and_is_waited_for() -> None:
    crew, ended = Crew(1), list[str]()

    def fail() -> None:
        ended.append("failed")
        raise ValueError

    crew.begin(fail)
    assert crew.all(str, [1]) == ["1"]
    crew.close()
    assert ended == ["failed"]
    crew.close()


def test_nothing_is_started_for_nothing() -> None:
    before = threading.active_count()
    Crew().close()
    assert threading.active_count() == before
