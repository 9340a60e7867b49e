from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from driverenv import lease
from driverenv.environment.record import laid, manifest
from driverenv.generations import Cause, Drivers, Generation, Lineage, Pin, Request
from driverenv.stories import inventory, returning
from tests.unit.cli.bench import Bench

REQUEST = Request("a" * 40, "terms", "variant", "python")
RECEIPT = {
    "distributions": [
        {
            "name": "six",
            "version": "1.16.0",
            "index": {"name": "lab"},
            "file": "six-1.16.0.whl",
            "sha256": "ab" * 32,
            "requested_by": ["alpha 1.0: six"],
        },
        {
            "name": "alpha",
            "version": "1.0",
            "index": {"name": "lab"},
            "file": "alpha-1.0.whl",
            "sha256": "cd" * 32,
            "requested_by": ["requirements.txt line 1: alpha"],
        },
    ]
}


@pytest.fixture
def folder(bench: Bench) -> Path:
    """The environment of the second of two generations; that of the first is gone."""
    prefix = Path(bench.environment().prefix)
    prefix.mkdir(parents=True)
    prefix.with_name("receipt.json").write_text(json.dumps(RECEIPT), encoding="utf-8")
    lease.make(lease.path_of(str(prefix)))

    def settle(one: Lineage) -> Lineage:
        made = "2026-11-30T00:15:26Z"
        first = Generation(0, "j", made, "3.11.7", (Cause("first", "its first launch"),), (), REQUEST)
        causes = (Cause("index", "the index has something else"),)
        second = Generation(0, "k", made, "3.11.7", causes, ("six: 1.15.0 -> 1.16.0 from lab",), REQUEST)
        return one.settled(first).settled(second)

    Drivers(str(bench.home)).update("Switch Driver", str(bench.driver), settle)
    return prefix.parent


def test_nothing_to_list(bench: Bench) -> None:
    assert bench.run("env", "list") == 0
    assert bench.out.getvalue() == "no driver was launched yet with this home folder\n"
    assert bench.run("env", "list", "--json") == 0
    assert json.loads(bench.out.getvalue()) == {"drivers": []}


def test_a_list(bench: Bench, folder: Path) -> None:
    with lease.Lease(str(folder / "lease")):
        assert bench.run("env", "list") == 0
    head, row = bench.out.getvalue().splitlines()
    assert head.split("  ")[0] == "driver"
    cells = [cell.strip() for cell in row.split("  ") if cell]
    assert cells[:4] == ["Switch Driver", "2", "3.11.7", "2026-11-30 00:15 UTC"]
    assert cells[5:] == ["2", str(bench.driver)]


