from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from driverenv._cell import watch
from driverenv._cell.terms import DISK, MEMORY, OUTPUT, PROCESSES, TIME, Limits
from driverenv._cell.watch import Breach, Watch

AMPLE = Limits(seconds=3600, memory=1 << 40, disk=1 << 40, output=1 << 40, processes=1000)
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def watching(folder: Path, **limits: float) -> Watch:
    """One whose first look is due."""
    wanted = AMPLE._replace(**limits)  # type: ignore[arg-type]
    one = Watch([str(folder)], wanted, os.getpid())
    one._next = 0.0
    return one


def test_nothing_is_reached(tmp_path: Path) -> None:
    one = watching(tmp_path)
    assert one.patience() == 0
    assert one.look() is None
    assert 0 < one.patience() <= 3600
    assert one.last() is None


def test_time(tmp_path: Path) -> None:
    assert watching(tmp_path, seconds=0).look() == Breach(TIME)


def test_output_is_counted_and_kept_up_to_the_limit(tmp_path: Path) -> None:
    one = watching(tmp_path, output=10)
    assert (one.print(6), one.look()) == (6, None)
    assert (one.print(6), one.print(6)) == (4, 0)
    assert one.look() == Breach(OUTPUT)


def test_disk(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 30_000)
    os.link(tmp_path / "a", tmp_path / "b")  # one file, two names
    assert watching(tmp_path, disk=50_000).look() is None
    (tmp_path / "c").write_bytes(b"x" * 30_000)
    assert watching(tmp_path, disk=50_000).look() == Breach(DISK)
    assert watching(tmp_path, disk=50_000).last() == Breach(DISK)


def test_a_sparse_file_takes_no_room(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.truncate(1 << 30)
    if os.name == "posix":
        assert watching(tmp_path, disk=1 << 20).look() is None


def test_files_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "MAX_FILES", 3)
    for number in range(5):
        (tmp_path / str(number)).touch()
    assert watching(tmp_path).look() == Breach(DISK, "more than 3 files")


def test_folders_without_end_can_be_removed_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "MAX_DEPTH", 10)
    deep = tmp_path.joinpath(*"abcdefghijklmnopqrstuvwxyz")
    deep.mkdir(parents=True)
    (deep / "file").touch()
    deep.parent.chmod(0o500)
    (tmp_path / "link").symlink_to(tmp_path)
    assert watching(tmp_path).last() == Breach(DISK, "folders more than 10 deep")
    depths = [len(path.relative_to(tmp_path).parts) for path in tmp_path.rglob("*")]
    assert max(depths) <= 10
    assert len(list(tmp_path.rglob("file"))) == 1


@pytest.mark.skipif(os.name != "posix", reason="modes")
def test_a_folder_that_forbids_to_look_is_opened_when_all_is_over(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    (closed / "a").write_bytes(b"x" * 30_000)
    closed.chmod(0)
    assert watching(tmp_path, disk=20_000).last() == Breach(DISK)
    assert os.access(closed / "a", os.R_OK)


def test_a_disk_that_is_nearly_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = watching(tmp_path)
    monkeypatch.setattr(watch, "_free", lambda _path: watch.SPARE - 1)
    assert one.look() == Breach(DISK, "the disk is nearly full")
    assert watching(tmp_path).look() is None  # it was so before


@pytest.fixture
def child() -> subprocess.Popen[bytes]:
    code = (
        "import os, subprocess, sys, tempfile\n"
        "held = tempfile.TemporaryFile(buffering=0); held.write(b'x' * 100_000)\n"
        "other = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=0)\n"
        "print('ready', flush=True)\n"
        "other.wait()"
    )
    return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


@linux
def test_processes_and_what_they_have(child: subprocess.Popen[bytes], tmp_path: Path) -> None:
    with child:
        assert child.stdout is not None
        assert child.stdin is not None
        child.stdout.readline()
        below = watch.descendants(os.getpid())
        assert child.pid in below
        assert len(watch.descendants(child.pid)) == 1
        assert watching(tmp_path, processes=1).look() == Breach(PROCESSES)
        assert watching(tmp_path, memory=1 << 20).look() == Breach(MEMORY)
        assert sum(watch._unlinked([child.pid]).values()) >= 100_000
        assert watching(tmp_path, disk=90_000).look() == Breach(DISK)
        assert watch.tasks_of(os.getuid()) >= 3
        child.stdin.close()


@linux
def test_a_process_that_is_gone_has_nothing(tmp_path: Path) -> None:
    gone = 2**22 + 1
    assert watch._unlinked([gone]) == {}
    assert watch._share(gone) == 0
    assert watching(tmp_path)._private(gone) == 0
    assert watch.descendants(gone) == []
