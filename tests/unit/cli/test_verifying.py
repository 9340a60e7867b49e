from __future__ import annotations

import json
from pathlib import Path

import pytest

from driverenv.generations import Cause, Drivers, Generation, Lineage, Request
from driverenv.stories import verifying
from driverenv.stories.verifying import Checked, Target
from tests.unit.cli.bench import Bench


@pytest.fixture
def prefix(bench: Bench) -> Path:
    """An environment of which nothing is there but its folder."""
    made = Path(bench.environment().prefix)
    made.mkdir(parents=True)

    def settle(one: Lineage) -> Lineage:
        request = Request("a" * 40, "terms", "variant", "python")
        cause = Cause("first", "its first launch")
        return one.settled(Generation(0, "k", "2026-11-30T00:15:26Z", "3.11.7", (cause,), (), request))

    Drivers(str(bench.home)).update("Switch Driver", str(bench.driver), settle)
    return made


def test_nothing_is_there(bench: Bench) -> None:
    assert bench.run("env", "verify") == 0
    assert bench.out.getvalue() == "0 environments\n"
    assert bench.run("env", "verify", "Rack") == 112


def test_what_is_damaged(bench: Bench, prefix: Path) -> None:
    assert bench.run("env", "verify", "Switch Driver") == 3
    first, why, last = bench.out.getvalue().splitlines()
    assert first == f"damaged   Switch Driver (generation 1): {prefix}"
    assert why.startswith("  ")
    assert "cannot be read" in why
    assert last == "1 environment: 1 damaged"
    assert bench.run("env", "verify", "--repair") == 3
    assert "  it cannot be made again: its mark of completeness cannot be read" in bench.out.getvalue()


def test_as_json(bench: Bench, prefix: Path) -> None:
    assert bench.run("env", "verify", "--json") == 3
    data = json.loads(bench.out.getvalue())
    assert data["counts"] == {"whole": 0, "mended": 0, "damaged": 1}
    (one,) = data["environments"]
    assert (one["prefix"], one["state"], one["cannot_be_repaired"]) == (str(prefix), "damaged", None)
    assert one["drivers"] == [{"driver": "Switch Driver", "generation": 1}]
    assert len(one["findings"]) == 1


def test_many_findings(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    states = {"mended": tuple(f"f{number}.py: it is gone" for number in range(21)), "whole": (), "": ()}
    targets = [Target(f"/e/{state}", ()) for state in states]

    def verify(target: Target, **_options: object) -> Checked | None:
        state = target.prefix.rpartition("/")[2]
        return Checked(target, state, states[state]) if state else None

    monkeypatch.setattr(verifying, "targets", lambda *_args, **_options: targets)
    monkeypatch.setattr(verifying, "verify", verify)
    assert bench.run("env", "verify", "--contents") == 0
    lines = bench.out.getvalue().splitlines()
    assert lines[0] == "mended    of no driver that is known: /e/mended"
    assert lines[20:] == [
        "  f19.py: it is gone",
        "  and 1 more (--verbose shows them)",
        "whole     of no driver that is known: /e/whole",
        "2 environments: 1 whole, 1 mended",
    ]
    bench.run("env", "verify", "--verbose")
    assert "  f20.py: it is gone" in bench.out.getvalue()
