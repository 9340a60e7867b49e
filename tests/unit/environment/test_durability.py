from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from driverenv.environment import durability
from driverenv.environment.naming import COMPLETE
from driverenv.store import Store


@pytest.fixture
def at(tmp_path: Path) -> Path:
    made = tmp_path / "home" / "environments" / "k" / "Switch Driver"
    made.mkdir(parents=True)
    made.with_name(COMPLETE).write_text('{"boot": "this run"}')
    return made


def test_doubt(at: Path) -> None:
    assert not durability.in_doubt(at, "this run")
    assert not durability.in_doubt(at, "")
    assert durability.in_doubt(at, "another")
    for torn in (b"", b"[]", b"{}"):
        at.with_name(COMPLETE).write_bytes(torn)
        assert durability.in_doubt(at, "this run")
    durability.settle(at)
    assert not durability.in_doubt(at, "another")
    assert Path(durability.synced_at(at)) == at.with_name("synced")


@pytest.mark.skipif(sys.platform == "win32", reason="there the disk cannot be waited for")
def test_the_disk_is_waited_for(at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(at.parents[2])
    assert durability.sync(store)
    at.with_name("synced").unlink()
    durability.sync_later(at, store)
    end = time.monotonic() + 20
    while not at.with_name("synced").exists() and time.monotonic() < end:
        time.sleep(0.01)
    assert not durability.in_doubt(at, "another")
    monkeypatch.setattr(sys, "executable", "")
    durability.sync_later(at, store)  # an embedded Python: nobody waits
