"""The check-up for who watches: a table for each section, in colour where there is any; by rich."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from driverenv.cli.shell import Shell
from driverenv.model.finding import FAIL, OK, WARN, Finding, Section

STYLES = {OK: "green", WARN: "bold yellow", FAIL: "bold red"}


def show(
    shell: Shell,
    sections: Iterable[tuple[Section, tuple[Finding, ...]]],
    *,
    narrow: int,
    console: Console | None = None,
) -> list[Section]:
    """Show each section as it comes, and gives all of them."""
    told = []
    console = console or _console(shell)
    with console.status("looking ..."):
        for section, shown in sections:
            told.append(section)
            if shown:
                console.print(drawn(section, shown, is_narrow=console.width < narrow))
    return told


def _console(shell: Shell) -> Console:
    plain = bool(shell.environ.get("NO_COLOR")) or shell.environ.get("TERM", "") == "dumb"
    return Console(
        file=shell.out, highlight=False, emoji=False, markup=False, no_color=plain, width=shell.result_width
    )


def drawn(section: Section, shown: tuple[Finding, ...], *, is_narrow: bool) -> RenderableType:
    """A section; where it `is_narrow`, what was found stands below what was looked at."""
    head = Text(section.name, style="bold")
    if is_narrow:
        return Group(head, *(_stacked(finding) for finding in shown), Text())
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True, min_width=4)
    table.add_column(no_wrap=True, min_width=15, max_width=16)
    table.add_column(ratio=1, overflow="fold")
    for finding in shown:
        table.add_row(_status(finding), finding.what, _told(finding))
    return Group(head, Padding(table, (0, 0, 1, 2)))


def _stacked(finding: Finding) -> RenderableType:
    head = Text.assemble("  ", _status(finding), f" {finding.what}")
    return Group(head, Padding(_told(finding), (0, 0, 0, 4)))


def _status(finding: Finding) -> Text:
    return Text(finding.status, style=STYLES[finding.status])


def _told(finding: Finding) -> Text:
    text = Text(finding.detail, overflow="fold")
    for remedy in finding.remedy.splitlines():
        text.append("\nto fix: ", style="bold")
        text.append(remedy)
    return text
