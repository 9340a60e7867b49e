"""What Linux tells of changes to files."""

from __future__ import annotations

import ctypes
import os
import select
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("only Linux has inotify", allow_module_level=True)

from driverenv import _inotify


@pytest.fixture
def queue() -> Iterator[_inotify.Inotify]:
    one = _inotify.Inotify()
    yield one
    one.close()


def is_told(queue: _inotify.Inotify) -> bool:
    return not queue.is_silent()


def test_a_file_is_watched_not_its_name(tmp_path: Path, queue: _inotify.Inotify) -> None:
    file, other = tmp_path / "ä file", tmp_path / "other"
    file.write_bytes(b"1")
    other.hardlink_to(file)
    queue.add(str(file), _inotify.CHANGED)
    file.read_bytes()
    assert not is_told(queue)
    other.write_bytes(b"2")
    assert is_told(queue)


def test_a_link_is_watched_itself(tmp_path: Path, queue: _inotify.Inotify) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"1")
    link.symlink_to(target)
    queue.add(str(link), _inotify.CHANGED)
    target.write_bytes(b"2")
    assert not is_told(queue)
    link.unlink()
    assert is_told(queue)


def test_two_names_of_one_file_add_up(tmp_path: Path, queue: _inotify.Inotify) -> None:
    file, other = tmp_path / "file", tmp_path / "other"
    file.write_bytes(b"1")
    other.hardlink_to(file)
    queue.add(str(file), _inotify.CHANGED)
    queue.add(str(other), _inotify.MOVED)
    file.write_bytes(b"2")
    assert is_told(queue)


def test_what_is_written_into_a_folder_is_told_only_where_names_matter(tmp_path: Path) -> None:
    for events, told in ((_inotify.MOVED, False), (_inotify.NAMES, True)):
        queue = _inotify.Inotify()
        try:
            queue.add(str(tmp_path), events)
            (tmp_path / str(events)).write_bytes(b"")
            assert is_told(queue) is told
        finally:
            queue.close()


def test_a_path_that_leads_nowhere(tmp_path: Path, queue: _inotify.Inotify) -> None:
    with pytest.raises(FileNotFoundError) as failure:
        queue.add(str(tmp_path / "nowhere"), _inotify.CHANGED)
    assert failure.value.filename == str(tmp_path / "nowhere")


def test_its_descriptor_is_not_handed_on(queue: _inotify.Inotify) -> None:
    assert not os.get_inheritable(queue.descriptor)


def test_what_was_told_stays_told(tmp_path: Path, queue: _inotify.Inotify) -> None:
    queue.add(str(tmp_path), _inotify.NAMES)
    assert queue.is_silent()
    (tmp_path / "one").write_bytes(b"")
    assert not any(queue.is_silent() for _ in range(3))


def test_to_close_twice_closes_nobody_elses(queue: _inotify.Inotify) -> None:
    gone = _inotify.Inotify()
    number = gone.descriptor
    gone.close()
    os.dup2(queue.descriptor, number)
    try:
        gone.close()
        assert os.path.sameopenfile(queue.descriptor, number)
    finally:
        os.close(number)


@pytest.mark.parametrize("kind", ["nobody", "file", "pipe", "socket", "epoll", "eventfd"])
def test_a_queue_that_was_closed_behind_its_back(kind: str) -> None:
    """As by a host that closes all descriptors: its number is another's soon, and that is neither asked nor closed."""
    queue = _inotify.Inotify()
    number = queue.descriptor
    os.close(number)
    opened = opened_as(kind)
    try:
        if opened:
            os.dup2(opened[0], number)
        with pytest.raises(OSError):  # noqa: PT011 (the number differs)
            queue.is_silent()
        queue.close()
        assert os.path.lexists(f"/proc/self/fd/{number}") is bool(opened)
    finally:
        for one in {number, *opened} if opened else set():
            os.close(one)


def opened_as(kind: str) -> tuple[int, ...]:
    if kind == "file":
        return (os.open(os.devnull, os.O_RDONLY),)
    if kind == "pipe":
        return os.pipe()
    if kind == "socket":
        return tuple(one.detach() for one in socket.socketpair())
    if kind == "epoll":
        with select.epoll() as one:
            return (os.dup(one.fileno()),)
    return (os.eventfd(0),) if kind == "eventfd" else ()


def test_a_system_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_inotify, "_system", object)
    with pytest.raises(OSError, match="no inotify"):
        _inotify.Inotify()
    with pytest.raises(OSError, match="no statfs"):
        _inotify.is_told(str(tmp_path))


def test_no_more_queues(monkeypatch: pytest.MonkeyPatch) -> None:
    class Exhausted:
        inotify_add_watch = ctypes.CFUNCTYPE(ctypes.c_int)(lambda: -1)
        inotify_init1 = staticmethod(lambda _flags: -1)

    monkeypatch.setattr(_inotify, "_system", lambda: Exhausted)
    with pytest.raises(OSError):  # noqa: PT011 (the number is the system's)
        _inotify.Inotify()


def test_a_limit_that_the_system_does_not_say() -> None:
    assert _inotify.limit("nonsense") == 0
    assert _inotify.limit("watches") > 0


def test_a_disk_that_is_not_known_is_not_trusted(tmp_path: Path) -> None:
    assert not _inotify.is_told("/proc")
    with pytest.raises(OSError, match="No such file"):
        _inotify.is_told(str(tmp_path / "nowhere"))