def test_a_list_of_what_is_gone(bench: Bench, folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    assert bench.run("env", "list") == 0
    assert "  2 (removed)  3.11.7  2026-11-30 00:15 UTC  -          -  " in bench.out.getvalue()


def test_one(bench: Bench, folder: Path) -> None:
    assert bench.run("env", "show", "Switch Driver") == 0
    lines = bench.out.getvalue().splitlines()
    used = next(line for line in lines if line.startswith("  last used"))
    assert lines == [
        f"Switch Driver  {bench.driver}",
        "generation 2  (current)",
        "  made       2026-11-30 00:15 UTC, Python 3.11.7: the index has something else",
        "  changed    six: 1.15.0 -> 1.16.0 from lab",
        used,
        f"  prefix     {folder / 'Switch Driver'}",
        "generation 1  (removed)",
        "  made       2026-11-30 00:15 UTC, Python 3.11.7: its first launch",
        "in generation 2:",
        "  alpha 1.0 from lab  (requirements.txt line 1: alpha)",
        "    six 1.16.0 from lab  (alpha 1.0: six)",
    ]


def test_another_generation(bench: Bench, folder: Path) -> None:
    assert bench.run("env", "show", "Switch Driver", "--generation", "1") == 0
    assert "in generation" not in bench.out.getvalue()
    assert bench.run("env", "show", "Switch Driver", "--generation", "3") == 112
    assert "ENV_UNKNOWN" in bench.err.getvalue()


def test_as_json(bench: Bench, folder: Path) -> None:
    assert bench.run("env", "show", str(bench.driver), "--json") == 0
    found = json.loads(bench.out.getvalue())
    assert (found["driver"], found["current"]) == ("Switch Driver", 2)
    assert [one["is_there"] for one in found["generations"]] == [False, True]
    assert found["generations"][1]["prefix"] == str(folder / "Switch Driver")
    assert [one["name"] for one in found["distributions"]] == ["six", "alpha"]
    assert bench.run("env", "list", "--json") == 0
    assert json.loads(bench.out.getvalue())["drivers"][0]["generations"] == found["generations"]


def test_who_is_not_known(bench: Bench, folder: Path) -> None:
    assert bench.run("env", "show", "Rack", "--json") == 112
    assert bench.error_json()["code"] == "ENV_UNKNOWN"


def both_there(folder: Path) -> None:
    """The environment of the first generation as well, with another version."""
    first = folder.with_name("j")
    (first / "Switch Driver").mkdir(parents=True)
    text = json.dumps(RECEIPT).replace("1.16.0", "1.15.0")
    (first / "receipt.json").write_text(text, encoding="utf-8")
    for place, version in ((first, b"1"), (folder, b"2")):
        (place / "manifest").write_bytes(manifest([laid("lib/six.py", version), laid("bin/x", b"x")]))


def test_a_difference(bench: Bench, folder: Path) -> None:
    both_there(folder)
    assert bench.run("env", "diff", "Switch Driver", "--files") == 0
    assert bench.out.getvalue().splitlines() == [
        "from      generation 1 of 2026-11-30 00:15 UTC, Python 3.11.7",
        "to        generation 2 of 2026-11-30 00:15 UTC, Python 3.11.7",
        "why       the index has something else",
        "version   six: 1.15.0 -> 1.16.0 from lab (the same is asked for: the indexes have something else)",
        "files     0 added, 0 removed, 1 changed",
        "  changed lib/six.py",
    ]
    assert bench.run("env", "diff", "Switch Driver", "2", "1", "--json") == 0
    found = json.loads(bench.out.getvalue())
    assert (found["old"]["number"], found["new"]["number"], found["causes"]) == (2, 1, [])
    assert found["files"] == [{"path": "lib/six.py", "change": "changed"}]
    (change,) = found["distributions"]
    assert (change["change"], change["before"]["version"], change["after"]["version"]) == (
        "version",
        "1.16.0",
        "1.15.0",
    )


@pytest.fixture
def returned(monkeypatch: pytest.MonkeyPatch, bench: Bench, folder: Path) -> list[tuple[object, ...]]:
    """What is asked of the story of going back."""
    calls: list[tuple[object, ...]] = []
    known = inventory.find(str(bench.home), "Switch Driver", cwd="/")
    for name in ("rollback", "go_on", "anew"):

        def told(*arguments: object, cwd: str, name: str = name) -> inventory.Known:
            calls.append((name, *arguments[1:]))
            return known

        monkeypatch.setattr(returning, name, told)
    return calls


def test_going_back(bench: Bench, returned: list[tuple[object, ...]]) -> None:
    assert bench.run("env", "rollback", "Switch Driver") == 0
    assert bench.out.getvalue() == "Switch Driver uses generation 2 from its next launch on\n"
    assert bench.run("env", "rollback", "Switch Driver", "1", "--json") == 0
    assert json.loads(bench.out.getvalue())["driver"] == "Switch Driver"
    assert bench.run("env", "rollback", "--release", "Switch Driver") == 0
    assert bench.out.getvalue() == "Switch Driver goes on: its next launch asks the indexes\n"
    assert bench.run("env", "rollback", "--release", "Switch Driver", "1") == 2
    assert returned == [
        ("rollback", "Switch Driver", None),
        ("rollback", "Switch Driver", 1),
        ("go_on", "Switch Driver"),
    ]


def test_going_back_for_real(bench: Bench, folder: Path) -> None:
    assert bench.run("env", "rollback", "Switch Driver") == 112
    assert "generation 1 of Switch Driver cannot be gone back to" in bench.err.getvalue()


def test_who_went_back_is_shown(bench: Bench, folder: Path) -> None:
    drivers = Drivers(str(bench.home))
    drivers.update("Switch Driver", str(bench.driver), lambda one: replace(one, current=1, pin=Pin(1, {})))
    bench.run("env", "list")
    assert "  1 (gone back to) (removed)  " in bench.out.getvalue()
    bench.run("env", "show", "Switch Driver")
    assert "generation 1  (current, gone back to, removed)" in bench.out.getvalue()
    bench.run("env", "show", "Switch Driver", "--json")
    assert [one["is_pinned"] for one in json.loads(bench.out.getvalue())["generations"]] == [True, False]


def test_rebuild(bench: Bench, returned: list[tuple[object, ...]]) -> None:
    assert bench.run("env", "rebuild", "Switch Driver") == 0
    assert bench.out.getvalue() == f"{bench.environment().prefix}\n"
    (request,) = bench.requests
    assert (request.driver, request.name, request.refresh) == (str(bench.driver), "Switch Driver", True)
    assert returned == [("anew", "Switch Driver")]
    assert bench.run("env", "rebuild", "Switch Driver", "--json") == 0
    assert json.loads(bench.out.getvalue())["reused"] is False
