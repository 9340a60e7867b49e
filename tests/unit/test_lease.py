from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from driverenv import lease
from driverenv.lease import Lease

posix = pytest.mark.skipif(sys.platform == "win32", reason="locks on descriptors")
READ = (sys.executable, "-c", "input()")
PIPES: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}


@pytest.fixture
def path(tmp_path: Path) -> str:
    (tmp_path / "key").mkdir()
    found = lease.path_of(str(tmp_path / "key" / "Switch Driver"))
    lease.make(found)
    return found


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0


def variables() -> dict[str, str]:
    return dict(os.environ)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes there")
def test_a_pipe_in_its_place_holds_nobody_up(tmp_path: Path) -> None:
    path = str(tmp_path / lease.NAME)
    os.mkfifo(path)
    assert not lease.is_held(path)
    with pytest.raises(OSError, match="No such device"):
        lease.make(path)


def test_where_it_lies(path: str, tmp_path: Path) -> None:
    assert path == str(tmp_path / "key" / "lease")
    before = os.stat(path).st_ino
    lease.make(path)
    assert (os.path.getsize(path), os.stat(path).st_ino) == (0, before)


def test_many_may_hold_it_and_then_nobody_has_it_to_himself(path: str) -> None:
    first, second = lease.take(path), lease.take(path)
    assert lease.is_held(path)
    assert lease.claim(path) is None
    lease.release(first)
    assert lease.is_held(path)
    lease.release(second)
    assert not lease.is_held(path)


@posix
def test_nobody_takes_what_somebody_claims(path: str) -> None:
    claimed = lease.claim(path)
    assert claimed is not None
    with pytest.raises(BlockingIOError):
        lease.take(path)
    with pytest.raises(BlockingIOError):
        lease.take(path, wait=0.01)
    assert lease.hold(path) is None
    assert lease.claim(path) is None
    lease.release(claimed)
    lease.release(lease.take(path, wait=1))


