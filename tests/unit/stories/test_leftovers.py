from __future__ import annotations

import gc
import os
import shutil
import time
from pathlib import Path

import pytest

from driverenv import Request, lease, prepare
from driverenv.generations import Drivers
from driverenv.store import Store
from driverenv.stories import leftovers
from driverenv.stories.leftovers import Collected
from tests.unit.stories.bench import Bench

LONG_AGO = 1_000_000_000.0


@pytest.fixture
def prefix(bench: Bench) -> str:
    bench.wheel("six")
    prefix = bench.prepare(bench.request("six\n")).prefix
    gc.collect()
    return prefix


def swept(bench: Bench, *, since: float = 0.0, dry_run: bool = False) -> list[Collected]:
    """But for what is only remembered (`test_oblivion`)."""
    found = leftovers.sweep(bench.home, Store(bench.home), since=since, dry_run=dry_run)
    return [one for one in found if one.kind != leftovers.MEMORY]


def test_nothing_to_sweep(bench: Bench, prefix: str) -> None:
    found = leftovers.sweep(bench.home, Store(bench.home), since=time.time() + 60, dry_run=True)
    assert {one.kind for one in found} == {leftovers.MEMORY}
    assert swept(bench, since=time.time() + 60) == []


def test_when_each_answered_last(bench: Bench, prefix: str) -> None:
    found = leftovers.answered(bench.home)
    assert list(found) == [Path(prefix).parent.name]
    assert abs(found[Path(prefix).parent.name] - time.time()) < 600
    (bench.home / "asks" / "nonsense").write_bytes(b"\xff\xfe")
    assert leftovers.answered(bench.home)[""] == 0.0


def test_answers_whose_environment_is_gone(bench: Bench, prefix: str) -> None:
    lane = bench.home / "lane" / "asks"
    lane.mkdir(parents=True)
    (path,) = (bench.home / "asks").iterdir()
    shutil.copy(path, lane / path.name)
    (bench.home / "asks" / ".half").touch()
    shutil.rmtree(Path(prefix).parent)
    told = swept(bench, dry_run=True)
    assert [(one.kind, one.path) for one in told] == [
        ("answer", str(path)),
        ("answer", str(lane / path.name)),
    ]
    assert swept(bench) == told
    assert [one.name for one in (bench.home / "asks").iterdir()] == [".half"]
    assert os.listdir(lane) == []


def extracted(bench: Bench, name: str, *, with_lease: bool = True) -> Path:
    folder = bench.home / "launches" / name
    (folder / "Switch").mkdir(parents=True)
    (folder / "Switch" / "driver.py").write_bytes(b"pass\n")
    if with_lease:
        lease.make(str(folder / "lease"))
    return folder


def test_answers_to_drivers_that_are_gone(bench: Bench, prefix: str) -> None:
    (path,) = (bench.home / "asks").iterdir()
    later = time.time() + 60
    assert swept(bench, since=later, dry_run=True) == []
    shutil.rmtree(bench.root / "drivers" / "Switch Driver")
    assert swept(bench, since=LONG_AGO, dry_run=True) == []  # it may come back: a share that is not mounted
    (found,) = swept(bench, since=later, dry_run=True)
    assert (found.kind, found.path, found.why) == ("answer", str(path), "its driver is gone")


def test_extracted_drivers_whose_launch_was_killed(bench: Bench) -> None:
    held, left = extracted(bench, "driver-1"), extracted(bench, "driver-2")
    with lease.Lease(str(held / "lease")):
        (told,) = swept(bench, dry_run=True)
        assert (told.kind, told.path, told.size) == ("extracted driver", str(left), 5)
        assert left.exists()
        assert swept(bench) == [told]
    assert not left.exists()
    assert held.exists()
    assert [one.path for one in swept(bench)] == [str(held)]


def test_one_that_is_being_extracted(bench: Bench) -> None:
    young, old = (
        extracted(bench, "driver-1", with_lease=False),
        extracted(bench, "driver-2", with_lease=False),
    )
    os.utime(old, (LONG_AGO, LONG_AGO))
    assert [one.path for one in swept(bench)] == [str(old)]
    assert young.exists()


def test_old_logs(bench: Bench) -> None:
    logs = Store(bench.home).logs
    logs.mkdir(parents=True)
    for name in ("old.log", "new.log"):
        (logs / name).write_bytes(b"words")
    (logs / "folder").mkdir()
    for path in (logs / "old.log", logs / "folder"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    (told,) = swept(bench, since=LONG_AGO + 1)
    assert (told.kind, told.path, told.size) == ("log", str(logs / "old.log"), 5)
    assert sorted(os.listdir(logs)) == ["folder", "new.log"]


def test_drivers_that_are_forgotten(bench: Bench, prefix: str) -> None:
    (driver,) = Drivers(str(bench.home))
    later = time.time() + 60
    shutil.rmtree(bench.root / "drivers" / "Switch Driver")
    assert [one.kind for one in swept(bench, since=later)] == ["answer"]  # its environment is there
    shutil.rmtree(Path(prefix).parent)
    assert swept(bench, since=LONG_AGO) == []  # it was here just now
    assert [(one.kind, one.path) for one in swept(bench, since=later, dry_run=True)] == [
        ("driver", str(driver.folder)),
        ("log", str(bench.home / "history" / "Switch Driver.log")),
    ]
    assert driver.folder.exists()
    assert [one.kind for one in swept(bench, since=later)] == ["driver", "log"]
    assert not driver.folder.exists()


def test_a_driver_that_is_there_is_not_forgotten(bench: Bench, prefix: str) -> None:
    shutil.rmtree(Path(prefix).parent)
    assert [one.kind for one in swept(bench, since=time.time() + 60)] == ["answer"]


def test_what_is_shared_takes_no_space(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "own").write_bytes(b"12345")
    (tmp_path / "a" / "shared").write_bytes(b"123")
    os.link(tmp_path / "a" / "shared", tmp_path / "other")
    assert leftovers.size_of(tmp_path / "a") == 5
    assert leftovers.size_of(tmp_path / "a" / "b" / "own") == 5
    assert leftovers.size_of(tmp_path / "nothing") == 0


def test_a_launch_after_a_sweep(bench: Bench, prefix: str) -> None:
    shutil.rmtree(Path(prefix).parent)
    swept(bench)
    assert (
        prepare(
            Request(bench.root / "drivers" / "Switch Driver", policy=bench.policy(), home=bench.home)
        ).prefix
        == prefix
    )


def test_histories_of_drivers_that_nobody_knows(bench: Bench, prefix: str) -> None:
    old = bench.home / "history" / "Rack.log"
    for path in (old, old.with_name("Rack.log.1"), old.with_name("New.log")):
        path.write_bytes(b"words")
        if path.name != "New.log":
            os.utime(path, (0, 0))
    os.utime(bench.home / "history" / "Switch Driver.log", (0, 0))
    found = swept(bench, since=1000.0)
    assert [(one.kind, one.path) for one in found] == [("log", str(old)), ("log", f"{old}.1")]
    assert sorted(os.listdir(old.parent)) == ["New.log", "Switch Driver.log"]
