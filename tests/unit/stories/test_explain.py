from __future__ import annotations

import json
from pathlib import Path

import pytest

from driverenv import Index, Request
from driverenv.errors import LocalVersionMismatch
from driverenv.events import Solved
from driverenv.stories.explain import Explanation, explain
from tests.unit.stories.bench import RUNNING, Bench


def explained(bench: Bench, request: Request, project: str | None = None) -> Explanation:
    return explain(request, project, on_event=bench.events.append)


@pytest.fixture
def request_of_two(bench: Bench) -> Request:
    bench.wheel("a", "1.0")
    bench.wheel("a", "1.5", requires=["b<2"])
    bench.wheel("b", "1.0")
    bench.wheel("b", "2.0")
    return bench.request("a\n")


def test_every_project_is_accounted_for(bench: Bench, request_of_two: Request) -> None:
    told = explained(bench, request_of_two)
    assert told.data["python"].startswith(f"{RUNNING}.")
    rows = {row["project"]: row for row in told.data["projects"]}
    assert {name: row["version"] for name, row in rows.items()} == {"a": "1.5", "b": "1.0"}
    assert {row["index"] for row in rows.values()} == {"lab"}
    assert [line for line in told.lines if not line.startswith(" ")] == ["a", "b"]
    text = "\n".join(told.lines)
    assert "b-2.0" in text or "2.0" in text
    assert f"{Path(request_of_two.driver, 'requirements.txt')} line 1" in text
    json.dumps(told.data)


def test_one_project_by_any_spelling(bench: Bench, request_of_two: Request) -> None:
    told = explained(bench, request_of_two, "B")
    (row,) = told.data["projects"]
    assert (row["project"], row["version"]) == ("b", "1.0")
    assert told.lines[0] == "b"
    assert all("\n" not in line for line in told.lines)


def test_a_project_that_nobody_asked_for(bench: Bench, request_of_two: Request) -> None:
    told = explained(bench, request_of_two, "c")
    assert told.lines[0] == "c"
    assert "no index was asked" in told.lines[1]


def test_a_conflict_is_its_own_explanation(bench: Bench) -> None:
    bench.wheel("a", "1.0")
    with pytest.raises(LocalVersionMismatch, match=r"1\.0"):
        explained(bench, bench.request("a>=2\n"))


def test_nothing_is_installed_and_events_are_told(bench: Bench, request_of_two: Request) -> None:
    explained(bench, request_of_two)
    assert bench.told(Solved) == [Solved(2, 2)]
    assert bench.environments() == []


def test_no_password_in_an_account(bench: Bench) -> None:
    request = bench.request("", local=[Index("http://reader:s3cret@127.0.0.1:9/", name="lab")])
    assert "s3cret" not in repr(explained(bench, request, "a"))
