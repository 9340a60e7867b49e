from __future__ import annotations

import os
from pathlib import Path

import pytest

from driverenv.errors import HomeUnusable, RepositoryRefused
from driverenv.repository import folder as room
from driverenv.repository.folder import Folder


def test_what_is_held(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / ".hidden").mkdir()
    for name in ("b.whl", "sub/a.whl", ".hidden/c.whl", ".d.whl"):
        (tmp_path / name).write_bytes(b"abc")
    if hasattr(os, "symlink"):
        (tmp_path / "link.whl").symlink_to(tmp_path / "b.whl")
    found = Folder(tmp_path).held()
    assert [(one.path, one.filename, one.size) for one in found] == [
        ("b.whl", "b.whl", 3),
        ("sub/a.whl", "a.whl", 3),
    ]


def test_a_file_is_put_in_whole(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"new")
    source.chmod(0o600)
    (tmp_path / "index").mkdir()
    into = Folder(tmp_path / "index")
    into.put(source, "sub/six.whl")
    assert (into.path / "sub" / "six.whl").read_bytes() == b"new"
    assert source.exists()
    into.put(source, "sub/six.whl", move=True)
    assert not source.exists()
    assert [
        path for path in (into.own / "staging").rglob("*") if path.is_file() and path.suffix != ".lock"
    ] == []
    if os.name == "posix":  # a server of another account reads it
        assert (into.path / "sub" / "six.whl").stat().st_mode & 0o777 == 0o644


def test_what_a_dead_process_left_is_swept(tmp_path: Path) -> None:
    left = tmp_path / ".driverenv" / "staging" / "left"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"x")
    with Folder(tmp_path).staging() as place, Folder(tmp_path).staging() as other:
        assert not left.exists()
        assert place.exists()
        assert other.exists()
    assert not place.exists()


def test_a_file_is_taken_out_with_its_empty_folders(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "six.whl").write_bytes(b"x")
    out = Folder(tmp_path)
    out.take("a/b/six.whl", out.own / "removed")
    assert (out.own / "removed" / "a" / "b" / "six.whl").read_bytes() == b"x"
    assert not (tmp_path / "a").exists()


def test_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_BUSY_SECONDS", 0.01)
    with Folder(tmp_path).changing(), pytest.raises(HomeUnusable) as caught, Folder(tmp_path).changing():
        pass
    assert caught.value.code == "HOME_BUSY"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RepositoryRefused) as caught:
        Folder(tmp_path / "nowhere")
    assert caught.value.code == "REPOSITORY_UNUSABLE"
    assert "is not there" in str(caught.value)


def test_what_the_system_refuses_is_told(tmp_path: Path) -> None:
    with pytest.raises(RepositoryRefused) as caught:
        Folder(tmp_path).put(tmp_path / "nothing", "six.whl")
    assert "No such file" in str(caught.value)
    assert not (tmp_path / "six.whl").exists()
