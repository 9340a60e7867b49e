from __future__ import annotations

import json
from pathlib import Path

import pytest

from driverenv import Keep, lease
from driverenv.stories import collecting
from driverenv.stories.collecting import Collection
from driverenv.stories.leftovers import Collected
from tests.unit.cli.bench import Bench

ITEMS = (
    Collected("environment", "/h/environments/k1/Switch", "nobody uses it", 4200),
    Collected("environment", "/h/environments/k2/Switch", "Switch has it now", 0, stays=True),
    Collected("answer", "/h/asks/a", "its environment is gone"),
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    calls: list[dict[str, object]] = []

    def collect(home: str, *, keep: Keep, everything: bool, dry_run: bool) -> Collection:
        calls.append({"home": home, "keep": keep, "everything": everything, "dry_run": dry_run})
        return Collection(ITEMS, dry_run)

    monkeypatch.setattr(collecting, "collect", collect)
    return calls


def test_what_is_asked_for(bench: Bench, asked: list[dict[str, object]]) -> None:
    assert bench.run("gc") == 0
    options = (
        "--all",
        "--dry-run",
        "--older-than",
        "1.5",
        "--max-bytes",
        "2 GB",
        "--store-bytes",
        "1GB",
        "--keep",
        "1",
    )
    assert bench.run("gc", *options) == 0
    usual = {"home": str(bench.home), "keep": Keep(), "everything": False, "dry_run": False}
    keep = Keep(generations=1, unused_days=1.5, max_bytes=2 * 10**9, store_bytes=10**9)
    assert asked == [usual, {**usual, "keep": keep, "everything": True, "dry_run": True}]


def test_what_is_said(bench: Bench, asked: list[dict[str, object]]) -> None:
    bench.run("gc")
    assert bench.out.getvalue().splitlines() == [
        "removed environment /h/environments/k1/Switch: nobody uses it, 4 kB",
        "keeping environment /h/environments/k2/Switch: Switch has it now",
        "removed answer /h/asks/a: its environment is gone",
        "removed 2 things, 4 kB",
    ]
    bench.run("gc", "--dry-run", "-q")
    assert bench.out.getvalue() == "would remove 2 things, 4 kB\n"
    bench.run("gc", "--json")
    found = json.loads(bench.out.getvalue())
    assert (found["dry_run"], found["size"], len(found["items"])) == (False, 4200, 3)
    assert found["items"][1] == {**ITEMS[1]._asdict()}


@pytest.mark.parametrize(
    "wrong", [["--max-bytes", "much"], ["--store-bytes", "-1"], ["--keep", "-1"], ["--older-than", "-1"]]
)
def test_what_cannot_be(bench: Bench, asked: list[dict[str, object]], wrong: list[str]) -> None:
    assert bench.run("gc", *wrong) == 2
    assert asked == []


def test_for_real(bench: Bench) -> None:
    prefix = Path(bench.environment().prefix)
    prefix.mkdir(parents=True)
    lease.make(lease.path_of(str(prefix)))
    with lease.Lease(lease.path_of(str(prefix))):
        assert bench.run("gc", "--all") == 0
        assert bench.out.getvalue().endswith("removed nothing, 0 B\n")
    assert bench.run("gc", "--all") == 0
    assert not prefix.exists()
