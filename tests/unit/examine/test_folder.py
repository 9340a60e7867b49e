from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from driverenv import _fs
from driverenv.examine import folder
from driverenv.examine.folder import ground, try_out

posix = pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX's")


def test_a_folder_of_our_own(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    seen = ground(str(home))
    assert (seen.exists, seen.is_folder, seen.writable, seen.is_ours) == (True, True, True, True)
    assert (seen.group_may_write, seen.unsafe) == (False, ("", ""))
    assert 0 < seen.free <= seen.total
    assert os.listdir(home) == []


def test_one_that_is_not_there_yet(tmp_path: Path) -> None:
    seen = ground(str(tmp_path / "a" / "b"))
    assert (seen.exists, seen.nearest) == (False, str(tmp_path))
    assert not (tmp_path / "a").exists()


def test_what_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert not ground(str(tmp_path / "file")).is_folder
    assert not ground(str(tmp_path / "file" / "below")).is_folder


@posix
@pytest.mark.parametrize(
    ("mode", "group", "others"),
    [
        (0o700, False, False),
        (0o755, False, False),
        (0o775, True, False),
        (0o777, True, True),
        (0o1777, True, True),
    ],
)
def test_who_may_write(tmp_path: Path, mode: int, group: bool, others: bool) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(mode)
    seen = ground(str(home))
    assert (seen.mode, seen.group_may_write, bool(seen.unsafe[1])) == (mode, group, others)


@posix
def test_what_lies_in_it_is_looked_at_as_well(tmp_path: Path) -> None:
    (tmp_path / "home" / "asks").mkdir(parents=True)
    (tmp_path / "home").chmod(0o755)
    (tmp_path / "home" / "asks").chmod(0o777)
    path, why = ground(str(tmp_path / "home")).unsafe
    assert (path, why) == (str(tmp_path / "home" / "asks"), "anybody may write there (mode 0777)")


def test_what_it_can_do_and_nothing_is_left(tmp_path: Path) -> None:
    tried = try_out(str(tmp_path))
    assert (tried.links, tried.locks, tried.renames, tried.modes) == ("", "", "", "")
    assert tried.fine_times
    if sys.platform == "linux":
        assert (tried.tells_case, tried.long_paths) == (True, "")
    assert os.listdir(tmp_path) == []


def test_what_it_cannot_do_is_told_in_the_systems_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(_fs, "hold", lambda _path: lambda: None)
    tried = try_out(str(tmp_path))
    assert tried.links == "Operation not permitted"
    assert tried.locks == "two have the lock at once"
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("content", [b"x" * 8192, b"y"])
def test_clones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Where the file system has them; what is no faithful copy is none."""
    monkeypatch.setattr(folder, "clone", lambda _source, target, *, mode: Path(target).write_bytes(content))
    assert try_out(str(tmp_path)).clones == ("" if content[:1] == b"x" else "a clone has another content")


def test_locks_that_nobody_gets_or_that_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_fs, "hold", lambda _path: None)
    assert try_out(str(tmp_path)).locks == "nobody has the lock, and it cannot be had"
    answers = iter([lambda: None, None, None])
    monkeypatch.setattr(_fs, "hold", lambda _path: next(answers))
    assert try_out(str(tmp_path)).locks == "the lock is not let go of"


def test_where_nothing_can_be_made(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"."):
        try_out(str(tmp_path / "nowhere"))
