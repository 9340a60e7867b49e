"""The bench of forged archives: what counts as installed, and what its page tells."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.safety.archives import (
    BEGIN,
    CRASHED,
    END,
    HUNG,
    INSTALLED,
    LISTED,
    REFUSED,
    Played,
    outcome,
    table,
)
from benchmarks.safety.installers import Done

PAGE = Path(__file__).resolve().parents[3] / "docs" / "explanation" / "safety-bench.md"


def test_installed_is_what_is_there(tmp_path: Path) -> None:
    assert outcome(Done(0, "all is well", tmp_path)) == REFUSED
    module = tmp_path / "lib" / "widget" / "__init__.py"
    module.parent.mkdir(parents=True)
    module.touch()
    assert outcome(Done(0, "", tmp_path)) == INSTALLED
    assert outcome(Done(1, "ERROR: no", tmp_path)) == REFUSED
    assert outcome(Done(1, "Traceback (most recent call last):", tmp_path)) == CRASHED
    assert outcome(Done(-11, "", tmp_path)) == CRASHED
    assert outcome(Done(None, "", tmp_path)) == HUNG


def played(title: str, group: str, tool: str, medium: str, came: str, *, is_wheel: bool = True) -> Played:
    return Played(group, title, "record", is_wheel, tool, medium, came, "")


def test_table() -> None:
    some = [
        played("a", "g", "x", "folder", INSTALLED),
        played("a", "g", "x", "HTTP", REFUSED),
        played("b", "g", "x", "folder", INSTALLED),
        played("b", "g", "x", "HTTP", CRASHED),
        played("c", "h", "x", "folder", HUNG, is_wheel=False),
        played("c", "h", "x", "HTTP", INSTALLED, is_wheel=False),
    ]
    assert table(some, ["x"])[2:] == [
        "| wheels: g | 2 | 2 | 0 |",
        "| **all wheels** | 2 | 2 | 0 |",
        "| sdists: h | 1 | 0 | 1 |",
        "| **all sdists** | 1 | 0 | 1 |",
    ]


def test_on_the_page_driverenv_installs_none() -> None:
    text = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    rows = [
        [cell.strip() for cell in row.strip("| ").split("|")]
        for row in re.findall(r"^\|.*$", text, re.MULTILINE)
    ]
    groups = {row[0]: list(map(int, row[1:])) for row in rows[2:]}
    assert rows[0][:4] == ["group", "archives", "driverenv, folder", "driverenv, HTTP"]
    assert {name.partition(": ")[2] for name in groups if ": " in name} == {one.group for one in LISTED}
    assert all(counts[1:3] == [0, 0] for counts in groups.values())
    for kind in ("wheels", "sdists"):
        parts = [counts for name, counts in groups.items() if name.startswith(f"{kind}: ")]
        assert list(map(sum, zip(*parts, strict=True))) == groups[f"**all {kind}**"]
        assert max(groups[f"**all {kind}**"][3:]) > 0
