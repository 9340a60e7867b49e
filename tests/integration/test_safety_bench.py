"""The safety bench judges by what is there and what was asked, and its page tells all of it."""

from __future__ import annotations

import io
import re
import urllib.request
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from benchmarks.safety import report
from benchmarks.safety.attacker import MARK, Foreign
from benchmarks.safety.installers import Done, Driverenv, Order
from benchmarks.safety.judge import (
    CRASHED,
    FOREIGN,
    HUNG,
    NOT_ASKED,
    NOTHING,
    OTHER,
    Verdict,
    installed,
    told,
)
from benchmarks.safety.play import play, play_all
from benchmarks.safety.situation import Situation
from benchmarks.safety.table import SITUATIONS, chosen

pytestmark = pytest.mark.slow

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "safety-bench.md"
ROW = re.compile(r"(?P<outcome>[^`·]+?)(?: `(?P<code>[A-Z_]+)`)?(?: · (?P<requests>\d+))?")


class Naive:
    """Takes a file of public, and unpacks it; or does whatever else a test wants."""

    name = "naive"
    asked = "to be careless"
    has_site = False

    def __init__(self, path: str = "corp_widget-99.0-py3-none-any.whl", code: int | None = 0) -> None:
        self._path, self._code = path, code

    def install(self, order: Order) -> Done:
        prefix = order.root / "environment"
        prefix.mkdir(parents=True)
        if self._path:
            url = order.public.replace("/simple/", f"/packages/{self._path}")
            with urllib.request.urlopen(url) as answer:  # noqa: S310 (loopback)
                zipfile.ZipFile(io.BytesIO(answer.read())).extractall(prefix)
        return Done(self._code, "ERROR: something\n  and more", prefix)


def situation(name: str) -> Situation:
    (found,) = [one for one in SITUATIONS if one.name == name]
    return found


# ------------------------------------------------------------------------------------------- driverenv


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("A1 transitive", "local"),
        ("A2 folder", "fails"),
        ("A9 folder", "public"),
        ("A12", "fails"),
        ("A17 503", "fails"),
    ],
)
def test_driverenv_is_right(name: str, outcome: str, tmp_path: Path) -> None:
    found = play(situation(name), Driverenv(), tmp_path / "play")
    assert (found.outcome, found.is_right, found.foreign, found.requests) == (outcome, True, (), 0), found
    assert list(tmp_path.iterdir()) == []


# -------------------------------------------------------------------------------------------- judging


def test_a_foreign_file_is_found_whatever_the_tool_says(tmp_path: Path) -> None:
    for number, code in enumerate((0, 1, None)):
        found = play(situation("A9 folder"), Naive(code=code), tmp_path / str(number))
        assert found.outcome != FOREIGN, "nobody owns the name there"
        found = play(situation("A2 folder"), Naive(code=code), tmp_path / str(number))
        assert (found.outcome, found.foreign, found.requests) == (FOREIGN, ("corp-widget",), 1)
        assert not found.is_right


def test_what_public_alone_has_is_not_foreign(tmp_path: Path) -> None:
    found = play(situation("A9 folder"), Naive("pub_tool-1.0-py3-none-any.whl"), tmp_path / "play")
    assert (found.outcome, found.foreign, found.requests, found.is_right) == ("public", (), 0, True)


@pytest.mark.parametrize(("code", "outcome"), [(0, NOTHING), (1, "fails"), (-9, CRASHED), (None, HUNG)])
def test_nothing_installed(code: int | None, outcome: str, tmp_path: Path) -> None:
    found = play(situation("A1 folder"), Naive("", code), tmp_path / "play")
    assert (found.outcome, found.is_right) == (outcome, False)


def test_a_tool_whose_first_launch_fails_is_not_right(tmp_path: Path) -> None:
    found = play(situation("A9v folder"), Naive("", 1), tmp_path / "play")
    assert (found.outcome, found.is_right) == (CRASHED, False)


def test_a_setting_that_a_tool_has_not_is_not_asked_of_it(tmp_path: Path) -> None:
    found = play(situation("A9v strict"), Naive(), tmp_path / "play")
    assert (found.outcome, found.foreign, found.requests) == (NOT_ASKED, (), 0)
    assert ("situations", "0") in report.totals(SITUATIONS, [found])


