"""Look at a Python without remembering it: what it is, and which parts of its library it lacks."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from driverenv.interpreter.inspection import base_facts, describe
from driverenv.interpreter.probe import OPTIONS
from driverenv.model.requirement import Interpreter

WANTED = ("ssl", "sqlite3", "zlib", "ctypes")
"""Parts that are left out where a Python was built without the libraries behind them; drivers miss them later."""
_OPENING = "driverenv-lacks:"
_TIMEOUT = 20.0
_PROGRAM = r"""
import sys
lacking = []
for name in @WANTED@:
    try:
        __import__(name)
    except Exception:
        lacking.append(name)
sys.stdout.write("\n@OPENING@" + ",".join(lacking) + "\n")
""".replace("@WANTED@", repr(WANTED)).replace("@OPENING@", _OPENING)


@dataclass(frozen=True, slots=True)
class Examined:
    """A Python."""

    interpreter: Interpreter
    lacking: tuple[str, ...]
    """Of `WANTED`, what cannot be imported."""


def examine(executable: Path, *, parts: bool = True) -> Examined:
    """Run it and ask, also for the parts of its library. Raises `InterpreterNotFound`: it does not run, or answer."""
    interpreter = describe(base_facts(executable))
    return Examined(interpreter, _lacking(interpreter.executable) if parts else ())


def _lacking(executable: str) -> tuple[str, ...]:
    """Nothing where it does not say: it has said that it runs."""
    try:
        done = subprocess.run(
            [executable, *OPTIONS, "-c", _PROGRAM],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        if line.startswith(_OPENING):
            said = line.removeprefix(_OPENING).split(",")
            return tuple(name for name in WANTED if name in said)
    return ()
