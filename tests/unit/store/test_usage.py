from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from driverenv.store import Store, usage
from tests.kit import Wheel

LONG_AGO = 1e9


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


@pytest.fixture
def sha256(store: Store) -> str:
    """Of a wheel that was in use long ago."""
    made = Wheel(name="widget", version="1.0").archive()
    digest = hashlib.sha256(made.data).hexdigest()
    with store.staging() as folder:
        (folder / "file").write_bytes(made.data)
        archive = store.admit(folder / "file", digest)
    wheel = store.ingest(
        archive, project="widget", version="1.0", filename=made.filename, sha256=digest, public=True
    )
    for path in (archive, wheel.root / "stamps"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    return digest


def is_there(store: Store, sha256: str) -> tuple[bool, bool]:
    return store.wheel(sha256) is not None, store.archive(sha256) is not None


def test_what_is_touched_was_used_just_now(store: Store, sha256: str) -> None:
    assert usage.used(store.home, sha256) == LONG_AGO
    assert usage.touch(store.home, sha256)
    assert usage.used(store.home, sha256) > LONG_AGO
    assert (usage.used(store.home, "f" * 64), usage.touch(store.home, "f" * 64)) == (0.0, False)


def test_evicted_unless_it_was_used_since(store: Store, sha256: str) -> None:
    assert not usage.evict(store, sha256, unless_used_since=LONG_AGO - 1)
    assert is_there(store, sha256) == (True, True)
    assert usage.evict(store, sha256, unless_used_since=LONG_AGO)
    assert is_there(store, sha256) == (False, False)
    assert not usage.evict(store, sha256, unless_used_since=LONG_AGO)
    assert list(store.home.glob("staging/*/*")) == []


def test_what_is_touched_at_the_last_moment_comes_back(
    store: Store, sha256: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, touched = Path.rename, list[bool]()

    def at_the_last_moment(self: Path, target: Path) -> Path:
        if not touched:
            touched.append(usage.touch(store.home, sha256))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", at_the_last_moment)
    assert not usage.evict(store, sha256, unless_used_since=LONG_AGO)
    assert touched == [True]
    assert is_there(store, sha256) == (True, True)


def test_an_archive_alone(store: Store) -> None:
    digest = hashlib.sha256(b"an sdist").hexdigest()
    with store.staging() as folder:
        (folder / "file").write_bytes(b"an sdist")
        store.admit(folder / "file", digest)
    assert usage.touch(store.home, digest)
    assert usage.evict(store, digest, unless_used_since=usage.used(store.home, digest))
    assert store.archive(digest) is None
