from __future__ import annotations

import json
from pathlib import Path

import pytest

from driverenv import ledger
from driverenv.cli.histories import _WORDS
from driverenv.generations import Cause, Drivers, Generation, Lineage, Request
from driverenv.records.history import HOW
from tests.budget.source import ROOT
from tests.unit.cli.bench import Bench

WHEN = 1_796_000_400.0
REQUEST = Request("a" * 40, "terms", "variant", "python")


def launched(bench: Bench, minute: int, how: str, what: str, receipt: str = "") -> None:
    ledger.write(
        str(bench.home),
        "Switch Driver",
        when=WHEN + 60 * minute,
        seconds=0.0014 if how == "ready" else 2.5,
        how=how,
        what=what,
        ask="a" * 40,
        driver=str(bench.driver),
        receipt=receipt,
    )


@pytest.fixture
def receipt(bench: Bench) -> Path:
    """Two generations and a failure, whose receipt this is."""
    prefix = Path(bench.environment().prefix)
    prefix.mkdir(parents=True)
    row = {"name": "six", "version": "1.16.0", "index": {"name": "lab"}, "file": "f", "sha256": "a"}
    text = json.dumps({"distributions": [{**row, "requested_by": ["requirements.txt line 1: six"]}]})
    prefix.with_name("receipt.json").write_text(text, encoding="utf-8")

    def settle(one: Lineage) -> Lineage:
        made = "2026-11-01T00:15:26Z"
        first = Generation(0, "k", made, "3.11.7", (Cause("first", "its first launch"),), (), REQUEST)
        causes = (Cause("index", "the index has something else"),)
        second = Generation(0, "j", made, "3.11.7", causes, ("six: 1.16.0 -> 1.17.0 from lab",), REQUEST)
        return one.settled(first).settled(second)

    Drivers(str(bench.home)).update("Switch Driver", str(bench.driver), settle)
    path = bench.home / "failures" / "Switch Driver" / "f.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"{}")
    launched(bench, 0, "made", "k")
    for minute in (1, 2, 3):
        launched(bench, minute, "ready", "k")
    launched(bench, 4, "made", "j")
    launched(bench, 5, "failed", "LOCAL_DOWN", path.name)
    launched(bench, 6, "stale", "j")
    launched(bench, 7, "pinned", "k")
    launched(bench, 8, "ready", "e")
    return path


def test_what_happened(bench: Bench, receipt: Path) -> None:
    assert bench.run("history", "Switch Driver") == 0
    assert bench.out.getvalue().splitlines() == [
        f"Switch Driver  {bench.driver}",
        "2026-11-30 01:00:00 UTC  generation 1: made, 2.5 s",
        "  why           its first launch; Python 3.11.7",
        "  with          six 1.16.0",
        "2026-11-30 01:01:00 UTC  generation 1: ready, 1 ms; 2 launches more like it until 2026-11-30 01:03:00 UTC",
        "2026-11-30 01:04:00 UTC  generation 2: made, 2.5 s",
        "  why           the index has something else; Python 3.11.7",
        "  changed       six: 1.16.0 -> 1.17.0 from lab",
        "2026-11-30 01:05:00 UTC  failed after 2.5 s: LOCAL_DOWN",
        f'  see           driverenv explain --failure "{receipt}"',
        "2026-11-30 01:06:00 UTC  generation 2: an index did not answer: the last answer again, 2.5 s",
        "2026-11-30 01:07:00 UTC  generation 1: gone back to, 2.5 s",
        "2026-11-30 01:08:00 UTC  a generation that is not remembered any more: ready, 1 ms",
    ]


def test_the_last_ones(bench: Bench, receipt: Path) -> None:
    assert bench.run("history", "Switch Driver", "--last", "2") == 0
    lines = bench.out.getvalue().splitlines()
    assert lines[1] == "7 launches before these: `--last 0` shows all"
    assert [line for line in lines[2:] if line[:1] == "2"] == [
        "2026-11-30 01:07:00 UTC  generation 1: gone back to, 2.5 s",
        "2026-11-30 01:08:00 UTC  a generation that is not remembered any more: ready, 1 ms",
    ]
    assert bench.run("history", "Switch Driver", "--last", "-1") == 2


def test_as_json(bench: Bench, receipt: Path) -> None:
    assert bench.run("history", "Switch Driver", "--json", "--last", "5") == 0
    found = json.loads(bench.out.getvalue())
    assert (found["driver"], found["left_out"], found["damaged"]) == ("Switch Driver", 4, 0)
    assert [one["how"] for one in found["launches"]] == ["made", "failed", "stale", "pinned", "ready"]
    assert [one["generation"] for one in found["launches"]] == [2, None, 2, 1, None]
    assert (found["launches"][1]["error"], found["launches"][1]["receipt"]) == ("LOCAL_DOWN", str(receipt))
    assert found["generations"][0]["distributions"] == [{"name": "six", "version": "1.16.0", "index": "lab"}]


def test_nothing_and_damage(bench: Bench, receipt: Path) -> None:
    path = Path(ledger.path_of(str(bench.home), "Switch Driver"))
    path.write_bytes(b"\xff\xfe\nnonsense\n")
    assert bench.run("history", "Switch Driver") == 0
    assert bench.out.getvalue().splitlines()[1:] == [
        "no launch of it was written down",
        "2 lines were damaged and passed over",
    ]
    assert bench.run("history", "Rack", "--json") == 112
    assert bench.error_json()["code"] == "ENV_UNKNOWN"


def test_every_word_is_told_and_explained() -> None:
    assert set(_WORDS) == HOW
    page = (ROOT / "docs" / "reference" / "home.md").read_text(encoding="utf-8")
    assert [word for word in HOW if f"\n| `{word}` |" not in page] == []
