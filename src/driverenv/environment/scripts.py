"""Scripts of entry points, and the first line of scripts that a wheel brings along.

On POSIX the text is the one that `installer` writes (a test compares them); on Windows `installer`
makes the launchers. It is imported only there: its import takes longer than making an environment.
"""

from __future__ import annotations

import shlex
from typing import Literal

from driverenv.model.plan import PlannedScript
from driverenv.model.requirement import Interpreter

_TEMPLATE = """\
# -*- coding: utf-8 -*-
import re
import sys
from {module} import {imported}
if __name__ == "__main__":
    sys.argv[0] = re.sub(r"(-script\\.pyw|\\.exe)?$", "", sys.argv[0])
    sys.exit({attribute}())
"""
_LONGEST_SIMPLE = 127
_PYTHON = b"#!python"
LauncherKind = Literal["win-amd64", "win-arm", "win-arm64", "win-ia32"]
_LAUNCHERS: dict[str, LauncherKind] = {"win_arm64": "win-arm64", "win_arm32": "win-arm", "win32": "win-ia32"}


def generate(script: PlannedScript, python: str, interpreter: Interpreter) -> bytes:
    """The content of the script; `python` is the final path of the environment's executable."""
    if interpreter.windows:
        return _launcher(script, python, interpreter)
    code = _TEMPLATE.format(
        module=script.module, imported=script.attribute.split(".")[0], attribute=script.attribute
    )
    return shebang(python) + b"\n" + code.encode()


def shebang(python: str) -> bytes:
    """The first line for a POSIX script; a path with blanks, or a long one, goes through `/bin/sh`."""
    path = python.encode("utf-8", "surrogateescape")
    if b" " not in path and len(path) + len(b"#!\n") <= _LONGEST_SIMPLE:
        return b"#!" + path
    quoted = shlex.quote(python).encode("utf-8", "surrogateescape")
    return b"#!/bin/sh\n'''exec' " + quoted + b' "$0" "$@"\n' + b"' '''"


def rewritten(content: bytes, python: str, *, windows: bool) -> bytes:
    """A script from a wheel's `.data/scripts`: `#!python` becomes the environment's Python (PEP 427)."""
    if not content.startswith(_PYTHON):
        return content
    first, newline, rest = content.partition(b"\n")
    if windows:
        executable = python.replace("python.exe", "pythonw.exe") if first.startswith(b"#!pythonw") else python
        return b"#!" + executable.encode("utf-8", "surrogateescape") + newline + rest
    return shebang(python) + newline + rest


def _launcher(script: PlannedScript, python: str, interpreter: Interpreter) -> bytes:
    from installer.scripts import Script  # noqa: PLC0415 (50 ms, and only for Windows)

    made = Script(script.name, script.module, script.attribute, "gui" if script.gui else "console")
    return made.generate(python, launcher_kind(interpreter))[1]


def launcher_kind(interpreter: Interpreter) -> LauncherKind:
    """Which of the Windows launchers suits the target."""
    platforms = {tag.rpartition("-")[2] for tag in interpreter.target.tags}
    return next((kind for platform, kind in _LAUNCHERS.items() if platform in platforms), "win-amd64")
