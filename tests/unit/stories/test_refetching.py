from __future__ import annotations

import json
from pathlib import Path

from driverenv import Index
from driverenv.store import Store
from driverenv.stories import holdings, refetching
from tests.unit.stories.bench import Bench

NOBODY = "no environment says where it came from"
NOT_TODAY = "the index that it came from is not one that may serve it today"


def lost(bench: Bench, *, wheel: bool = True) -> str:
    """What the store had of six is gone."""
    (row,) = [one for one in holdings.holdings(str(bench.home)).rows if one.name.startswith("six")]
    store = Store(bench.home)
    store.put_aside(bench.home / "archives" / row.sha256[:2] / row.sha256)
    if wheel:
        store.put_aside(bench.home / "wheels" / row.sha256[:2] / row.sha256)
    return row.sha256


def test_it_comes_again_from_where_it_came(bench: Bench) -> None:
    bench.wheel("six", "1.0")
    bench.prepare(bench.request("six\n"))
    for wheel in (True, False):
        sha256 = lost(bench, wheel=wheel)
        told = refetching.again(str(bench.home), bench.policy(), [sha256, "f" * 64], bench.events.append)
        assert told == {sha256: "", "f" * 64: NOBODY}
        store = Store(bench.home)
        assert store.archive(sha256) is not None
        assert store.wheel(sha256) is not None


def test_an_sdist(bench: Bench) -> None:
    bench.wheel("six", "1.0")
    bench.prepare(bench.request("six\n"))
    (receipt,) = bench.home.glob("environments/*/receipt.json")
    found = json.loads(receipt.read_bytes())
    sdist = bench.sdist("six", "1.0")
    sha256 = "0" * 64
    found["distributions"][0] |= {"file": sdist.name, "url": str(sdist), "sha256": sha256}
    receipt.write_text(json.dumps(found), encoding="utf-8")
    told = refetching.again(str(bench.home), bench.policy(), [sha256], bench.events.append)
    assert "is not the file that the index promises" in told[sha256]  # only the very same bytes are taken
    wheel = found["distributions"][0]["wheel_sha256"]
    found["distributions"][0]["built"] = True
    receipt.write_text(json.dumps(found), encoding="utf-8")
    told = refetching.again(str(bench.home), bench.policy(), [wheel], bench.events.append)
    assert "builds it again" in told[wheel]


def test_what_cannot_be_had(bench: Bench, tmp_path: Path) -> None:
    path = bench.wheel("six", "1.0")
    bench.prepare(bench.request("six\n"))
    sha256 = lost(bench)

    def again(**policy: object) -> str:
        told = refetching.again(str(bench.home), bench.policy(**policy), [sha256], bench.events.append)
        return told[sha256]

    (tmp_path / "other").mkdir()
    assert again(local=[Index(tmp_path / "other")]) == NOT_TODAY
    path.unlink()
    assert "could not be had" in again()
    (receipt,) = bench.home.glob("environments/*/receipt.json")
    found = json.loads(receipt.read_bytes())
    del found["distributions"][0]["version"]
    receipt.write_text(json.dumps(found), encoding="utf-8")
    assert again() == "the receipt of its environment cannot be read"
    receipt.write_text("{", encoding="utf-8")
    assert again() == NOBODY
