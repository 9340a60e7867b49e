"""Errors and warnings in words: whole, wrapped for people, JSON for programs."""

from __future__ import annotations

import json
import textwrap
import traceback
from collections.abc import Iterable
from typing import Any

from driverenv.cli.shell import Shell
from driverenv.errors import DriverEnvError, foreign

INDENT = " " * 16
USAGE = 2
UNEXPECTED = 1
INTERRUPTED = 130

_RED = "\x1b[1;31m"
_YELLOW = "\x1b[1;33m"
_PLAIN = "\x1b[0m"


def error_text(error: DriverEnvError, *, width: int | None, colour: bool = False) -> str:
    """The block of an error: ``error[CODE]: summary``, facts, remedies; wrapped at `width` columns.

    Words are never broken: paths, URLs and commands stay whole for copying.
    """
    first, *rest = str(error).split("\n")
    head = f"error[{error.code}]"
    summary = first.removeprefix(f"{error.code}: ")
    lines = [*wrapped(f"{head}: {summary}", width, "  "), *(_fact(line, width) for line in rest)]
    block = "\n".join(lines)
    return f"{_RED}{head}{_PLAIN}{block[len(head) :]}" if colour else block


def account_text(lines: Iterable[str], *, width: int | None) -> str:
    """The lines of an explanation, wrapped at `width` columns as those of an error are."""
    return "".join(
        f"{_fact(line, width) if line[:1] == ' ' else chr(10).join(wrapped(line, width, '  '))}\n"
        for line in lines
    )


def wrapped(text: str, width: int | None, hanging: str) -> list[str]:
    """`text` in lines of at most `width` columns, but for words that are longer; None never wraps."""
    if width is None or len(text) <= width:
        return [text]
    return textwrap.wrap(
        text,
        width,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
        replace_whitespace=False,
    ) or [text]


def _fact(line: str, width: int | None) -> str:
    label, text = line[: len(INDENT)], line[len(INDENT) :]
    own = " " * (len(text) - len(text.lstrip(" ")))
    if width is None or width > 3 * len(INDENT):
        return "\n".join(wrapped(line, width, INDENT + own))
    indent = " " * 4
    lines = wrapped(indent + text, width, indent + own)
    return "\n".join((f"  {label.strip()}:", *lines) if label.strip() else lines)


def warning_line(code: str, text: str, *, colour: bool = False) -> str:
    """A warning on one line."""
    head = f"warning[{foreign(code)}]"
    shown = foreign(" ".join(text.split()), limit=2000)
    return f"{_YELLOW}{head}{_PLAIN}: {shown}" if colour else f"{head}: {shown}"


def print_error(
    error: DriverEnvError, shell: Shell, *, as_json: bool, again: str = "", legacy: bool = False
) -> int:
    """Print `error` on stderr; gives its exit code.

    `again` is the command that shows it again, `legacy` adds the sentence of old logs as the last line.
    """
    if as_json:
        more = {"failure": error.failure} if error.failure else {}
        _print_json({**error.as_dict(), **more, **({"legacy": error.legacy} if legacy else {})}, shell)
        return error.exit_code
    _say(error_text(error, width=shell.width, colour=shell.watched), shell)
    if again:
        _say(f"to look at it again: {again}", shell)
    if legacy:
        _say(error.legacy, shell)
    return error.exit_code


def print_usage_error(message: str, usage: str, shell: Shell, *, as_json: bool) -> int:
    """Print what is wrong with the arguments; gives the exit code."""
    if as_json:
        _print_json({"code": "USAGE", "message": message, "usage": usage.strip()}, shell)
    else:
        _say(f"{usage}error[USAGE]: {message}", shell)
    return USAGE


def print_interrupted(shell: Shell, *, as_json: bool) -> int:
    """Print that Ctrl+C was pressed; gives the exit code."""
    if as_json:
        _print_json({"code": "INTERRUPTED", "message": "interrupted"}, shell)
    else:
        _say("interrupted", shell)
    return INTERRUPTED


def print_unexpected(error: BaseException, shell: Shell, *, as_json: bool, verbose: bool) -> int:
    """Print an error that nobody foresaw; gives the exit code."""
    what = f"{type(error).__name__}: {foreign(error)}"
    trace = "".join(traceback.format_exception(error)) if verbose else ""
    if as_json:
        _print_json({"code": "UNEXPECTED", "message": what, **({"traceback": trace} if trace else {})}, shell)
        return UNEXPECTED
    text = (
        f"error[UNEXPECTED]: {what}\n"
        "  This is a bug in driverenv. Please report it with the command, the output of\n"
        "  `driverenv --version`, and the traceback"
    )
    _say(trace + text + (" above." if trace else " that --verbose adds."), shell)
    return UNEXPECTED


def _print_json(error: dict[str, Any], shell: Shell) -> None:
    _say(json.dumps({"error": error}, default=str), shell)


def _say(text: str, shell: Shell) -> None:
    shell.err.write(text + "\n")
    shell.err.flush()
