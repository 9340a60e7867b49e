from __future__ import annotations

import json

import pytest

from driverenv.errors import LocalVersionMismatch
from tests.unit.cli.bench import Bench


def test_a_lock_like_that_of_lock(bench: Bench) -> None:
    for options in ([], ["--json"], ["--format", "pylock"], ["--format", "json"]):
        bench.events.clear()
        bench.run("lock", "requirements.txt", *options)
        locked = bench.out.getvalue()
        assert bench.run("replay", "facts.json", *options) == 0
        if "json" not in "".join(options):
            assert bench.out.getvalue() == locked
    assert set(bench.looked_at) == {bench.cwd / "facts.json"}


def test_warnings_are_told_again(bench: Bench) -> None:
    bench.run("replay", "facts.json")
    assert bench.err.getvalue() == "warning[INDEX_NOTE]: odd\n"
    bench.run("replay", "facts.json", "--json")
    assert json.loads(bench.out.getvalue())["warnings"] == [{"code": "INDEX_NOTE", "text": "odd"}]


def test_into_a_file(bench: Bench) -> None:
    assert bench.run("replay", "facts.json", "-o", "pins.txt") == 0
    assert (bench.cwd / "pins.txt").read_text(encoding="utf-8") == "six==1.16.0\n"
    assert bench.out.getvalue() == ""


def test_the_same_exit_code(bench: Bench) -> None:
    bench.error = LocalVersionMismatch("nothing fits")
    assert bench.run("replay", "facts.json") == 104
    assert bench.err.getvalue() == "warning[INDEX_NOTE]: odd\nerror[LOCAL_NO_MATCH]: nothing fits\n"


@pytest.mark.parametrize(
    "options",
    [
        ["--local", "x"],
        ["--public", "x"],
        ["--offline"],
        ["--python", "3"],
        ["--home", "h"],
        ["--config", "c"],
    ],
)
def test_options_that_would_change_nothing(bench: Bench, options: list[str]) -> None:
    assert bench.run("replay", "facts.json", *options) == 2
    assert f"{options[0]}" in bench.err.getvalue()
    assert "it has no meaning here: the facts say it all" in bench.err.getvalue()
    assert bench.looked_at == []


def test_the_last_failure_of_a_driver(bench: Bench) -> None:
    assert bench.run("explain", "--last", "Switch Driver", "six") == 0
    assert bench.looked_at == [bench.home / "failures" / "Switch Driver" / "last.json"]
    assert (bench.projects, bench.requests) == (["six"], [])
    assert bench.out.getvalue() == "six 1.16.0 from lab\n"
    bench.run("explain", "--last", "Switch Driver", "--name", "Other", "--home", "h", "--json")
    assert bench.looked_at[1] == bench.cwd / "h" / "failures" / "Other" / "last.json"
    assert json.loads(bench.out.getvalue()) == {"six": "1.16.0"}


def test_a_failure_by_its_receipt(bench: Bench) -> None:
    assert bench.run("explain", "--failure", "receipt.json") == 0
    assert bench.looked_at == [bench.cwd / "receipt.json"]
    assert bench.run("explain", "--failure", "receipt.json", "--save-facts", "x") == 2
    assert (
        "argument --save-facts: it has no meaning here: with --failure nobody is asked"
        in bench.err.getvalue()
    )
    assert bench.run("explain", "--last", "d", "--local", "x") == 2


def test_a_receipt_needs_no_settings(bench: Bench) -> None:
    bench.environ["DRIVERENV_MODE"] = "nonsense"
    assert bench.run("explain", "--failure", "receipt.json") == 0
    assert bench.run("replay", "facts.json") == 0
    assert bench.run("explain", "--last", "d") == 101
