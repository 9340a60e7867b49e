from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from driverenv.report.content import Said
from driverenv.stories.reporting import receipts
from tests.unit.stories.bench import Bench

LAB = {"name": "lab", "location": "/srv/pypi", "public": False}
ROW: dict[str, Any] = {
    "name": "six",
    "version": "1.16.0",
    "index": LAB,
    "file": "six-1.16.0-py3-none-any.whl",
    "sha256": "ab" * 32,
    "built": False,
    "requested_by": ["requirements.txt line 1: six"],
}


def written(folder: Path, data: object) -> Path:
    path = folder / "receipt.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def test_a_real_receipt(bench: Bench) -> None:
    bench.wheel("alpha", requires=["beta"])
    bench.sdist("beta", backend="kit")
    made = bench.prepare(bench.request("alpha\n"))
    found = receipts.contents(Path(made.receipt))
    alpha, beta = found.distributions
    assert (alpha.origin, alpha.index, alpha.built, alpha.parents) == ("local", "lab", False, ())
    assert (beta.built, beta.parents, beta.requested_by) == (True, ("alpha",), ("alpha 1.0: beta",))
    assert beta.chain == ("requirements.txt line 1: alpha", "alpha 1.0: beta")
    assert alpha.size
    assert found.requirements == (Said("requirements.txt line 1", "alpha"),)
    assert [one.wheel for one in found.builds] == ["beta-1.0-py3-none-any.whl"]
    assert found.mode == "offline"


def test_where_it_came_from(tmp_path: Path) -> None:
    vendor, public = {**LAB, "name": "vendor"}, {**LAB, "name": "PyPI", "public": True}
    rows = [
        {**ROW, "name": "a"},
        {**ROW, "name": "b", "index": vendor},
        {**ROW, "name": "c", "index": public},
        {**ROW, "name": "d", "direct": "url", "corrected": "needs nothing"},
    ]
    found = receipts.contents(written(tmp_path, {"distributions": rows, "policy": {"extra": [vendor]}}))
    assert [one.origin for one in found.distributions] == ["local", "extra", "public", "named"]
    assert found.distributions[3].notes == ("its metadata is corrected: needs nothing",)


def test_who_built_it(tmp_path: Path) -> None:
    rows = [{**ROW, "name": name, "built": True, "wheel_sha256": name * 64} for name in "ab"]
    build = {
        "wheel": "b.whl",
        "python": "3.11.7",
        "tools": [],
        "seconds": 1,
        "wheel_sha256": "b" * 64,
        "fleet": "server-2, then",
    }
    found = receipts.contents(written(tmp_path, {"distributions": rows, "builds": [build]}))
    assert [one.built_by for one in found.distributions] == ["", "server-2, then"]


def test_bounds_and_secrets(tmp_path: Path) -> None:
    rows = [{**ROW, "name": f"n{at}", "url": "http://ann:horse@lab/x?token=1"} for at in range(1_003)]
    found = receipts.contents(written(tmp_path, {"distributions": rows}))
    assert (len(found.distributions), found.more_distributions) == (1_000, 3)
    assert found.distributions[0].url == "http://***@lab/x?***"


@pytest.mark.parametrize(
    "data",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        "\x00",
        {"distributions": None},
        {"distributions": [1]},
        {"distributions": [{}]},
        {"distributions": [{**ROW, "index": "lab"}]},
        {"distributions": [{**ROW, "requested_by": 5}]},
        {"distributions": [ROW], "policy": []},
        {"distributions": [ROW], "warnings": [1]},
        {"distributions": [ROW], "builds": [{"wheel": "w", "python": "3", "tools": [], "seconds": "long"}]},
        {"distributions": [ROW], "builds": [{"wheel": "w", "python": "3", "tools": [], "seconds": 10**400}]},
        {"distributions": [], "request": {"requirements": [1]}},
    ],
)
def test_what_is_no_receipt(tmp_path: Path, data: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        receipts.contents(written(tmp_path, data))


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no file"):
        receipts.contents(tmp_path)
    with pytest.raises(OSError, match=r".+"):
        receipts.contents(tmp_path / "receipt.json")
