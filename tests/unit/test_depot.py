"""The fleet store as launches see it: what is there is taken if it is signed, and nothing of it ever raises."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from driverenv import depot
from driverenv._http import Sending, open_transport
from driverenv.depot import Depot, Unavailable, try_out
from driverenv.events import Event, Warned
from driverenv.model.build import BuildRecord, Sought
from driverenv.model.fleet import Fleet
from driverenv.model.site import Index, Policy
from tests.kit import refused_port
from tests.kit.wheels import make_wheel
from tests.unit.model.test_build import RECORD

KEY = "k" * 32


class Servers:
    """Several, over one folder."""

    def __init__(self, root: Path, transport: Sending) -> None:
        self.root, self.transport = root, transport
        self.share = root / "share"
        self.share.mkdir()
        self.wheel = make_wheel(root, "six", "1.17.0")
        self.sha256 = hashlib.sha256(self.wheel.read_bytes()).hexdigest()
        self.record: BuildRecord = replace(
            RECORD, wheel=self.wheel.name, wheel_sha256=self.sha256, log="build-six.log"
        )
        self.sought = Sought("six", "1.17.0", "six.tar.gz", RECORD.sdist_sha256, "Python 3.11", "t", "p")
        self.events: list[Event] = []

    def depot(
        self, *, key: str = KEY, store: Index | str = "", write: bool = True, offline: bool = False
    ) -> Depot:
        fleet = Fleet(store or str(self.share), key=key, write=write)
        when = "2026-11-30T07:00:00Z"
        return Depot(fleet, self.transport, self.events.append, host="server-2", when=when, offline=offline)

    def find(self, one: Depot | None = None) -> BuildRecord | None:
        into = self.root / "into"
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir()
        found = (one or self.depot()).find(self.sought, into)
        if found is None:
            return None
        assert found[1].read_bytes() == self.wheel.read_bytes()
        return found[0]

    def warned(self) -> list[str]:
        told = [f"{one.code}: {one.text}" for one in self.events if isinstance(one, Warned)]
        self.events.clear()
        return told


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    with open_transport(Policy()) as transport:
        yield Servers(tmp_path, transport)


def test_one_gives_and_another_finds(servers: Servers) -> None:
    assert servers.find() is None
    servers.depot().give(servers.sought, servers.record, servers.wheel)
    found = servers.find()
    assert found == replace(servers.record, log="", fleet="server-2, 2026-11-30T07:00:00Z")
    assert servers.events == []
    assert sorted(path.suffix for path in servers.share.iterdir()) == [".txt", ".whl"]


def test_who_may_not_write_does_not(servers: Servers) -> None:
    servers.depot(write=False).give(servers.sought, servers.record, servers.wheel)
    servers.depot().give(servers.sought, replace(servers.record, fleet="server-1"), servers.wheel)
    assert list(servers.share.iterdir()) == []


def test_what_a_stranger_writes_is_not_used(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    servers.depot(key="x" * 32).give(servers.sought, servers.record, servers.wheel)
    (entry,), (wheel,) = servers.share.glob("*.txt"), servers.share.glob("*.whl")
    (told,) = (servers.find(), servers.warned())[1]
    assert told.startswith("FLEET_REFUSED: what the fleet store")
    assert told.endswith(
        "(six.tar.gz) is not used: it was signed with another key; this launch goes on without it"
    )
    servers.depot().give(servers.sought, servers.record, servers.wheel)
    content = wheel.read_bytes()
    for other, why in (
        (content[:-1] + b"x", "its wheel is not the one that was signed"),
        (content + b"x", "it has more than"),
        (None, "its wheel is not there"),
    ):
        wheel.unlink() if other is None else wheel.write_bytes(other)
        assert servers.find() is None
        assert why in servers.warned()[0]
    entry.write_bytes(b"x" * 300_000)
    assert servers.find() is None
    assert "it has more than 262144 bytes" in servers.warned()[0]
    servers.depot().give(servers.sought, servers.record, servers.wheel)  # which heals all of it
    assert servers.find() is not None
    monkeypatch.setattr(depot, "LARGEST", 10)
    servers.depot().give(replace(servers.sought, version="2"), servers.record, servers.wheel)
    assert len(list(servers.share.iterdir())) == 2


def test_a_store_that_is_not_there_is_told_once_and_not_asked_again(servers: Servers) -> None:
    shutil.rmtree(servers.share)
    lost = servers.depot()
    for _ in range(2):
        assert servers.find(lost) is None
        lost.give(servers.sought, servers.record, servers.wheel)
    (told,) = servers.warned()
    assert told.startswith("FLEET_UNAVAILABLE: the fleet store ")
    assert told.endswith("cannot be used: No such file or directory; this launch goes on without it")


def test_a_store_that_takes_too_long(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    servers.depot().give(servers.sought, servers.record, servers.wheel)
    monkeypatch.setattr(depot, "PATIENCE", -1.0)
    assert servers.find() is None
    assert "was not there in time" in servers.warned()[0]


def test_offline_no_bucket_is_asked(servers: Servers) -> None:
    assert servers.find(servers.depot(store="s3://wheels", offline=True)) is None
    assert servers.events == []


def test_it_is_tried_out(servers: Servers) -> None:
    try_out(Fleet(str(servers.share), key=KEY), servers.transport)
    assert list(servers.share.iterdir()) == []
    try_out(Fleet(str(servers.share), key=KEY, write=True), servers.transport)
    assert [path.name for path in servers.share.iterdir()] == ["doctor.txt"]
    with refused_port() as port:
        fleet = Fleet(Index(f"http://127.0.0.1:{port}/fleet/"), key=KEY)
        with open_transport(Policy(fleet=fleet)) as transport, pytest.raises(Unavailable, match="refused"):
            try_out(fleet, transport)
