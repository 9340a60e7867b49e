"""Waiting for files that move, by counted looks."""

from __future__ import annotations

import os
from pathlib import Path

from driverenv.index.settling import Settling, stamp


class Writer:
    """A sleep in which somebody writes to a file, so many times."""

    def __init__(self, path: Path, times: int) -> None:
        self.path, self.times, self.slept = path, times, 0.0

    def __call__(self, seconds: float) -> None:
        self.slept += seconds
        if self.times:
            self.times -= 1
            with self.path.open("a") as file:
                file.write("x")


def test_stamps(tmp_path: Path) -> None:
    file = tmp_path / "file"
    assert stamp(str(file)) is None
    file.write_bytes(b"abc")
    os.utime(file, ns=(5, 7))
    assert stamp(str(file)) == (3, 7)


def test_what_can_be_read_at_once_is_not_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    writer = Writer(file, 0)
    assert Settling(sleep=writer).read([str(file)], lambda path: path) == {str(file): str(file)}
    assert writer.slept == 0


def test_what_moves_is_read_again(tmp_path: Path) -> None:
    file, broken = tmp_path / "file", tmp_path / "broken"
    file.touch()
    broken.touch()
    writer = Writer(file, 5)

    def attempt(path: str) -> int | None:
        size = os.path.getsize(path)
        return size if size >= 3 else None

    assert Settling(sleep=writer).read([str(file), str(broken)], attempt) == {str(file): 3}
    assert writer.slept == 0.75


def test_what_rests_is_given_up_at_once_and_what_never_rests_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for times, slept in ((0, 0.25), (1000, 5.0)):
        writer = Writer(file, times)
        assert Settling(sleep=writer).read([str(file)], lambda _: None) == {}
        assert writer.slept == slept


def test_rest(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    first = stamp(str(file))
    writer = Writer(file, 0)
    assert Settling(sleep=writer).rest(str(file), first) == first
    assert writer.slept == 0
    writer = Writer(file, 3)
    writer(0)
    assert Settling(sleep=writer).rest(str(file), first) == stamp(str(file))
    assert os.path.getsize(file) == 3
    assert Settling(sleep=Writer(file, 1000)).rest(str(file), first) is None
    file.unlink()
    assert Settling(sleep=writer).rest(str(file), first) is None
