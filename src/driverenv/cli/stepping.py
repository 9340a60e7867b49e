"""Progress of what administrators do: a row that changes on a terminal, nothing but warnings elsewhere."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from driverenv import events
from driverenv.cli.printing import warning_line, wrapped
from driverenv.cli.progress import PlainScreen, Screen, amount
from driverenv.cli.shell import Shell
from driverenv.errors import foreign


class Steps:
    """Listens to the steps of a longer work and shows the present one; may be called from many threads.

    Args:
        shell: the surroundings.
        quiet: only warnings are shown.
        verbose: every step is said, and stays.
        as_json: warnings are for the caller to hand on.
    """

    def __init__(
        self, shell: Shell, *, quiet: bool = False, verbose: bool = False, as_json: bool = False
    ) -> None:
        self.warnings: list[events.Warned] = []
        self._shell, self._verbose, self._as_json = shell, verbose, as_json
        self._lock = threading.Lock()
        self._row = ""
        self._plain = PlainScreen(shell, quiet=quiet or as_json)
        self._screen: Screen = self._plain
        self._may_go_live = shell.watched and not (quiet or verbose or as_json)

    def __call__(self, event: events.Event) -> None:
        """Hear `event`."""
        with self._lock:
            if isinstance(event, events.Warned):
                self.warnings.append(event)
                if not self._as_json:
                    self._screen.say(
                        self._fit(warning_line(event.code, event.text, colour=self._shell.watched))
                    )
                return
            row = told(event)
            if not row:
                return
            if self._verbose:
                self._plain.show([row], last=False)
            elif self._may_go_live:
                self._may_go_live = False
                self._screen = self._live()
            self._row = row

    def _live(self) -> Screen:
        from driverenv.cli.live import LiveScreen  # noqa: PLC0415 (rich costs 60 ms, for a watching person only)

        return LiveScreen(self._shell, lambda width, _: [_cut(self._row, width - 2)])

    def _fit(self, line: str) -> str:
        return "\n".join(wrapped(line, self._shell.width, "  "))

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the row away, so that what follows has the terminal for itself."""
        with self._lock:
            self._screen.close()
            self._screen = self._plain


def told(event: events.Event) -> str:
    """A step in words; "" for what is none."""
    if isinstance(event, events.Working):
        count = f"{event.done}/{event.total} " if event.total else ""
        return f"{event.verb} {count}{foreign(event.what, limit=120)}"
    if isinstance(event, events.Uploading):
        return f"uploading {foreign(event.filename)}  {amount(event.sent)} of {amount(event.total)}"
    return ""


def _cut(row: str, width: int) -> str:
    return row if len(row) <= width else row[: max(1, width - 1)] + "…"
