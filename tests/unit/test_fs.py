from __future__ import annotations

import errno
import os
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from driverenv import _fs
from driverenv.errors import HomeUnusable
from tests.unit.resolve.worlds import check_golden


def test_write_new(tmp_path: Path) -> None:
    path = tmp_path / "a"
    _fs.write_new(str(path), [b"ab", b"", b"cd"], mode=0o444, mtime=1_000_000_000)
    assert path.read_bytes() == b"abcd"
    assert path.stat().st_mtime_ns == 1_000_000_000 * 10**9
    assert not path.stat().st_mode & 0o222
    with pytest.raises(FileExistsError):
        _fs.write_new(str(path), [b""])


def test_write_new_closes_what_a_source_breaks(tmp_path: Path) -> None:
    def source() -> Iterator[bytes]:
        yield b"a"
        raise KeyError

    with pytest.raises(KeyError):
        _fs.write_new(str(tmp_path / "a"), source())
    (tmp_path / "a").unlink()  # refused on Windows while open


def test_a_record_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"ab\r\n" * 100_000)
    assert _fs.read(tmp_path / "a") == b"ab\r\n" * 100_000
    with _fs.opened(str(tmp_path / "a")) as file:
        assert file.read(2) == b"ab"
    with pytest.raises(FileNotFoundError):
        _fs.read(tmp_path / "b")


@pytest.mark.skipif(
    sys.platform == "win32", reason="a folder cannot be opened there, and there are no such pipes"
)
def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    there = ["pipe", "folder"]
    if sys.platform == "linux":
        os.mknod(tmp_path / "socket", stat.S_IFSOCK | 0o600)
        there.append("socket")
    descriptors = len(os.listdir("/dev/fd"))
    for name in there:
        with pytest.raises(_fs.NoFileError) as caught:
            _fs.read(tmp_path / name)
        assert caught.value.filename == str(tmp_path / name)
    assert len(os.listdir("/dev/fd")) == descriptors


def test_what_is_no_file_in_words() -> None:
    place = "/srv/driverenv/drivers/Rack/generations.json"
    check_golden(_fs.unusable("/srv/driverenv", _fs.NoFileError(22, "no file", place)), "no-file")


def test_write_all_goes_on_after_a_short_write(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    data = os.urandom(1 << 20)  # more than a pipe takes at once
    got: list[bytes] = []

    def drain() -> None:
        with open(reader, "rb") as file:
            got.append(file.read())

    thread = threading.Thread(target=drain)
    thread.start()
    _fs.write_all(writer, data)
    os.close(writer)
    thread.join()
    assert got == [data]


def test_write_atomically_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a"
    _fs.write_atomically(path, b"1")
    _fs.write_atomically(path, b"2")
    assert path.read_bytes() == b"2"
    path.unlink()
    path.mkdir()
    (path / "in the way").touch()
    with pytest.raises(OSError):  # noqa: PT011 (differs by platform)
        _fs.write_atomically(path, b"3")
    assert [one.name for one in path.parent.iterdir()] == ["a"]


def test_publish(tmp_path: Path) -> None:
    for number in (1, 2):
        staged = tmp_path / f"staged{number}"
        staged.mkdir()
        (staged / "content").write_text(str(number))
    final = tmp_path / "deep" / "final"
    assert _fs.publish(tmp_path / "staged1", final)
    assert not _fs.publish(tmp_path / "staged2", final)
    assert (final / "content").read_text() == "1"
    assert not (tmp_path / "staged2").exists()
    with pytest.raises(FileNotFoundError):
        _fs.publish(tmp_path / "staged3", tmp_path / "other")


def test_publish_file(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"staged{number}").write_text(str(number))
    final = tmp_path / "deep" / "final"
    _fs.publish_file(tmp_path / "staged1", final, mode=0o444)
    _fs.publish_file(tmp_path / "staged2", final, mode=0o444)
    assert final.read_text() == "1"
    assert not stat.S_IMODE(final.stat().st_mode) & 0o222
    assert not (tmp_path / "staged2").exists()


def test_hold(tmp_path: Path) -> None:
    release = _fs.hold(tmp_path / "lock")
    assert release is not None
    assert _fs.hold(tmp_path / "lock") is None
    release()
    again = _fs.hold(tmp_path / "lock")
    assert again is not None
    again()


def test_lock_excludes_threads(tmp_path: Path) -> None:
    inside: list[int] = []
    worst: list[int] = []

    def work(number: int) -> None:
        for _ in range(20):
            with _fs.lock(tmp_path / "locks" / "a"):
                inside.append(number)
                worst.append(len(inside))
                inside.remove(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(worst) == 1


def test_lock_that_stays_busy(tmp_path: Path) -> None:
    caught: list[HomeUnusable] = []

    def wait() -> None:
        try:
            with _fs.lock(tmp_path / "a", timeout=0):
                pass
        except HomeUnusable as error:
            caught.append(error)

    with _fs.lock(tmp_path / "a"):
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join()
    assert [error.code for error in caught] == ["HOME_BUSY"]


def test_lock_in_a_place_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HomeUnusable), _fs.lock(tmp_path / "file" / "a"):
        pass


def test_remove(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    _fs.write_new(str(folder / "read-only"), [b"x"], mode=0o444)
    _fs.remove(folder)
    assert not folder.exists()
    _fs.remove(folder)


@pytest.mark.skipif(os.mkdir not in os.supports_dir_fd, reason="paths of any length")
def test_remove_folders_of_any_depth(tmp_path: Path) -> None:
    at = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1300):
        os.mkdir("deep", dir_fd=at)
        below = os.open("deep", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    _fs.remove(tmp_path / "deep")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="modes")
def test_remove_folders_that_forbid_to_look(tmp_path: Path) -> None:
    closed = tmp_path / "a" / "closed"
    closed.mkdir(parents=True)
    (closed / "file").touch()
    closed.chmod(0)
    (tmp_path / "a").chmod(0o500)
    _fs.remove(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_unusable_names_the_path() -> None:
    error = _fs.unusable("/home", OSError(28, "No space left on device", "/home/x"))
    assert error.data == {"path": "/home/x", "errno": 28}
    assert "No space left" in str(error)


def test_what_cannot_be_removed_now_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the system has no descriptor left for the module that removes what is stubborn."""

    def refused(_: Path) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    (tmp_path / "folder").mkdir()
    with monkeypatch.context() as patched:
        patched.setattr(_fs, "_remove_tree", lambda _: None)
        patched.setattr(_fs, "_remove_stubborn_tree", refused)
        _fs.remove(tmp_path / "folder")
    assert (tmp_path / "folder").is_dir()
    _fs.remove(tmp_path / "folder")
    assert not (tmp_path / "folder").exists()
