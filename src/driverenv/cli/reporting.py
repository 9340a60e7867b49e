"""`driverenv report`: a home, a driver or an environment as one page for a browser, or the same as JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from driverenv.cli import locks
from driverenv.cli.parser import UsageError
from driverenv.cli.progress import things
from driverenv.errors import foreign

if TYPE_CHECKING:
    from driverenv.cli.commands import Call
    from driverenv.report import Report


def execute(call: Call, home: str) -> int:
    """Do what the options say; gives the exit code."""
    from driverenv.report import render  # noqa: PLC0415 (each command loads its own story)
    from driverenv.stories.reporting import report  # noqa: PLC0415

    options, at = call.options, locks.output(call)
    if at is None and not options.json and call.shell.out.isatty():
        raise UsageError("argument -o/--output: name a file for the page, which is for a browser")
    found = report(home, options.target, cwd=str(call.shell.cwd), now=_now(call.shell.environ))
    text = json.dumps(found.as_dict(), indent=2) + "\n" if options.json else render(found)
    if at is None:
        call.say(text)
        return 0
    locks.write(at, text)
    if not options.quiet:
        call.shell.err.write(f"{foreign(at, limit=1000)}: {_told(found)}\n")
    return 0


def _now(environ: Mapping[str, str]) -> float:
    """When the report is made: now, or what `SOURCE_DATE_EPOCH` says (reproducible-builds.org)."""
    said = environ.get("SOURCE_DATE_EPOCH", "")
    return float(said) if said.isascii() and said.isdecimal() and len(said) < 12 else time.time()  # noqa: PLR2004


def _told(found: Report) -> str:
    looks = f", {things(len(found.problems), 'thing')} to look at" if found.problems else ""
    return f"{things(len(found.drivers) + found.left_out, 'driver')}{looks}"
