"""The process beside a launch: the same wheels, and whatever becomes of it, the launch does without."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from driverenv.archive.rules import Label
from driverenv.archive.wheel import Offer
from driverenv.errors import ArchiveRejected
from driverenv.model.amended import Amended
from driverenv.store import Store, StoredWheel, peer, unpacking
from driverenv.store.peer import Peer
from tests.kit import Wheel
from tests.kit.wheels import WheelOptions
from tests.unit.store.test_shelves import FILES, ingest

WAIT_SECONDS = 60.0


@pytest.fixture(autouse=True)
def _used_by_all(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every wheel is for the process, however long it takes to start; one that never does is not waited for."""
    monkeypatch.setattr(peer, "MANY", 0)
    monkeypatch.setattr(peer, "WAITS_SECONDS", WAIT_SECONDS)
    monkeypatch.setattr(peer, "is_of_use", lambda: True)
    yield
    assert gone()


def gone() -> bool:
    """Whether no thread and no process is left."""
    for thread in threading.enumerate():
        if thread.name == "driverenv-peer":
            thread.join(WAIT_SECONDS)
    left = [one for one in threading.enumerate() if one.name == "driverenv-peer"]
    return not left and not peer._THE_ONE.locked()


def made(folder: Path, name: str = "widget", options: WheelOptions | None = None) -> tuple[Path, str]:
    archive = Wheel(name=name, version="1.0", **(options or {})).archive()
    return archive.write(folder), hashlib.sha256(archive.data).hexdigest()


