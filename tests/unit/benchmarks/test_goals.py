from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from benchmarks import results
from benchmarks.figures import Row
from benchmarks.goals import (
    GOALS,
    PARTS,
    Document,
    Goal,
    accounts,
    commands,
    disk,
    drawn,
    grown,
    memory,
    ratios,
    read,
    table,
    verdict,
)
from benchmarks.mixed import CASES as MIXED_CASES
from benchmarks.mixed import Told
from benchmarks.rounds import CASES


def _launches(seconds: float, index: str = "watched") -> Document:
    rows = [
        Row("M", index, "asked again", "uv", (0,), (1.0,)),
        Row("M", index, "asked again", "driverenv in process", (0,), (seconds,)),
        Row("S", index, "asked again", "driverenv in process", (0,), (9.0,)),
    ]
    return {"bench": "launches", "results": results.of_rows(rows)}


AGAIN = Goal("asked again", "launches", 0.25, "x", ratios("asked again", of="M", only=["watched", "static"]))


def test_a_row_has_each_run_and_whether_all_of_them_met_the_goal() -> None:
    runs = [{"launches": _launches(0.2)}, {"launches": _launches(0.3)}, {}]
    assert table(runs, [AGAIN]).splitlines() == [
        "| goal | at most | index | run 1 | run 2 | run 3 | met |",
        "|---|--:|---|--:|--:|--:|---|",
        "| asked again | 0.250 | watched | 0.200 | 0.300 | - | in 1 of 2 |",
    ]


def test_each_index_has_a_row_of_its_own() -> None:
    both = _launches(0.2)["results"] + _launches(0.4, "static")["results"]
    lines = table([{"launches": {"results": both}}], [AGAIN]).splitlines()[2:]
    assert lines == [
        "| asked again | 0.250 | watched | 0.200 | yes |",
        "| asked again | 0.250 | static | 0.400 | no |",
    ]


def test_what_was_not_measured_is_not_met() -> None:
    assert table([{}], [AGAIN]).splitlines()[2] == "| asked again | 0.250 | - | - | not measured |"
    plain = {"launches": _launches(0.1, "pypiserver")}
    assert "not measured" in table([plain], [AGAIN])
    assert table([], [AGAIN]).splitlines()[2].endswith("| not measured |")


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ([0.25, 0.1], "yes"),
        ([0.2501, 0.26], "no"),
        ([0.1, 0.26, None], "in 1 of 2"),
        ([None], "not measured"),
    ],
)
def test_verdict(values: list[float | None], word: str) -> None:
    assert verdict(AGAIN, values) == word


def test_disk_and_memory_are_those_of_m() -> None:
    rows = [
        {"set_name": "S", "ours": 9, "of_uv": 1, "before": 0, "peak": 900 * 2**20},
        {"set_name": "M", "ours": 30, "of_uv": 100, "before": 20 * 2**20, "peak": 50 * 2**20},
    ]
    assert disk({"results": rows}) == {"static": 0.3}
    assert memory({"results": rows}) == {"static": 30.0}
    assert disk({"results": rows[:1]}) == {}


def test_growth_is_that_of_each_or_of_all() -> None:
    rows = [
        {"of": "files", "amount": 1000, "fresh": 3.0, "again": 1.0},
        {"of": "files", "amount": 10, "fresh": 0.02, "again": 1.0},
        {"of": "projects", "amount": 100, "fresh": 1.0, "again": 1.0},
    ]
    assert grown("files", "fresh", each=True)({"results": rows}) == pytest.approx({"static": 1.5})
    assert grown("files", "again", each=False)({"results": rows}) == {"static": 1.0}
    assert grown("projects", "fresh", each=False)({"results": rows}) == {}


def _options(**changed: object) -> argparse.Namespace:
    usual = {"rounds": 2, "fleet_rounds": 1, "sets": "S", "indexes": "static", "tools": "uv", "patience": 0.0}
    return argparse.Namespace(**(usual | {"root": None} | changed))


def test_each_part_is_played_and_each_goal_is_of_one() -> None:
    assert tuple(commands(_options())) == PARTS
    assert {goal.bench for goal in GOALS} == set(PARTS)
    rooted = commands(_options(root=Path("there"))).values()
    assert all(command[-2:] == ["--root", "there"] for command in rooted)


def test_goals_name_cases_that_there_are() -> None:
    for bench, cases, tool in (
        ("launches", CASES, "driverenv in process"),
        ("mixed", MIXED_CASES, "driverenv in process"),
        ("launches", CASES, "driverenv CLI"),
    ):
        rows = [
            row
            for index in ("static", "pypiserver", "watched")
            for name in "SML"
            for case in cases
            for row in (
                Row(name, index, case, "uv", (0,), (1.0,)),
                Row(name, index, case, tool, (0,), (0.5,)),
            )
        ]
        document = {"results": results.of_rows(rows)}
        found = [goal for goal in GOALS if goal.bench == bench and goal.read(document)]
        expected = [goal for goal in GOALS if goal.bench == bench and ("CLI" in goal.text) == ("CLI" in tool)]
        assert found == expected


def test_runs_are_read_in_their_order(tmp_path: Path) -> None:
    for number in (10, 2):
        folder = tmp_path / f"run-{number}"
        results.write(folder / "launches.json", "launches", {}, results=[number])
        (folder / "other.json").write_text(json.dumps({"bench": "something else"}), encoding="utf-8")
    found = read(tmp_path)
    assert [run["launches"]["results"] for run in found] == [[2], [10]]
    assert [set(run) for run in found] == [{"launches"}] * 2
    assert [run["launches"]["results"] for run in read(tmp_path / "run-10")] == [[10]]


def test_accounts_of_all_runs_are_put_together() -> None:
    def run(seconds: float) -> dict[str, Document]:
        told = Told(0, "asked again", "uv", seconds, 0.2, 0.0, 0.1, 0.05, 31, 0, 0, 0)
        return {"mixed": {"accounts": [{"index": "pypiserver", "one_page": 0.3} | told._asdict()]}}

    line = accounts([run(1.0), {}, run(3.0)]).splitlines()[-1]
    assert line == (
        "| pypiserver | 300 ms | asked again | uv | 2.00 s | 200 ms | 0.00 ms | 100 ms | 50.0 ms | 31 | 0 | 0 | 0 |"
    )
    assert accounts([{}]) == ""


def test_a_chart_of_all_runs() -> None:
    """Ratios are those of single rounds, whichever run they are of."""
    runs = [
        {"launches": _launches(seconds) | {"about": {"cores": 2, "python": "3.12"}}} for seconds in (0.2, 0.4)
    ]
    found = drawn(runs, "watched")
    assert "(0.30)" in found
    assert "watched index, 2 runs; 2 cores, 3.12" in found
    assert "(0.30)" not in drawn(runs, "static")
