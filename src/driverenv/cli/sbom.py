"""`driverenv env sbom`: what is in an environment, as a CycloneDX bill of materials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driverenv.cli import locks
from driverenv.cli.parser import UsageError

if TYPE_CHECKING:
    from driverenv.cli.commands import Call

_MISSING = "CycloneDX is not installed here; it comes with: pip install 'driverenv[sbom]'"


def execute(call: Call, home: str) -> int:
    """Do what the options say; gives the exit code."""
    from driverenv.stories.materials import bill  # noqa: PLC0415 (each command loads its own story)

    options, at = call.options, locks.output(call)
    try:
        text = bill(home, options.driver, options.generation, cwd=str(call.shell.cwd))
    except ImportError as error:
        raise UsageError(_MISSING) from error
    if at is None:
        call.say(text)
    else:
        locks.write(at, text)
    return 0
