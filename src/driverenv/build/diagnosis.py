"""A reading of a build's log: the common causes, in words, with what to do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from driverenv.errors import foreign

TAIL_LINES = 20
_TAIL_BYTES = 256 * 1024


class Cause(NamedTuple):
    """A common cause: what it is, and what to do."""

    text: str
    remedy: str


_WHEEL = "put a wheel of it on the local index"
_OLDER = 'set constraints = ["setuptools<{}"] in the settings: builds go by it, too'
_PYTHON = f"use an older Python for this driver (--python, or pythons in the settings), or {_WHEEL}"

_CAUSES = (
    (
        r"error: use_2to3 is invalid|invalid command 'use_2to3'|use_2to3 is invalid",
        Cause(
            "it is Python 2 code that wants to be converted (use_2to3), which setuptools 58 and later cannot do",
            f"use a newer release of the project, {_WHEEL}, or {_OLDER.format(58)}",
        ),
    ),
    (
        r"No module named '?pkg_resources'?",
        Cause(
            "its setup.py needs pkg_resources, which setuptools 82 and later do not have",
            f"{_WHEEL}, or a setuptools below 82; or {_OLDER.format(82)}",
        ),
    ),
    (
        r"python_requires.{0,80}(?:invalid|must be|Invalid)|Invalid specifier|InvalidSpecifier",
        Cause(
            "a version specifier in its setup (python_requires or a requirement) is not valid any more (PEP 440)",
            f"use another release of the project, {_WHEEL}, or {_OLDER.format(66)}",
        ),
    ),
    (
        r"module 'pkgutil' has no attribute 'ImpImporter'",
        Cause(
            "it is built with an old setuptools, which Python 3.12 and later cannot run",
            "put a newer setuptools on the local index, or let constraints in the settings take one; or use an "
            "older Python for this driver (--python, or pythons in the settings)",
        ),
    ),
    (
        r"No module named '?(distutils|imp|asyncore|asynchat|smtpd|cgi|pipes|telnetlib)\b'?",
        Cause("its setup needs {0}, which Python 3.12 or 3.13 and later do not have", _PYTHON),
    ),
    (
        (
            r"has no attribute '(getargspec)'"
            r"|cannot import name '(Mapping|MutableMapping|Iterable|Callable|Sequence)' from 'collections'"
            r"|(longintrepr\.h)'?(?: file not found|: No such file)"
        ),
        Cause("it needs {0}, which newer Pythons do not have", _PYTHON),
    ),
    (
        (
            r"fatal error: '?([\w./+-]+\.h(?:pp)?)'?(?: file not found|: No such file)"
            r"|Cannot open include file: '([\w./+-]+)'"
        ),
        Cause(
            "a header is missing: {0}",
            f"install the development package that has it, or {_WHEEL}",
        ),
    ),
    (
        (
            r"Microsoft Visual C\+\+ .{0,40}is required|unable to execute '[\w./+-]+'|command '[\w./+-]+' failed"
            r"|(?:gcc|g\+\+|cc|clang|cl(?:\.exe)?): (?:command )?not found|No such file or directory: '(?:gcc|cc|g\+\+|c\+\+)'"
            r"|error: can't find Rust compiler|cargo.{0,40}not found"
        ),
        Cause(
            "a compiler is missing, or failed",
            f"install a compiler on this machine, or {_WHEEL}",
        ),
    ),
    (
        (
            r"Missing parentheses in call to '(?:print|exec)'"
            r"|name '(?:unicode|xrange|raw_input|basestring|execfile)' is not defined"
        ),
        Cause(
            "its setup is Python 2 code",
            "if the driver is for Python 2, launch it with one (--python, or pythons in the settings); else use a "
            f"newer release of the project, or {_WHEEL}",
        ),
    ),
    (
        r"No module named '?([\w.]+)'?",
        Cause(
            "its setup needs the module {0}, which it does not declare as a build requirement",
            _WHEEL,
        ),
    ),
    (
        r"No space left on device|\[Errno 28\]",
        Cause("the disk is full", "free space on the disk of driverenv's home folder"),
    ),
)
_PATTERNS = tuple((re.compile(pattern), cause) for pattern, cause in _CAUSES)


def find_cause(text: str) -> Cause | None:
    """The first common cause that the log shows, or None."""
    for pattern, cause in _PATTERNS:
        match = pattern.search(text)
        if match:
            named = next((group for group in match.groups() if group), "")
            return Cause(cause.text.format(foreign(named)), cause.remedy)
    return None


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
