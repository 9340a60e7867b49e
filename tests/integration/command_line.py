"""driverenv as a launch hook calls it: a process of its own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

TIMEOUT = 100.0
"""Far more than anything here takes: it only ends what hangs."""


@dataclass(frozen=True)
class Done:
    """A process that has ended."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The block of the error, without the progress before it."""
        at = self.err.find("error[")
        return self.err[at:] if at >= 0 else ""


def driverenv(*arguments: str | Path, environ: dict[str, str] | None = None) -> Done:
    """Run it; variables are those of this process unless given."""
    command = [sys.executable, "-m", "driverenv", *map(str, arguments)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env=environ,
        stdin=subprocess.DEVNULL,
        timeout=TIMEOUT,
    )
    return Done(done.returncode, done.stdout, done.stderr)
