"""The decision table is whole, and true: each row is shown where it can happen, by what there is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

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


def test_all_rows_are_there_and_no_others() -> None:
    assert list(rows()) == [f"{section}{one}" for section, ids in IDS.items() for one in ids.split()]


def test_every_scenario_is_of_a_row() -> None:
    strange = {name: one.rows for name, one in SCENARIOS.items() if not set(one.rows) <= set(rows())}
    assert strange == {}
    assert [name for name, one in SCENARIOS.items() if not one.rows] == []


def test_each_is_shown_or_cannot_happen() -> None:
    cells = {row.id: (row.http, row.folder) for row in rows().values()}
    assert [one for one, both in cells.items() if both == (NEVER, NEVER)] == []
    assert [
        one for one, both in cells.items() if not all(cell == NEVER or list(named(cell)) for cell in both)
    ] == []


def test_the_tests_that_are_named_exist() -> None:
    found = {one.partition("::")[::2] for row in rows().values() for one in named_tests(row)}
    assert len(found) > 20
    assert [(path, name) for path, name in sorted(found) if name not in functions(TESTS / path)] == []


def test_the_scenarios_that_are_named_exist_and_are_of_the_row() -> None:
    wanted = [
        (row, one)
        for row in rows().values()
        for cell in (row.http, row.folder)
        for one in named(cell)
        if "::" not in one
    ]
    assert len(wanted) > 100
    assert [
        (row.id, one) for row, one in wanted if not any(row.id in found.rows for found in meant(one))
    ] == []


def test_a_folder_plays_what_it_is_said_to() -> None:
    for row in rows().values():
        found = [one for cell in named(row.folder) if "::" not in cell for one in meant(cell)]
        assert not found or [one for one in found if not playing.beyond_folders(one)], row.id


def test_both_modes_are_played() -> None:
    for row in with_scenarios():
        played = {one.request.mode for one in everywhere(row.shown_by().values())}
        assert played == {mode for mode in MODES if getattr(row, mode) != NEVER}, row.id


def test_every_position_is_played() -> None:
    for row in with_scenarios():
        shown = row.shown_by()
        played = {one.position for one in everywhere(shown.values())}
        excused = all(one.why or one.request.raw for one in shown.values())
        assert played == set(POSITIONS) or excused, f"{row.id}: {sorted(played)} only"


def test_what_a_scenario_ends_with_is_in_its_rows() -> None:
    for name, scenario in SCENARIOS.items():
        for one in everywhere([scenario]):
            said = {code for row in one.rows for code in rows()[row].codes(one.request.mode)}
            assert one.expect.error in {None, *said}, (name, one.request.mode, one.rows, sorted(said))


def with_scenarios() -> list[Row]:
    found = [row for row in rows().values() if row.shown_by()]
    assert len(found) > 60
    return found


def meant(pattern: str) -> list[Scenario]:
    """The scenarios of a name such as "a01-*"."""
    start = pattern.removesuffix("*")
    return [
        one
        for name, one in SCENARIOS.items()
        if name == pattern or (pattern[-1] == "*" and name.startswith(start))
    ]


def everywhere(scenarios: Iterable[Scenario]) -> Iterator[Scenario]:
    """The scenarios and their variants."""
    for one in scenarios:
        yield from (one, *variants(one).values())
