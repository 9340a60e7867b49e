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


_CAUSES = (
    (
        r"error: use_2to3 is invalid|invalid command 'use_2to3'|use_2to3 is invalid",
        Cause(
            "it is Python 2 code that wants to be converted (use_2to3), which setuptools 58 and later cannot do",
            "use a newer release of the project, or put a wheel of it on the local index",
        ),
    ),
    (
        r"No module named '?pkg_resources'?",
        Cause(
            "its setup.py needs pkg_resources, which setuptools 82 and later do not have",
            "put a wheel of it on the local index, or a setuptools below 82 for builds",
        ),
    ),
    (
        r"python_requires.{0,80}(?:invalid|must be|Invalid)|Invalid specifier|InvalidSpecifier",
        Cause(
            "a version specifier in its setup (python_requires or a requirement) is not valid any more (PEP 440)",
            "use another release of the project, or put a wheel of it on the local index",
        ),
    ),
    (
        (
            r"fatal error: '?([\w./+-]+\.h(?:pp)?)'?(?: file not found|: No such file)"
            r"|Cannot open include file: '([\w./+-]+)'"
        ),
        Cause(
            "a header is missing: {0}",
            "install the development package that has it, or put a wheel of the project on the local index",
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
            "install a compiler on this machine, or put a wheel for it on the local index",
        ),
    ),
    (
        r"No module named '?distutils'?",
        Cause(
            "its setup.py needs distutils, which Python 3.12 and later do not have",
            "use an older Python for this driver, or put a wheel of it on the local index",
        ),
    ),
    (
        r"No module named '?([\w.]+)'?",
        Cause(
            "its setup needs the module {0}, which it does not declare as a build requirement",
            "put a wheel of it on the local index",
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