class Counted:
    """How often this process unpacked by itself."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        self._unpack = unpacking.unpack
        monkeypatch.setattr(unpacking, "unpack", self)

    def __call__(self, staged: Path, archive: Path, root: Path, sha256: str, offer: Offer) -> StoredWheel:
        self.times += 1
        return self._unpack(staged, archive, root, sha256, offer)


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


def tree(root: Path) -> list[tuple[str, int, int, bytes]]:
    """All that can be seen of a folder, but stamps."""
    return sorted(
        (
            path.relative_to(root).as_posix(),
            path.stat().st_mode,
            0 if path.is_dir() or path.name == "manifest" else path.stat().st_mtime_ns,
            b"" if path.is_dir() else path.read_bytes(),
        )
        for path in root.rglob("*")
        if path.name != "stamps"
    )


def test_what_it_unpacks_is_the_same(tmp_path: Path, own: Counted) -> None:
    options: WheelOptions = {
        **FILES,
        "entry_points": {"console_scripts": {"w": "widget:main"}},
        "data_files": {"scripts/tool": "#!python\n"},
    }
    path, sha256 = made(tmp_path, options=options)
    alone, store = Store(tmp_path / "alone"), Store(tmp_path / "home")
    expected = ingest(alone, path, sha256)
    with store.reinforced():
        store.expect(1)
        found = ingest(store, path, sha256)
    assert own.times == 1
    assert found == Store(tmp_path / "home").wheel(sha256)
    assert list(found.entries) == list(expected.entries)
    assert (found.scripts, found.notes, found.dist_info) == (
        expected.scripts,
        expected.notes,
        expected.dist_info,
    )
    assert tree(found.root) == tree(expected.root)
    assert found.root.stat().st_mode == expected.root.stat().st_mode
    assert store.parts(f"wheels/{sha256[:2]}/{sha256}/stamps")
    assert not list((tmp_path / "home" / "staging").glob("*/*"))


def test_notes_and_what_the_policy_says_go_along(tmp_path: Path, own: Counted) -> None:
    options: WheelOptions = {
        "requires": ["evil @ https://evil.example/e.zip"],
        "record": lambda rows: rows[1:],
    }
    path, sha256 = made(tmp_path, options=options)
    store = Store(tmp_path / "home")
    with store.reinforced():
        store.expect(1)
        found = store.ingest(
            path,
            project="widget",
            version="1.0",
            filename=path.name,
            sha256=sha256,
            public=False,
            amended=Amended(requires=True),
        )
    assert own.times == 0
    assert found.notes


def test_few_wheels_start_nothing(tmp_path: Path, own: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "MANY", 6)
    monkeypatch.setattr(peer, "WAITS_SECONDS", 0.0)
    monkeypatch.setattr(subprocess, "Popen", None)
    store = Store(tmp_path / "home")
    store.expect(100)  # nobody is there to be reinforced
    with store.reinforced():
        store.expect(5)
        store.expect(1)
        ingest(store, *made(tmp_path))
    assert own.times == 1


@pytest.mark.parametrize("strict", [True, False])
def test_a_refusal_is_the_very_same(tmp_path: Path, own: Counted, strict: bool) -> None:
    for number, options in enumerate(
        ({"files": {"../evil": "x"}}, {"requires": ["a @ https://e.example/a"]})
    ):
        path, sha256 = made(tmp_path / str(number), options=options)  # type: ignore[arg-type]
        alone, store = Store(tmp_path / f"alone{number}"), Store(tmp_path / f"home{number}")
        with pytest.raises(ArchiveRejected) as expected:
            ingest(alone, path, sha256, public=strict)
        with store.reinforced():
            store.expect(1)
            with pytest.raises(ArchiveRejected) as found:
                ingest(store, path, sha256, public=strict)
            ingest(store, *made(tmp_path / f"good{number}"))  # goes on without it
        assert (str(found.value), found.value.facts, found.value.data) == (
            str(expected.value),
            expected.value.facts,
            expected.value.data,
        )
        assert store.wheel(sha256) is None
        assert not list((tmp_path / f"home{number}" / "staging").glob("*/*"))
        assert gone()


KILLED_HALFWAY = """
import os, signal, sys
sys.path += sys.argv[2:]
from driverenv.store import manifest, unpacking
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
manifest.of = die
unpacking.main(int(sys.argv[1]))
"""
SAYS_NONSENSE = """
import os, sys
sys.path += sys.argv[2:]
from driverenv.store import unpacking
os.write(1, unpacking.READY)
os.read(0, 65536)
os.write(1, bytes(range(11, 256)) + b"\\n")
os.read(0, 65536)
"""
SAYS_DONE_AND_HAS_NOT = """
import json, os, sys
sys.path += sys.argv[2:]
from driverenv.store import unpacking
os.write(1, unpacking.READY)
os.write(1, unpacking.done(json.loads(os.read(0, 65536))[2]))
os.read(0, 65536)
"""


@pytest.mark.skipif(os.name != "posix", reason="kills by signals")
@pytest.mark.parametrize("program", [KILLED_HALFWAY, SAYS_NONSENSE, SAYS_DONE_AND_HAS_NOT])
def test_whatever_it_does(
    tmp_path: Path, own: Counted, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(peer, "PROGRAM", program)
    store = Store(tmp_path / "home")
    path, sha256 = made(tmp_path, options=FILES)
    with store.reinforced():
        store.expect(1)
        found = ingest(store, path, sha256)
    assert own.times == 1
    assert all(Path(found.path(one)).stat().st_size == one.size for one in found.entries)
    assert not list((tmp_path / "home" / "staging").glob("*/*"))


@pytest.mark.parametrize(
    "program", ["raise SystemExit", "print('ready for something else')", "import nothing_like_it"]
)
def test_one_that_is_never_ready(
    tmp_path: Path, own: Counted, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(peer, "PROGRAM", program)
    store = Store(tmp_path / "home")
    with store.reinforced():
        store.expect(1)
        assert gone()
        ingest(store, *made(tmp_path))
    assert own.times == 1


def test_one_that_says_nothing(tmp_path: Path, own: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        peer,
        "PROGRAM",
        SAYS_NONSENSE.partition("os.write(1, bytes")[0] + "os.read(0, 9)\nwhile True: os.read(0, 9)",
    )
    monkeypatch.setattr(peer, "PATIENCE_SECONDS", 0.0)
    store = Store(tmp_path / "home")
    with store.reinforced():
        store.expect(1)
        ingest(store, *made(tmp_path))
    assert own.times == 1


def test_where_no_process_can_be_started(
    tmp_path: Path, own: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python-that-is-gone"))
    store = Store(tmp_path / "home")
    with store.reinforced():
        store.expect(1)
        assert gone()
        ingest(store, *made(tmp_path))
    assert own.times == 1


def test_where_there_are_no_more_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(peer, "WAITS_SECONDS", 0.0)
    monkeypatch.setattr(threading.Thread, "start", refused)
    store = Store(tmp_path / "home")
    with store.reinforced():
        store.expect(1)
        ingest(store, *made(tmp_path))


def test_there_is_one_in_a_process(tmp_path: Path, own: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Store(tmp_path / "first"), Store(tmp_path / "second")
    with first.reinforced(), second.reinforced():
        first.expect(1)
        second.expect(1)
        ingest(first, *made(tmp_path))
        monkeypatch.setattr(peer, "WAITS_SECONDS", 0.0)
        ingest(second, *made(tmp_path))
    assert own.times == 1


def test_within_another(tmp_path: Path, own: Counted) -> None:
    store = Store(tmp_path / "home")
    with store.reinforced():
        with store.reinforced():
            store.expect(1)
        ingest(store, *made(tmp_path))
    assert own.times == 0


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_it_has_nothing_of_the_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of Python's is heeded, no descriptor inherited, and no folder of the host comes before Python's own."""
    (tmp_path / "queue.py").write_text("raise SystemExit('the host has a module called so')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "queue.py"))
    monkeypatch.syspath_prepend(str(tmp_path))
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    beside = Peer()
    try:
        beside.expect(1)
        path, sha256 = made(tmp_path)
        (tmp_path / "staged").mkdir()
        with beside.turn(path) as is_ours:
            assert is_ours
            assert beside._ends is not None
            process = beside._ends.process.pid
            assert sorted(os.listdir(f"/proc/{process}/fd")) == ["0", "1", "2"]
            assert beside.unpack(
                tmp_path / "staged", path, tmp_path, sha256, Offer(Label(path.name), "widget", "1.0")
            )
    finally:
        beside.close()
        os.close(reading)
        os.close(writing)
    assert not os.path.exists(f"/proc/{process}")


HOST = """
import sys, time
from pathlib import Path
from driverenv.store import peer
peer.MANY, peer.WAITS_SECONDS, peer.is_of_use = 0, 60.0, lambda: True
beside = peer.Peer()
beside.expect(1)
with beside.turn(Path(sys.executable)) as is_ours:
    print(beside._ends.process.pid, flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_it_ends_with_its_launch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOST], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path
    ) as host:
        assert host.stdout is not None
        number = int(host.stdout.readline())
        descriptor = os.pidfd_open(number)
        host.send_signal(signal.SIGKILL)
    import select

    assert select.select([descriptor], [], [], WAIT_SECONDS)[0], "it is still there"
    os.close(descriptor)


@pytest.mark.parametrize(
    ("program", "frozen", "expected"),
    [("python3", False, True), ("python3", True, False), ("uwsgi", False, False), ("", False, False)],
)
def test_a_host_is_not_started_again(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
    frozen: bool,
    expected: bool,
) -> None:
    monkeypatch.undo()
    path = tmp_path / program if program else ""
    if program:
        (tmp_path / program).touch()
    monkeypatch.setattr(sys, "executable", str(path))
    monkeypatch.setattr(sys, "frozen", frozen, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1}, raising=False)
    assert peer.is_of_use() is expected
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0}, raising=False)
    assert not peer.is_of_use()
