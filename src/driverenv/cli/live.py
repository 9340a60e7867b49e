"""The live display, by rich: loaded only where a person watches and there is work to do."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.live import Live
from rich.text import Text

from driverenv.cli.shell import Shell

SIGNS = "|/-\\"
_PER_SECOND = 8


class LiveScreen:
    """Rows that are drawn anew several times a second, and vanish at the end.

    Args:
        shell: the surroundings; only its stderr is written to.
        rows: gives the rows for a width and the seconds since the display began.
        console: for tests.
    """

    def __init__(
        self, shell: Shell, rows: Callable[[int, float], list[str]], *, console: Console | None = None
    ) -> None:
        self._shell = shell
        self._rows = rows
        self._begun = shell.clock()
        self._console = console or Console(file=shell.err, highlight=False)
        self._live = Live(
            get_renderable=self.draw,
            console=self._console,
            refresh_per_second=_PER_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()

    def draw(self) -> Text:
        """The rows of this moment."""
        seconds = self._shell.clock() - self._begun
        rows = self._rows(self._console.width, seconds)
        sign = SIGNS[int(seconds * _PER_SECOND) % len(SIGNS)]
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append(sign, style="bold cyan")
        text.append(" " + "\n  ".join(rows))
        return text

    def show(self, lines: list[str], *, last: bool) -> None:
        """Stages are seen in the rows; only the end is said."""
        if last:
            for line in lines:
                self.say(line)

    def say(self, line: str) -> None:
        """Say a line above the rows; it stays."""
        self._console.print(Text.from_ansi(line), soft_wrap=True)

    def close(self) -> None:
        """Take the rows away."""
        self._live.stop()
