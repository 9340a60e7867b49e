from __future__ import annotations

from pathlib import Path

import pytest

from driverenv.build import kept
from driverenv.model.build import BuildRecord, Containment
from driverenv.store import Store
from tests.kit.wheels import make_wheel
from tests.unit.model.test_build import RECORD


@pytest.fixture
def store(tmp_path: Path) -> Store:
    import hashlib

    store = Store(tmp_path / "home")
    wheel = make_wheel(tmp_path, "a", "1")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    store.ingest(wheel, project="a", version="1", filename=wheel.name, sha256=digest, public=True)
    return store


def digest_of(store: Store) -> str:
    (found,) = store.home.glob("wheels/*/*")
    return found.name


def record(store: Store, network: str = "cut", files: str = "own") -> BuildRecord:
    from dataclasses import replace

    return replace(
        RECORD, wheel_sha256=digest_of(store), containment=Containment(network, files, "namespace")
    )


def test_found_again(store: Store) -> None:
    one = record(store)
    assert kept.find(store, "k", isolated=False) is None
    kept.keep(store, "k", one)
    assert kept.find(store, "k", isolated=True) == one


@pytest.mark.parametrize(("network", "files"), [("open", "own"), ("cut", "open")])
def test_a_build_that_was_not_isolated_is_none_where_it_must_be(
    store: Store, network: str, files: str
) -> None:
    kept.keep(store, "k", record(store, network, files))
    assert kept.find(store, "k", isolated=True) is None
    assert kept.find(store, "k", isolated=False) is not None


def test_a_wheel_that_is_gone(store: Store) -> None:
    kept.keep(store, "k", RECORD)
    assert kept.find(store, "k", isolated=False) is None


@pytest.mark.parametrize("document", [b"{}", b"[]", b'{"sha256": "' + b"a" * 64 + b'", "filename": "a.whl"}'])
def test_a_document_of_another_version_is_none(store: Store, document: bytes) -> None:
    store.write("built", "k", document)
    assert kept.find(store, "k", isolated=False) is None
