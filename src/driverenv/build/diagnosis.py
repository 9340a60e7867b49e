"""A reading of a build's log: the common causes, in words, with what to do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from driverenv.build.causes import ALL, Known
from driverenv.errors import foreign

TAIL_LINES = 20
_TAIL_BYTES = 256 * 1024
_PATTERNS = tuple((re.compile(known.pattern), known) for known in ALL)


class Cause(NamedTuple):
    """A common cause: what it is, and what to do."""

    text: str
    remedy: str
    older: str = ""
    """A requirement for tools that do not have the problem, where there are such for this Python."""
    limit: str = ""
    """The limit that was reached, where it was one."""


def find_cause(text: str, *, project: str = "", python: tuple[int, int] = (3, 0)) -> Cause | None:
    """The first common cause that the log of a build of `project` for `python` shows, or None."""
    for pattern, known in _PATTERNS:
        match = pattern.search(text)
        if match:
            named = next((group for group in match.groups() if group), "")
            return Cause(
                known.text.format(foreign(named.strip())).rstrip(": "),
                known.remedy.replace("{project}", project) + _reservation(known, python),
                "" if _reservation(known, python) else known.older.requirement if known.older else "",
                known.limit,
            )
    return None


def _reservation(known: Known, python: tuple[int, int]) -> str:
    """Where the older tools do not run on this Python."""
    before = known.older.before if known.older else None
    if before is None or python < before:
        return ""
    return (
        f"; that runs on Pythons before {before[0]}.{before[1]} only (--python, or pythons in the settings)"
    )


def last_text(log: Path) -> str:
    """The end of the log, of bounded size; "" where there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def last_lines(text: str) -> str:
    """The last lines, escaped and capped."""
    return "\n".join(foreign(line, limit=200) for line in text.splitlines()[-TAIL_LINES:] if line.strip())
