from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from driverenv.generations import pointer

posix = pytest.mark.skipif(sys.platform == "win32", reason="junctions")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for key in ("k1", "k2"):
        (tmp_path / "environments" / key).mkdir(parents=True)
        (tmp_path / "environments" / key / "which").write_text(key, encoding="utf-8")
    return tmp_path / "drivers" / "Switch Driver"


def environment(folder: Path, key: str) -> Path:
    return folder.parents[1] / "environments" / key


@posix
def test_it_leads_to_the_one_and_then_to_the_other(folder: Path) -> None:
    assert pointer.leads(folder) is None
    for key in ("k1", "k2", "k2"):
        pointer.point(folder, environment(folder, key))
        assert (folder / "current" / "which").read_text(encoding="utf-8") == key
        assert pointer.leads(folder) == environment(folder, key)
    assert os.listdir(folder) == ["current"]
    assert os.readlink(folder / "current") == os.path.join("..", "..", "environments", "k2")


@posix
def test_a_home_can_be_moved(folder: Path, tmp_path: Path) -> None:
    pointer.point(folder, environment(folder, "k1"))
    (tmp_path / "drivers").rename(tmp_path / "moved")
    assert pointer.leads(tmp_path / "moved" / "Switch Driver") == environment(folder, "k1")


def test_nowhere(folder: Path) -> None:
    pointer.point(folder, None)
    assert not folder.exists()
    pointer.point(folder, environment(folder, "k1"))
    pointer.point(folder, None)
    assert pointer.leads(folder) is None
    assert os.listdir(folder) == []


def test_in_words_where_no_link_can_be_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pointer.point(folder, environment(folder, "k1"))

    def refuse(*_: object) -> None:
        raise OSError("no right to make links")

    with monkeypatch.context() as patch:
        patch.setattr(pointer, "_link", refuse)
        pointer.point(folder, environment(folder, "k2"))
        assert os.listdir(folder) == ["current.txt"]
        assert pointer.leads(folder) == environment(folder, "k2")
    pointer.point(folder, environment(folder, "k1"))
    assert os.listdir(folder) == ["current"]


@posix
def test_what_is_in_the_way_is_left_alone(folder: Path) -> None:
    (folder / "current").mkdir(parents=True)
    (folder / "current" / "mine").touch()
    pointer.point(folder, environment(folder, "k1"))
    assert sorted(os.listdir(folder)) == ["current", "current.txt"]
    assert (folder / "current" / "mine").exists()
