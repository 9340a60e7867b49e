from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from installer.scripts import Script

from driverenv.environment import scripts
from driverenv.model.plan import PlannedScript
from driverenv.model.requirement import Interpreter, Target

POSIX = Interpreter(
    executable="/usr/bin/python3",
    base_prefix="/usr",
    target=Target("3.12.1", {}, ("cp312-cp312-linux_x86_64",)),
    site_packages="lib/python3.12/site-packages",
    scripts="bin",
    include="include/site/python3.12",
    cache_tag="cpython-312",
    windows=False,
    stamp="1 2",
    identity="x",
)
TOOL = PlannedScript("bin/tool", "tool", "pkg.cli", "App.run", gui=False)


@pytest.mark.parametrize(
    "python",
    [
        "/env/bin/python",
        "/env/Switch Driver/bin/python",
        "/it's/bin/python",
        "/" + "x" * 140 + "/python",
        "/é/python",
    ],
)
def test_posix_scripts_are_those_of_installer(python: str) -> None:
    expected = Script("tool", "pkg.cli", "App.run", "console").generate(python, "posix")[1]
    assert scripts.generate(TOOL, python, POSIX) == expected


@pytest.mark.parametrize(
    ("platform", "kind"),
    [("win_amd64", "win-amd64"), ("win32", "win-ia32"), ("win_arm64", "win-arm64"), ("win_arm32", "win-arm")],
)
@pytest.mark.parametrize("gui", [False, True])
def test_windows_launchers(platform: str, kind: str, gui: bool) -> None:
    windows = replace(POSIX, windows=True, target=Target("3.12.1", {}, (f"cp312-cp312-{platform}",)))
    assert scripts.launcher_kind(windows) == kind
    python = "C:\\env\\Switch Driver\\Scripts\\python.exe"
    made = scripts.generate(TOOL._replace(gui=gui), python, windows)
    assert made.startswith(b"MZ")
    assert (b"#!C:\\env\\Switch Driver\\Scripts\\python" + (b"w.exe" if gui else b".exe")) in made


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"#!python\nx", b"#!/env/bin/python\nx"),
        (b"#!pythonw\r\nx", b"#!/env/bin/python\nx"),
        (b"#!python", b"#!/env/bin/python"),
        (b"#!/usr/bin/env python\nx", b"#!/usr/bin/env python\nx"),
        (b"\x7fELF#!python", b"\x7fELF#!python"),
        (b"", b""),
    ],
)
def test_first_lines_that_name_python(content: bytes, expected: bytes) -> None:
    assert scripts.rewritten(content, "/env/bin/python", windows=False) == expected


def test_first_lines_on_windows() -> None:
    python = str(Path("C:/e/Scripts/python.exe"))
    assert scripts.rewritten(b"#!python\r\nx", python, windows=True) == b"#!" + python.encode() + b"\nx"
    assert b"pythonw.exe" in scripts.rewritten(b"#!pythonw\nx", python, windows=True)
