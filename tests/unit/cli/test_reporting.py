from __future__ import annotations

import json
from pathlib import Path

import pytest

from driverenv import ledger
from tests.unit.cli.bench import Bench


@pytest.fixture
def launched(bench: Bench) -> Bench:
    bench.environ["SOURCE_DATE_EPOCH"] = "1796000400"
    home, path = str(bench.home), str(bench.driver)
    ledger.write(home, "Switch Driver", when=1.0, seconds=1.0, how="failed", what="X", ask="a", driver=path)
    return bench


def test_a_page(launched: Bench) -> None:
    assert launched.run("report", "-o", "report.html") == 0
    page = (launched.cwd / "report.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "2026-11-30 01:00 UTC" in page
    assert launched.out.getvalue() == ""
    assert "report.html: 1 driver, 1 thing to look at" in launched.err.getvalue()
    assert launched.run("report", "-q") == 0
    assert launched.out.getvalue() == page


def test_as_json(launched: Bench) -> None:
    assert launched.run("report", "--json", "-o", "report.json", "Switch Driver") == 0
    data = json.loads((launched.cwd / "report.json").read_bytes())
    assert (data["scope"], data["made"]) == ("Switch Driver", "2026-11-30T01:00:00Z")


def test_what_cannot_be(launched: Bench) -> None:
    assert launched.run("report", tty=True) == 2
    assert "-o/--output" in launched.err.getvalue()
    assert launched.run("report", "-o", "nowhere/report.html") == 2
    assert launched.run("report", "Nobody", "-o", "r.html", "--json") == 112
    assert not Path(launched.cwd, "r.html").exists()
