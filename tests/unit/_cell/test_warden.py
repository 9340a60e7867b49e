"""The program, as driverenv starts it; what it is told here goes wrong in the telling."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import driverenv
from driverenv._cell.warden import STARTER


def start(data: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-I", "-S", "-c", STARTER, str(Path(driverenv.__file__).parents[1])]
    return subprocess.run(command, input=data, capture_output=True, check=False)


def test_no_order_no_run() -> None:
    done = start(b"")
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"no order\n")


def test_half_an_order() -> None:
    assert start(b'{"argv":').returncode == 1


def test_what_is_no_order() -> None:
    done = start(b"{}\n")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"KeyError" in done.stderr


def test_the_warden_starts_with_little() -> None:
    """It is started for each step of each build."""
    code = f"{STARTER.partition(';')[0]}; sys.path.append({str(Path(driverenv.__file__).parents[1])!r})\n"
    code += "before = set(sys.modules); import driverenv._cell.posix; print(*set(sys.modules) - before)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert not loaded & {"subprocess", "dataclasses", "pathlib", "inspect", "typing_extensions", "packaging"}
