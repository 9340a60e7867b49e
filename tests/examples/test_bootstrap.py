"""What `scripts/bootstrap.py` says without doing anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "bootstrap.py"


def bootstrap(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False
    )


def test_help_goes_to_stdout() -> None:
    done = bootstrap("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "bootstrap.py demo" in done.stdout


def test_no_command_gets_the_usage() -> None:
    done = bootstrap()
    assert (done.returncode, done.stdout) == (2, "")
    assert "bootstrap.py demo" in done.stderr


def test_an_unknown_command_is_named() -> None:
    done = bootstrap("tset")
    assert done.returncode == 2
    assert done.stderr == "there is no command 'tset'; there are: demo, test (--help says more)\n"