def test_an_older_local_version_is_not_the_one(tmp_path: Path) -> None:
    wanted = Situation(
        name="X",
        title="",
        right="local",
        local=({"projects": {"corp-widget": ["1.0"]}},),
        served="folder",
        version="2.0",
    )
    found = play(wanted, Driverenv(), tmp_path / "play")
    assert (found.outcome, found.is_right) == (OTHER, False)


def test_an_error_of_driverenv_is_told_by_its_code(tmp_path: Path) -> None:
    assert told(Done(104, "error[LOCAL_AUTH]: 401\n  why\n", tmp_path)) == "LOCAL_AUTH"
    assert told(Done(1, "Collecting x\nERROR: first\nERROR: No matching\n", tmp_path)) == "ERROR: No matching"
    assert told(Done(1, "Resolved\nerror: no such\n  hint\n", tmp_path)) == "error: no such"
    assert told(Done(0, "error: no such\n", tmp_path)) == ""


def test_what_is_installed_is_read_from_the_files(tmp_path: Path) -> None:
    for file, project in ((Foreign(version="9.0"), "Corp_Widget"),):
        archive = file.archive(project)
        zipfile.ZipFile(io.BytesIO(archive.data)).extractall(tmp_path)
    assert {name: tuple(one) for name, one in installed(tmp_path).items()} == {"corp-widget": ("9.0", True)}
    (tmp_path / "corp_widget" / MARK).unlink()
    assert not installed(tmp_path)["corp-widget"].is_marked


def test_all_are_played_in_order(tmp_path: Path) -> None:
    some = [situation("A1 folder"), situation("A2 folder")]
    found = list(play_all(some, [Naive("", 1), Naive("", 0)], tmp_path, 3))
    assert [(one.situation, one.outcome) for one in found] == [
        ("A1 folder", "fails"),
        ("A1 folder", NOTHING),
        ("A2 folder", "fails"),
        ("A2 folder", NOTHING),
    ]


def test_rows_are_chosen_by_row_or_by_name() -> None:
    assert [one.name for one in chosen("A14 403,B1")] == ["A14 403", "B1", "B1 transitive"]
    assert len({one.name for one in SITUATIONS}) == len(chosen("")) == len(SITUATIONS)
    with pytest.raises(ValueError, match="'Z9'"):
        chosen("Z9")


# ----------------------------------------------------------------------------------------------- page


class Cell(NamedTuple):
    outcome: str
    code: str
    requests: int


def tables() -> list[list[list[str]]]:
    """The tables between the marks of the page: rows of cells."""
    text = PAGE.read_text(encoding="utf-8").partition(report.BEGIN)[2].partition(report.END)[0]
    blocks = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    return [[row.strip("| ").split(" | ") for row in block.splitlines()] for block in blocks]


def columns() -> dict[str, list[Cell]]:
    """The cells of each tool."""
    head, _, *rows = tables()[1]
    found: dict[str, list[Cell]] = {name: [] for name in head[3:]}
    for row in rows:
        for name, text in zip(head[3:], row[3:], strict=True):
            read = ROW.fullmatch(text)
            assert read is not None, text
            found[name].append(Cell(read["outcome"], read["code"] or "", int(read["requests"] or 0)))
    return found


def test_every_situation_is_on_the_page() -> None:
    rows = [tuple(row[:3]) for row in tables()[1][2:]]
    assert rows == [(one.name, one.title, one.right) for one in SITUATIONS]


def test_the_totals_of_the_page_are_those_of_its_cells() -> None:
    head, _, *rows = tables()[0]
    words = {text: outcome for outcome, text in report.WORDS.items()}
    for number, (tool, cells) in enumerate(columns().items(), start=1):
        verdicts = []
        for one, cell in zip(SITUATIONS, cells, strict=True):
            outcome = words.get(cell.outcome, cell.outcome)
            is_right = outcome == one.right
            verdict = Verdict(one.name, tool, outcome, is_right, (), cell.requests, 0.0, is_right, cell.code)
            verdicts.append(verdict)
        shown = [(row[0], row[number]) for row in rows]
        assert shown == report.totals(SITUATIONS, verdicts), tool
    assert head == list(columns())


def test_on_the_page_driverenv_installs_and_asks_nothing_foreign() -> None:
    wrong = [
        one.name
        for one, cell in zip(SITUATIONS, columns()["driverenv"], strict=True)
        if cell.outcome != one.right or cell.requests > one.compares
    ]
    assert wrong == []
