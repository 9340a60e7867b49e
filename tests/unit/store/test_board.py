from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from driverenv._http import Response
from driverenv.store import Store
from driverenv.store import board as module
from driverenv.store.board import Board

ORIGIN = ("http", "pypi.lab", 80)
KEY = "k" * 40
PAGE = Response(200, {"content-type": "text/html"}, b"<a href='six-1.0.zip'>", "")


@contextlib.contextmanager
def opened(home: Path, now: float | None = None) -> Iterator[Board]:
    with contextlib.closing(Board(Store(home), now=time.time() if now is None else now)) as board:
        yield board


def log(home: Path) -> Path:
    (found,) = (home / "answers").glob("*.log")
    return found


def test_who_came_before_the_question_has_the_answer(tmp_path: Path) -> None:
    with opened(tmp_path) as one, opened(tmp_path) as other:
        early = time.monotonic()
        one.post(ORIGIN, KEY, PAGE, asked=time.monotonic())
        late = time.monotonic()
        assert other.answer(ORIGIN, KEY, since=early) == PAGE
        assert one.answer(ORIGIN, KEY, since=early) == PAGE
        assert other.answer(ORIGIN, KEY, since=late) is None
        assert other.answer(ORIGIN, "x" * 40, since=early) is None
        assert other.answer(("http", "other.lab", 80), KEY, since=early) is None
        newer = Response(404, {}, b"gone", "")
        one.post(ORIGIN, KEY, newer, asked=time.monotonic())
        assert other.answer(ORIGIN, KEY, since=late) == newer


def test_another_day_is_another_day(tmp_path: Path) -> None:
    """`time.monotonic` begins anew with the machine, so a large one may be an old one."""
    with opened(tmp_path, now=1_000_000.0) as yesterday, opened(tmp_path, now=1_090_000.0) as today:
        yesterday.post(ORIGIN, KEY, PAGE, asked=time.monotonic())
        assert yesterday.answer(ORIGIN, KEY, since=0.0) == PAGE
        assert today.answer(ORIGIN, KEY, since=0.0) is None
        today.post(ORIGIN, KEY, PAGE, asked=time.monotonic() + 1000)  # from the future
        assert today.answer(ORIGIN, KEY, since=0.0) is None


@pytest.mark.parametrize("damage", ["flip", "cut", "rubbish"])
def test_a_damaged_record_is_none(tmp_path: Path, damage: str) -> None:
    with opened(tmp_path) as one, opened(tmp_path) as other:
        one.post(ORIGIN, KEY, PAGE, asked=time.monotonic())
        data = bytearray(log(tmp_path).read_bytes())
        if damage == "flip":
            data[-1] ^= 1
        elif damage == "cut":
            del data[-1]
        else:
            data[:4] = b"????"
        log(tmp_path).write_bytes(data)
        assert other.answer(ORIGIN, KEY, since=0.0) is None


def test_a_log_that_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as one:
        one.post(ORIGIN, KEY, PAGE, asked=time.monotonic())
        assert one.answer(ORIGIN, KEY, since=0.0) == PAGE
        monkeypatch.setattr(module, "_LARGEST_LOG", 10)
        with one.turn(ORIGIN, "page"), opened(tmp_path) as other:
            assert other.answer(ORIGIN, KEY, since=0.0) == PAGE  # not while somebody asks
        with opened(tmp_path) as other:
            assert other.answer(ORIGIN, KEY, since=0.0) is None
            assert one.answer(ORIGIN, KEY, since=0.0) is None
            other.post(ORIGIN, KEY, PAGE, asked=time.monotonic())
            assert one.answer(ORIGIN, KEY, since=0.0) == PAGE


def test_turns_are_taken_among_all(tmp_path: Path) -> None:
    with opened(tmp_path) as one, opened(tmp_path) as other:
        third, go_on = threading.Event(), threading.Event()

        def wait() -> None:
            with other.turn(ORIGIN, "page"):
                third.set()
                go_on.wait(30)

        with one.turn(ORIGIN, "page"), other.turn(ORIGIN, "file"):
            with other.turn(ORIGIN, "page"):
                waiting = threading.Thread(target=wait)
                waiting.start()
                assert not third.is_set()
            assert third.wait(30)
        go_on.set()
        waiting.join()


def test_nobody_waits_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE_SECONDS", 0.01)
    with (
        opened(tmp_path) as one,
        one.turn(ORIGIN, "page"),
        one.turn(ORIGIN, "page"),
        opened(tmp_path) as other,
    ):
        with other.turn(ORIGIN, "page"):
            pass
        with other.turn(ORIGIN, "file"):
            pass


@pytest.mark.skipif(os.name != "posix", reason="a process is killed by a signal")
def test_a_dead_process_has_no_turn(tmp_path: Path) -> None:
    program = (
        "import sys, time, os, signal; from pathlib import Path; from driverenv.store import Store;"
        "from driverenv.store.board import Board\n"
        "board = Board(Store(Path(sys.argv[1])), now=time.time()); origin = ('http', 'pypi.lab', 80)\n"
        "with board.turn(origin, 'page'), board.turn(origin, 'page'):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert done.returncode == -9
    with opened(tmp_path) as one:
        corner = one._corner(ORIGIN)
        assert corner is not None
        assert corner._take("page") is not None
        assert corner._take("page") is not None
        assert corner._take("page") is None


def test_public_pages_are_kept_and_nothing_hangs_on_it(tmp_path: Path) -> None:
    with opened(tmp_path) as one:
        one.keep_page(KEY, b"page")
        assert one.page(KEY) == b"page"
    (tmp_path / "answers").write_bytes(b"no folder")
    with opened(tmp_path) as other:
        other.post(ORIGIN, KEY, PAGE, asked=time.monotonic())
        with other.turn(ORIGIN, "page"):
            assert other.answer(ORIGIN, KEY, since=0.0) is None
