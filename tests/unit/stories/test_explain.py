from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from driverenv import Index, Request
from driverenv.errors import (
    DriverEnvError,
    FactsInvalid,
    HashMismatch,
    IndexUnavailable,
    LocalVersionMismatch,
    ProjectNotFound,
)
from driverenv.events import Solved
from driverenv.stories.explain import Explanation, explain, explain_failure
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
    with pytest.raises(ProjectNotFound) as raised:
        explained(bench, request_of_two, "aa")
    assert raised.value.code == "NOT_NEEDED"
    assert str(raised.value).split("\n") == [
        "NOT_NEEDED: aa: nothing here asks for it, so no index was asked about it",
        "  there are     a, b",
        "  similar       a: a slip of the pen?",
        "  to fix        ask about a, if that is what was meant",
    ]


def test_a_project_that_was_looked_at_and_is_not_part_of_it(bench: Bench) -> None:
    bench.wheel("a", "1.0")
    bench.wheel("a", "2.0", requires=["b"])
    bench.wheel("b", "1.0", requires=["a<2"])
    told = explained(bench, bench.request("a\n"), "b")
    assert told.lines[1] == "  not needed    it was looked at, and is not part of the answer"


def test_a_conflict_is_its_own_explanation(bench: Bench) -> None:
    bench.wheel("a", "1.0")
    with pytest.raises(LocalVersionMismatch, match=r"1\.0"):
        explained(bench, bench.request("a>=2\n"))


def test_nothing_is_installed_and_events_are_told(bench: Bench, request_of_two: Request) -> None:
    explained(bench, request_of_two)
    assert bench.told(Solved) == [Solved(2, 2)]
    assert bench.environments() == []


def test_no_password_in_an_account(bench: Bench) -> None:
    request = bench.request("a\n", local=[Index("http://reader:s3cret@127.0.0.1:9/", name="lab")])
    with pytest.raises(IndexUnavailable) as raised:
        bench.prepare(request)
    assert "s3cret" not in repr(explain_failure(raised.value.failure))


def failed(bench: Bench, request: Request) -> tuple[DriverEnvError, str]:
    """The error of a launch, and its receipt; nothing of the site is there any more."""
    with pytest.raises(DriverEnvError) as raised:
        bench.prepare(request)
    receipt = bench.root / "receipt.json"
    shutil.copy(raised.value.failure, receipt)
    for folder in (bench.index, bench.home, bench.root / "drivers"):
        shutil.rmtree(folder, ignore_errors=True)
    return raised.value, str(receipt)


def test_a_failed_launch_from_its_receipt(bench: Bench) -> None:
    bench.wheel("a", "1.0", requires=["b>=2", "gone"])
    bench.wheel("b", "1.0")
    request = bench.request("a\n", public=Index("https://pypi.org/simple/", name="public"))
    error, receipt = failed(bench, request)
    told = explain_failure(receipt)
    assert told.lines[0].startswith("the launch of Switch Driver failed at 20")
    assert str(error) in "\n".join(told.lines)
    at = told.lines.index("b")
    line = f"{Path(request.driver, 'requirements.txt')} line 1: a"
    assert told.lines[at - 1 :] == (
        "",
        "b",
        f"  required by   {line}",
        "                a 1.0 requires b>=2",
        f"  local index   lab, {bench.index}",
        "  not asked     public (https://pypi.org/simple/): offline mode",
        "  files there   b-1.0-py3-none-any.whl: version 1.0 is not in >=2",
        "",
        "gone",
        f"  required by   {line}",
        "                a 1.0 requires gone",
        "  nowhere       no index has it",
        f"  asked         lab ({bench.index}): its 2 files are of other projects",
        "  not asked     public (https://pypi.org/simple/): offline mode",
    )
    assert [row["project"] for row in told.data["projects"]] == ["a", "b", "gone"]
    assert told.data["error"]["code"] == error.code
    json.dumps(told.data)


def test_one_project_of_a_failed_launch(bench: Bench) -> None:
    bench.wheel("a", "1.0")
    _, receipt = failed(bench, bench.request("a>=2\n"))
    told = explain_failure(receipt, "A")
    assert [row["project"] for row in told.data["projects"]] == ["a"]
    with pytest.raises(ProjectNotFound, match="NOT_NEEDED"):
        explain_failure(receipt, "zzz")


def test_where_an_index_could_not_answer(bench: Bench) -> None:
    bench.wheel("a", requires=["gone", "b"])
    bench.wheel("b")
    away = Index(bench.root / "no", name="away")
    _, receipt = failed(bench, bench.request("a\n", local=[Index(bench.index, name="lab"), away]))
    lines = explain_failure(receipt).lines
    accounts = "\n".join(lines[lines.index("a") :])
    assert "the launch failed before its files were looked at" in accounts
    assert "fits what is asked of it here" in accounts
    assert f"b\n  required by   {Path(bench.root)}" in accounts
    assert f"asked         lab ({bench.index}): found" in accounts
    assert "the launch failed before every index had answered" in accounts


def test_whose_answer_it_was(bench: Bench) -> None:
    url = "http://127.0.0.1:9/"
    error, receipt = failed(bench, bench.request("a\n", local=[Index(url, name="lab")]))
    lines = explain_failure(receipt).lines
    assert lines[-1] == f"  no answer     {error.code}: {error.summary}"


def test_what_failed_after_the_resolution(bench: Bench) -> None:
    bench.wheel("a", "1.0")
    error, receipt = failed(bench, bench.request(f"a --hash=sha256:{'0' * 64}\n"))
    lines = explain_failure(receipt).lines
    assert isinstance(error, HashMismatch)
    assert any(line.startswith("  chosen        1.0") for line in lines)


def test_where_nothing_was_known_yet(bench: Bench) -> None:
    error, receipt = failed(bench, bench.request("a >= = 2\n"))
    told = explain_failure(receipt)
    assert told.lines[-1] == str(error).split("\n")[-1]
    assert told.data["projects"] == []
    with pytest.raises(ProjectNotFound, match="no projects at all"):
        explain_failure(receipt, "a")


def test_the_receipt_is_all_that_is_needed(bench: Bench) -> None:
    with pytest.raises(FactsInvalid):
        explain_failure(bench.root / "none.json")
