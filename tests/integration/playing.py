"""driverenv in a process that may reach nobody: an audit hook ends it at the first socket or program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.integration.command_line import TIMEOUT, Done

_ALONE = """
import os, sys
def hook(event, arguments):
    if event.startswith("socket.") or event in ("subprocess.Popen", "os.posix_spawn", "os.exec", "os.system", "os.fork"):
        os.write(2, f"REACHED FOR {event} {arguments}".encode())
        os._exit(99)
sys.addaudithook(hook)
from driverenv.__main__ import main
sys.exit(main())
"""


def alone(*arguments: str | Path, cwd: Path) -> Done:
    """Run it; reaching for anybody ends it with exit code 99."""
    done = subprocess.run(
        [sys.executable, "-c", _ALONE, *map(str, arguments)],
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=TIMEOUT,
        cwd=cwd,
    )
    return Done(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))