def test_what_is_not_there(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone" / "lease")
    with pytest.raises(FileNotFoundError):
        lease.take(gone)
    assert lease.hold(gone) is None
    assert lease.claim(gone) is None
    assert not lease.is_held(gone)
    assert not (tmp_path / "gone").exists()


@posix
def test_what_was_moved_away_just_now(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opened it before it was moved finds out, and leaves no descriptor behind."""
    share = lease._share

    def move_first(descriptor: int) -> None:
        (tmp_path / "key").rename(tmp_path / "trash")
        share(descriptor)

    monkeypatch.setattr(lease, "_share", move_first)
    before = descriptors()
    with pytest.raises(FileNotFoundError, match="removed just now"):
        lease.take(path)
    assert descriptors() == before
    assert not lease.is_held(str(tmp_path / "trash" / "lease"))


@posix
def test_a_claim_is_of_the_file_that_is_there(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "_is_at", lambda *_: False)
    before = descriptors()
    assert lease.claim(path) is None
    assert descriptors() == before


def test_taking_it_is_using_it(path: str) -> None:
    os.utime(path, (1, 1))
    lease.release(lease.take(path))
    assert os.stat(path).st_mtime > 1
    held = lease.hold(path)
    os.utime(path, (1, 1))
    assert lease.hold(path) is held
    assert os.stat(path).st_mtime > 1


# ------------------------------------------------------------------------------------------ processes


def end(process: subprocess.Popen[bytes]) -> None:
    process.communicate(b"\n", timeout=60)


def test_a_process_holds_it_until_its_end(path: str) -> None:
    process = lease.popen(READ, variables(), (path,), PIPES)
    assert lease.is_held(path)
    end(process)
    assert not lease.is_held(path)


def test_whatever_becomes_of_the_one_that_started_it(path: str) -> None:
    """The launcher is killed; what it started goes on, and holds the lease."""
    code = (
        "import os, subprocess, sys; from driverenv import lease; "
        f"lease.popen(({sys.executable!r}, '-c', 'input()'), dict(os.environ), ({path!r},), {{}}); "
        "os.kill(os.getpid(), 9)"
    )
    source = str(Path(lease.__file__).parents[1])
    command = (sys.executable, "-c", code)
    reader, writer = os.pipe()
    try:
        done = subprocess.run(
            command, stdin=reader, env={**os.environ, "PYTHONPATH": source}, check=False, timeout=60
        )
        assert done.returncode != 0
        assert lease.is_held(path)
    finally:
        os.close(reader)
        os.close(writer)  # end of file: the driver ends
    while lease.is_held(path):
        pass


@posix
def test_a_descendant_that_inherited_it(path: str) -> None:
    code = "import os, sys\nif os.fork() == 0:\n    input()\n    os._exit(0)\n"
    reader, writer = os.pipe()
    try:
        process = lease.popen((sys.executable, "-c", code), variables(), (path,), {"stdin": reader})
        assert process.wait(60) == 0
        assert lease.is_held(path)
    finally:
        os.close(reader)
        os.close(writer)
    while lease.is_held(path):
        pass


@posix
def test_other_descriptors_are_passed_as_well(path: str) -> None:
    reader, writer = os.pipe()
    try:
        code = f"import os; os.write({writer}, b'x')"
        done = lease.run((sys.executable, "-c", code), variables(), (path,), {"pass_fds": (writer,)})
        assert done.returncode == 0
        assert os.read(reader, 1) == b"x"
    finally:
        os.close(reader)
        os.close(writer)


def test_run(path: str) -> None:
    code = "import sys; print('out'); sys.exit(3)"
    command = (sys.executable, "-c", code)
    done = lease.run(command, variables(), (path,), {"capture_output": True, "text": True})
    assert (done.returncode, done.stdout) == (3, "out\n")
    with pytest.raises(subprocess.CalledProcessError):
        lease.run(command, variables(), (path,), {"check": True, "stdout": subprocess.DEVNULL})
    assert not lease.is_held(path)


def test_nothing_is_started_where_it_is_gone(path: str) -> None:
    os.unlink(path)
    with pytest.raises(FileNotFoundError):
        lease.popen(READ, variables(), (path,), PIPES)


@posix
def test_a_process_that_becomes_another(path: str) -> None:
    code = (
        "import os, sys; from driverenv import lease; "
        f"lease.become(({sys.executable!r}, '-c', 'print(1, flush=True); input()'), dict(os.environ), ({path!r},))"
    )
    environ = {**os.environ, "PYTHONPATH": str(Path(lease.__file__).parents[1])}
    with subprocess.Popen((sys.executable, "-c", code), env=environ, **PIPES) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"1\n"
        assert lease.is_held(path)
        end(process)
    assert not lease.is_held(path)


@posix
def test_what_cannot_be_become_leaves_nothing(path: str, tmp_path: Path) -> None:
    before = descriptors()
    with pytest.raises(FileNotFoundError):
        lease.become((str(tmp_path / "no-python"),), {}, (path,))
    assert descriptors() == before
    assert not lease.is_held(path)


def test_a_lease_for_other_ways_to_start(path: str) -> None:
    async def start() -> None:
        with Lease(path) as held:
            process = await asyncio.create_subprocess_exec(
                *READ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **held.options
            )
        assert lease.is_held(path)
        await process.communicate(b"\n")
        assert not lease.is_held(path)

    asyncio.run(start())


def test_all_or_none(path: str, tmp_path: Path) -> None:
    before = descriptors()
    with pytest.raises(FileNotFoundError):
        Lease(path, str(tmp_path / "gone"))
    assert descriptors() == before
    with Lease(path, path) as held:
        assert len(held.descriptors) == 2
    held.close()
    assert not lease.is_held(path)


# ----------------------------------------------------------------------------- between prepare and start


def test_one_descriptor_for_all_that_refer_to_it(path: str) -> None:
    first = lease.hold(path)
    before = descriptors()
    more = [lease.hold(path) for _ in range(1000)]
    assert descriptors() == before
    assert first is not None
    assert all(one is first for one in more)
    del first
    assert lease.is_held(path)
    more.clear()
    gc.collect()
    assert not lease.is_held(path)


@posix
def test_another_file_in_its_place_is_another_lease(path: str) -> None:
    first = lease.hold(path)
    os.rename(path, f"{path}.old")
    lease.make(path)
    second = lease.hold(path)
    assert second is not first
    assert lease.is_held(path)
    assert lease.is_held(f"{path}.old")


def test_no_process_holds_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "MOST_HELD", 3)
    monkeypatch.setattr(lease, "_held", {})
    paths = [str(tmp_path / f"lease{number}") for number in range(5)]
    gc.collect()  # what others left
    before = descriptors()
    for path in paths:
        lease.make(path)
    held = [lease.hold(path) for path in paths]
    assert [lease.is_held(path) for path in paths] == [False, False, True, True, True]
    assert descriptors() - before in (0, 3)
    again = lease.hold(paths[0])
    assert again is not held[0]
    assert lease.is_held(paths[0])
    held.clear()
    del again
    gc.collect()
    assert descriptors() == before
    assert not any(map(lease.is_held, paths))


def test_who_is_gone_is_forgotten_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "MOST_HELD", 2)
    monkeypatch.setattr(lease, "_held", {})
    paths = [str(tmp_path / f"lease{number}") for number in range(6)]
    for path in paths:
        lease.make(path)
    kept = lease.hold(paths[0])
    for path in paths[1:]:
        lease.hold(path)  # nobody refers to it
    assert kept is not None
    assert lease.is_held(paths[0])
    assert len(lease._held) <= 3
