"""Which launches have a process unpack beside them: those that have many wheels to unpack, and no others."""

from __future__ import annotations

import subprocess

import pytest

from driverenv.store import peer
from tests.unit.stories.bench import Bench

MANY = "".join(f"part{number}\n" for number in range(peer.MANY + 2))


class Starts:
    """How often one was started."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._started = peer._started
        monkeypatch.setattr(peer, "_started", self)
        monkeypatch.setattr(peer, "is_of_use", lambda: True)

    def __call__(self) -> object:
        self.count += 1
        return self._started()


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> Starts:
    return Starts(monkeypatch)


def test_many_new_wheels_start_one_and_known_ones_none(bench: Bench, starts: Starts) -> None:
    for name in MANY.split():
        bench.wheel(name)
    made = bench.prepare(bench.request(MANY))
    assert starts.count == 1
    again = bench.prepare(bench.request(MANY))
    assert again.key == made.key
    checked = bench.prepare(bench.request(MANY, valid_for_minutes=0))
    assert checked.key == made.key
    other = bench.prepare(bench.request(MANY, name="Another Driver"))
    assert other.key != made.key
    bench.prepare(bench.request(MANY + "part0<2\n", name="Third Driver"))
    assert starts.count == 1


def test_few_wheels_start_none(bench: Bench, starts: Starts) -> None:
    few = MANY.split()[: peer.MANY]
    for name in few:
        bench.wheel(name)
    bench.prepare(bench.request("\n".join(few) + "\n"))
    assert starts.count == 0


def test_a_host_that_starts_no_process(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> subprocess.Popen[bytes]:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(peer, "_started", refused)
    monkeypatch.setattr(peer, "is_of_use", lambda: True)
    for name in MANY.split():
        bench.wheel(name)
    bench.prepare(bench.request(MANY))
    assert not peer._THE_ONE.locked()
