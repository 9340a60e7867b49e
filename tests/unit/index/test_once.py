from __future__ import annotations

import threading
import weakref

import pytest

from driverenv.errors import IndexUnavailable
from driverenv.index.once import Memo, Once


def test_made_once_for_all_threads() -> None:
    calls, gate, results = list[int](), threading.Event(), list[int]()

    def make() -> int:
        calls.append(1)
        assert gate.wait(20)
        return 7

    once = Once(make)
    threads = [threading.Thread(target=lambda: results.append(once.get())) for _ in range(8)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join()
    assert (results, len(calls)) == ([7] * 8, 1)


def test_a_failure_stays() -> None:
    calls = list[int]()

    def make() -> None:
        calls.append(1)
        raise ValueError("no")

    once = Once(make)
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            once.get()
    assert len(calls) == 1


def test_none_is_a_value() -> None:
    calls = list[int]()
    once = Once(lambda: calls.append(1))
    assert once.get() is None
    assert once.get() is None
    assert len(calls) == 1


def test_keys_do_not_wait_for_each_other() -> None:
    gate = threading.Event()

    def make(key: str) -> str:
        if key == "slow":
            assert gate.wait(20)
        return key.upper()

    memo = Memo(make)
    thread = threading.Thread(target=memo.get, args=("slow",))
    thread.start()
    assert memo.get("fast") == "FAST"
    gate.set()
    thread.join()
    assert memo.get("slow") == "SLOW"


def test_an_error_that_is_kept_keeps_no_page_alive() -> None:
    class Page:
        size = 1000

    pages = list[weakref.ref[Page]]()

    def make() -> int:
        page = Page()
        pages.append(weakref.ref(page))
        try:
            return 1 // (page.size - 1000)
        except ZeroDivisionError as error:
            raise IndexUnavailable("x", code="LOCAL_ERROR") from error

    once = Once(make)
    for _ in range(2):
        with pytest.raises(IndexUnavailable) as caught:
            once.get()
        assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert [page() for page in pages] == [None]
