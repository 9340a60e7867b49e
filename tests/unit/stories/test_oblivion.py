from __future__ import annotations

import os
import time
from pathlib import Path

from driverenv.events import Ready
from driverenv.store import Store
from driverenv.stories import oblivion
from tests.unit.stories.bench import Bench

LONG_AGO = 1_000_000_000.0


def test_only_what_is_old_goes(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for key in ("a", "b", "c"):
        store.write("settled", key, b"x" * 10)
        store.write("fetched", key, b"which content a file had")
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "lab.log").write_bytes(b"y")
    for path in [*tmp_path.glob("documents/*/*/*"), tmp_path / "answers" / "lab.log"]:
        os.utime(path, (LONG_AGO, LONG_AGO))
    store.write("settled", "a", b"x")
    (next(tmp_path.glob("documents/settled/*")) / ".being-written").touch()
    since = time.time() - 60
    told = list(oblivion.forget(tmp_path, since, dry_run=True))
    assert [(one.folder.name, one.number) for one in told] == [("settled", 2), ("answers", 1)]
    assert told[0].size > 20
    assert list(oblivion.forget(tmp_path, since, dry_run=False)) == told
    assert list(oblivion.forget(tmp_path, since, dry_run=False)) == []
    assert store.read("settled", "a") == b"x"
    assert store.read("settled", "b") is None
    assert store.read("fetched", "b") is not None


def test_a_launch_after_it_knows_all_it_needs(bench: Bench) -> None:
    bench.wheel("six")
    made = bench.prepare(bench.request("six\n", valid_for_minutes=0))
    assert list(oblivion.forget(bench.home, time.time() + 60, dry_run=False))
    assert bench.prepare(bench.request("six\n", valid_for_minutes=0)) == made
    assert [event.reused for event in bench.told(Ready)] == [True]
