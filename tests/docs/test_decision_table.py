"""The decision table is whole, and true: each row is shown where it can happen, by what there is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.docs.pages import ROOT
from tests.kit import Scenario, load_scenarios
from tests.kit.scenario import MODES, POSITIONS
from tests.kit.variants import variants
from tests.scenarios import playing

PAGE = ROOT / "docs" / "reference" / "decision-table.md"
TESTS = ROOT / "tests"
SCENARIOS = load_scenarios(TESTS / "scenarios")
IDS = {
    "A": "1 2 3 3p 4 5 5r 6 7 7b 8 9 9g 9n 9v 9e 9w 10 11 11x 12 13 14 14p 15 16 17 17n 18 18s 19 19c 19t 20 21 "
    "21c 22 23 23r 24 25 26 27 28 29",
    "B": "1 2 2p 3 4 5 6 7 7f 8 9 9h 9m 10 11",
    "C": "1 2 3 4 5 6 7",
    "D": "1 2 3 4 4i 4f 4t 5 6 6h 7 8 9 10 11",
    "E": "1 2 3 4 5",
    "F": "1 2 3 4 5",
    "G": "1 2 3",
}
NEVER = "—"
_CODE = re.compile(r"`([A-Z][A-Z_]+)`")


@dataclass(frozen=True)
class Row:
    """A row of the page: its cells as text."""

    id: str
    situation: str
    online: str
    offline: str
    http: str
    folder: str

    def codes(self, mode: str) -> set[str]:
        """The error codes that it may end with."""
        own = self.online if mode == "online" else self.offline
        found = set(_CODE.findall(own))
        return found | set(_CODE.findall(self.online)) if "same" in own else found

    def shown_by(self) -> dict[str, Scenario]:
        """The scenarios of this row that its cells name."""
        patterns = [one.removesuffix("*") for cell in (self.http, self.folder) for one in named(cell)]
        return {
            name: one
            for name, one in SCENARIOS.items()
            if self.id in one.rows and name.startswith(tuple(patterns))
        }


@cache
def rows() -> Mapping[str, Row]:
    """The rows of the page, by their ids."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return {one[0]: Row(*one) for one in cells if re.fullmatch(r"[A-G]\d+\w?", one[0])}


def named(cell: str) -> Iterator[str]:
    """What a cell names: scenarios and tests."""
    yield from re.findall(r"`([\w/.:*-]+)`", cell)


def named_tests(row: Row) -> Iterator[str]:
    yield from (one for cell in (row.http, row.folder) for one in named(cell) if "::" in one)


@cache
def functions(path: Path) -> frozenset[str]:
    """The tests in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef))


def every(*, with_scenarios: bool = False) -> pytest.MarkDecorator:
    found = [row for row in rows().values() if row.shown_by() or not with_scenarios]
    return pytest.mark.parametrize("row", found, ids=lambda row: row.id)


def test_all_rows_are_there_and_no_others() -> None:
    assert list(rows()) == [f"{section}{one}" for section, ids in IDS.items() for one in ids.split()]


def test_every_scenario_is_of_a_row() -> None:
    strange = {name: one.rows for name, one in SCENARIOS.items() if not set(one.rows) <= set(rows())}
    assert strange == {}
    assert [name for name, one in SCENARIOS.items() if not one.rows] == []


@every()
def test_it_is_shown(row: Row) -> None:
    assert [row.http, row.folder] != [NEVER, NEVER]
    for cell in (row.http, row.folder):
        assert list(named(cell)) or cell == NEVER


@every()
def test_the_tests_that_it_names_exist(row: Row) -> None:
    for one in named_tests(row):
        path, _, name = one.partition("::")
        assert name in functions(TESTS / path), one


@every()
def test_the_scenarios_that_it_names_exist_and_are_its_own(row: Row) -> None:
    for cell in (row.http, row.folder):
        for one in (one for one in named(cell) if "::" not in one):
            start = one.removesuffix("*")
            found = [
                name
                for name, scenario in SCENARIOS.items()
                if (name.startswith(start) if one.endswith("*") else name == one)
                if cell is row.folder or row.id in scenario.rows
            ]
            assert found, f"{row.id}: no scenario {one}"


@every()
def test_a_folder_plays_what_it_is_said_to(row: Row) -> None:
    patterns = tuple(one.removesuffix("*") for one in named(row.folder) if "::" not in one)
    if not patterns:
        return
    names = [name for name in SCENARIOS if name.startswith(patterns)]
    assert [name for name in names if not playing.beyond_folders(SCENARIOS[name])], names


@every(with_scenarios=True)
def test_both_modes_are_played(row: Row) -> None:
    played = {one.request.mode for one in everywhere(row.shown_by().values())}
    assert played == {mode for mode in MODES if getattr(row, mode) != NEVER} | (played & {"offline"})


@every(with_scenarios=True)
def test_every_position_is_played(row: Row) -> None:
    shown = row.shown_by()
    played = {one.position for one in everywhere(shown.values())}
    excused = all(one.why or one.request.raw for one in shown.values())
    assert played == set(POSITIONS) or excused, f"{row.id}: {sorted(played)} only"


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_a_scenario_ends_with_is_in_its_rows(name: str) -> None:
    for one in everywhere([SCENARIOS[name]]):
        said = {code for row in one.rows for code in rows()[row].codes(one.request.mode)}
        assert one.expect.error is None or one.expect.error in said, (
            one.request.mode,
            one.rows,
            sorted(said),
        )


def everywhere(scenarios: Iterable[Scenario]) -> Iterator[Scenario]:
    """The scenarios and their variants."""
    for one in scenarios:
        yield from (one, *variants(one).values())
