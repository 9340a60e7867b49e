from __future__ import annotations

import json
from pathlib import Path

import pytest

from driverenv.generations import Drivers, Generation, Request
from tests.unit.cli.bench import Bench

ROW = {
    "name": "six",
    "version": "1.16.0",
    "index": {"name": "lab", "location": "http://lab:8036/simple/", "public": False},
    "rule": "local version wins",
    "file": "six-1.16.0.tar.gz",
    "sha256": "ab" * 32,
    "built": True,
    "requested_by": ["requirements.txt line 2: six", "alpha 1.0: six>=1"],
}
ALPHA = {**ROW, "name": "alpha", "version": "1.0", "requested_by": ["requirements.txt line 1: alpha"]}
ANSWER = {
    "project": "six",
    "absent": [{"index": "first", "proof": "404"}],
    "not_asked": [{"index": "public PyPI", "reason": "a local index has it"}],
    "passed_over": [{"file": "six-2.0a1.tar.gz", "reason": "a pre-release"}],
}


@pytest.fixture(autouse=True)
def _launched(bench: Bench) -> None:
    prefix = Path(bench.environment().prefix)
    prefix.mkdir(parents=True)
    text = json.dumps({"distributions": [ROW, ALPHA], "answers": [ANSWER]})
    prefix.with_name("receipt.json").write_text(text, encoding="utf-8")
    one = Generation(0, "k", "2026-11-30T00:15:26Z", "3.11.7", (), (), Request("a" * 40, "t", "v", "p"))
    Drivers(str(bench.home)).update("Switch Driver", str(bench.driver), lambda known: known.settled(one))


def test_in_words(bench: Bench) -> None:
    assert bench.run("env", "why", "Six", "Switch Driver") == 0
    assert bench.out.getvalue().splitlines() == [
        "six 1.16.0 in Switch Driver, generation 1",
        "  required by   requirements.txt line 2: six",
        "                requirements.txt line 1: alpha -> alpha 1.0: six>=1",
        "  from          local index lab (http://lab:8036/simple/)",
        "  by the rule   local version wins",
        "  file          six-1.16.0.tar.gz, built here",
        f"  sha256        {'ab' * 32}",
        "  absent from   first: 404",
        "  not asked     public PyPI: a local index has it",
        "  passed over   six-2.0a1.tar.gz: a pre-release",
    ]


def test_what_another_server_built(bench: Bench) -> None:
    row = {**ROW, "wheel_sha256": "cd" * 32}
    other = {"wheel_sha256": "ef" * 32, "fleet": ""}
    build = {"wheel_sha256": "cd" * 32, "fleet": "server-2, 2026-11-30T07:00:00Z"}
    receipt = Path(bench.environment().prefix).with_name("receipt.json")
    receipt.write_text(
        json.dumps({"distributions": [row, ALPHA], "builds": [other, build]}), encoding="utf-8"
    )
    bench.run("env", "why", "six")
    told = "built by server-2, 2026-11-30T07:00:00Z: its wheel came from the fleet store"
    assert f"  file          six-1.16.0.tar.gz, {told}\n" in bench.out.getvalue()
    bench.run("env", "why", "alpha")
    assert "six-1.16.0.tar.gz, built here\n" in bench.out.getvalue()


def test_behind_an_option(bench: Bench) -> None:
    assert bench.run("env", "why", "six", "--generation", "1", "Switch Driver") == 0
    assert bench.run("env", "why", "six", "--generation", "1") == 2
    assert "name the DRIVER" in bench.err.getvalue()


def test_as_json(bench: Bench) -> None:
    assert bench.run("env", "why", "six", "--json") == 0
    (found,) = json.loads(bench.out.getvalue())["environments"]
    assert (found["driver"], found["generation"], found["project"]) == ("Switch Driver", 1, "six")
    assert found["index"] == ROW["index"]
    assert found["chains"][1] == ["requirements.txt line 1: alpha", "alpha 1.0: six>=1"]
    assert found["passed_over"] == [{"file": "six-2.0a1.tar.gz", "reason": "a pre-release"}]


def test_it_is_not_there(bench: Bench) -> None:
    assert bench.run("env", "why", " ") == 2
    assert bench.run("env", "why", "rich", "--json") == 105
    assert bench.error_json()["code"] == "NOT_NEEDED"
