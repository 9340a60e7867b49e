from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from driverenv.generations import Drivers, Generation, Request
from driverenv.records.schema import schema
from tests.unit.cli.bench import Bench
from tests.unit.records.test_sbom import receipt, row


@pytest.fixture(autouse=True)
def _launched(bench: Bench) -> None:
    prefix = Path(bench.environment().prefix)
    prefix.mkdir(parents=True)
    text = json.dumps(receipt(row("six", "requirements.txt line 1: six")))
    prefix.with_name("receipt.json").write_text(text, encoding="utf-8")
    one = Generation(0, "k", "2026-11-30T00:15:26Z", "3.11.7", (), (), Request("a" * 40, "t", "v", "p"))
    Drivers(str(bench.home)).update("Switch Driver", str(bench.driver), lambda known: known.settled(one))


def test_to_stdout_and_to_a_file(bench: Bench) -> None:
    assert bench.run("env", "sbom", "Switch Driver") == 0
    text = bench.out.getvalue()
    assert json.loads(text)["components"][0]["name"] == "six"
    assert bench.run("env", "sbom", "Switch Driver", "-o", "out.json", "--generation", "1") == 0
    assert bench.out.getvalue() == ""
    assert (bench.cwd / "out.json").read_text(encoding="utf-8") == text
    assert bench.run("env", "sbom", "Switch Driver", "-o", "nowhere/out.json") == 2


def test_without_the_extra(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cyclonedx.output.json", None)
    assert bench.run("env", "sbom", "Switch Driver") == 2
    assert "pip install 'driverenv[sbom]'" in bench.err.getvalue()


def test_who_is_not_known(bench: Bench) -> None:
    assert bench.run("env", "sbom", "Rack", "--json") == 112
    assert bench.error_json()["code"] == "ENV_UNKNOWN"


def test_the_schema_of_receipts(bench: Bench) -> None:
    assert bench.run("env", "schema") == 0
    assert json.loads(bench.out.getvalue()) == schema()
