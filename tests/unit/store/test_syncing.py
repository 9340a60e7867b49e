from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from driverenv.store import Store, stamps, syncing

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there the disk cannot be waited for")


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    folder = tmp_path / "environments" / "k"
    folder.mkdir(parents=True)
    return folder


def test_what_is_over_is_settled(tmp_path: Path, environment: Path) -> None:
    store = Store(tmp_path, boot="this run")
    with store.staging():
        (note,) = (tmp_path / "unsynced").iterdir()
        assert note.read_text() == "this run"
        assert syncing.settle(str(tmp_path), [str(environment), str(tmp_path / "gone")])
        assert note.exists()  # somebody is at it still
    store.close()
    assert (environment / "synced").exists()
    assert syncing.settle(str(tmp_path), [])
    assert not note.exists()


def test_who_begins_meanwhile_keeps_its_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = tmp_path / "unsynced"
    notes.mkdir()
    for name in ("over", "begins", ".being-written"):
        (notes / name).write_text("this run")

    def flushed(home: str) -> bool:
        Path(home, "staging", "begins").mkdir(parents=True)
        return True

    monkeypatch.setattr(syncing, "_flushed", flushed)
    assert syncing.settle(str(tmp_path), [])
    assert sorted(path.name for path in notes.iterdir()) == [".being-written", "begins"]
    store = Store(tmp_path, boot="this run")
    with store.staging():  # nobody else writes at that moment, so that was left by a crash
        assert ".being-written" not in {path.name for path in notes.iterdir()}


def test_nobody_made_anything(tmp_path: Path) -> None:
    assert syncing.settle(str(tmp_path), [])
    assert not syncing.settle(str(tmp_path / "gone"), [])


def test_a_system_that_cannot_be_asked(
    tmp_path: Path, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing.sys, "platform", "elsewhere")  # type: ignore[attr-defined]
    with monkeypatch.context() as patch:
        patch.setattr(os, "sync", lambda: None)
        assert syncing.settle(str(tmp_path), [str(environment)])
    (environment / "synced").unlink()
    monkeypatch.delattr(os, "sync")
    assert not syncing.settle(str(tmp_path), [str(environment)])
    assert not (environment / "synced").exists()


def test_the_program(tmp_path: Path, environment: Path) -> None:
    command = [sys.executable, "-I", "-S", str(syncing.__file__), str(tmp_path), str(environment)]
    subprocess.run(command, check=True)
    assert (environment / "synced").exists()


def test_one_note_stands_for_many(tmp_path: Path) -> None:
    for run in ("this run", "this run", "another", "another"):
        store = Store(tmp_path, boot=run)
        with store.staging():
            pass
        store.close()
    notes = sorted(path.read_text() for path in (tmp_path / "unsynced").iterdir())
    assert notes == ["another", "this run"]


def test_another_run_of_the_machine_has_contents_decide(tmp_path: Path) -> None:
    record = tmp_path / "wheels" / "ab" / ("ab" * 32) / stamps.FILE_NAME
    record.parent.mkdir(parents=True)
    record.write_bytes(b"")
    store = Store(tmp_path, boot="this run")
    with store.staging():
        pass
    store.close()
    for run in ("this run", ""):  # it made that itself; nobody asks
        Store(tmp_path, boot=run).settle()
        assert record.exists()
    Store(tmp_path, boot="another").settle()
    assert not record.exists()
    assert list((tmp_path / "unsynced").iterdir()) == []
