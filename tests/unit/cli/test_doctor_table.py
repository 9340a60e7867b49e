from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from driverenv.cli.doctor_table import _console, show
from driverenv.cli.shell import Shell
from driverenv.model.finding import FAIL, OK, WARN, Finding, Section

LONG = Finding(
    "index-certificate",
    WARN,
    "certificate",
    "TLSv1.3, for pypi.lab.example, issued by Lab CA, good until 2026-12-20: 19 days left",
    "renew it, before launches fail [not markup] :warning:",
)
SECTION = Section(
    "local index lab (http://pypi.lab.example:8036/some/long/path/simple/)",
    (
        Finding("index-name", OK, "name", "pypi.lab.example is 10.0.0.5"),
        LONG,
        Finding("x", FAIL, "file", "gone"),
    ),
)


def drawn(width: int, *, colour: bool = False) -> list[str]:
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        highlight=False,
        emoji=False,
        markup=False,
        force_terminal=colour,
        legacy_windows=False,
        color_system="standard" if colour else None,
    )
    shell = Shell({}, Path.cwd(), out, out)
    assert show(shell, [(SECTION, SECTION.findings)], narrow=64, console=console) == [SECTION]
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [120, 80, 64, 50, 30])
def test_nothing_is_lost_and_nothing_sticks_out(width: int) -> None:
    lines = drawn(width)
    assert max(len(line) for line in lines) <= width
    text = " ".join(" ".join(lines).split())
    squeezed = text.replace(" ", "")
    for finding in SECTION.findings:
        assert finding.detail.replace(" ", "") in squeezed
        assert finding.remedy.replace(" ", "") in squeezed
    assert "[not markup] :warning:" in text


def test_a_table_where_there_is_room() -> None:
    lines = drawn(100)
    assert lines[1].startswith("  ok    name")
    assert any(line.startswith("  warn  certificate") for line in lines)
    assert lines[1].index("pypi.lab") == lines[2].index("TLSv1.3")
    narrow = drawn(50)
    assert "  warn certificate" in narrow


def test_colour_is_for_the_status() -> None:
    text = "\n".join(drawn(80, colour=True))
    assert "\x1b[32mok" in text
    assert "\x1b[1;33mwarn" in text
    assert "\x1b[1;31mfail" in text


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_where_none_is_wanted(environ: dict[str, str]) -> None:
    assert _console(Shell(environ, Path.cwd(), io.StringIO(), io.StringIO())).no_color
    assert not _console(Shell({}, Path.cwd(), io.StringIO(), io.StringIO())).no_color
