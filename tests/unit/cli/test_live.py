from __future__ import annotations

import re

from rich.console import Console, Group

from driverenv import events
from driverenv.cli.live import LiveScreen
from driverenv.cli.progress import Progress
from tests.unit.cli.bench import Bench, Screen

CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def test_rows_fit_the_terminal(bench: Bench) -> None:
    narrow = Console(file=Screen(tty=True), width=40, height=20, force_terminal=True)
    screen = LiveScreen(bench.shell(), lambda width, _: ["resolving", "x" * width], console=narrow)
    drawn = screen.draw()
    screen.close()
    paper = Screen()
    Console(file=paper, width=40).print(Group(drawn))
    assert paper.getvalue().splitlines() == ["| resolving", "  " + "x" * 37 + "…"]


def test_a_watching_person_gets_the_live_display_and_a_line_at_the_end(bench: Bench) -> None:
    bench.environ["TERM"] = "xterm-256color"
    bench.err = Screen(tty=True)
    with Progress(bench.shell()) as progress:
        progress(events.Started("Switch Driver", "3.11.7"))
        progress(events.Warned("COLLISION", "a and b both ship tests/__init__.py"))
        progress(events.Linking(2))
        progress(events.Ready("/x", reused=False, seconds=0.84))
    shown = CONTROL.sub("", bench.err.getvalue())
    assert "warning[COLLISION]: a and b both ship tests/__init__.py\n" in shown
    assert "ready in 0.8 s\n" in shown
    assert bench.err.getvalue().count("\x1b[?25l") == bench.err.getvalue().count("\x1b[?25h") == 1


def test_no_live_display_for_a_dumb_terminal_or_without_work(bench: Bench) -> None:
    bench.err = Screen(tty=True)
    bench.environ["TERM"] = "dumb"
    with Progress(bench.shell()) as progress:
        progress(events.Resolving(1, 1))
    assert bench.err.getvalue() == "resolving\n"
    bench.environ["TERM"] = "xterm"
    bench.err = Screen(tty=True)
    with Progress(bench.shell()) as progress:
        progress(events.Ready("/x", reused=True, seconds=0.001))
    assert bench.err.getvalue() == "ready (nothing to do) in 1 ms\n"
