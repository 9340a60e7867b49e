from __future__ import annotations

import pytest

from driverenv.archive.rules import MAX_SCRIPTS, Label
from driverenv.archive.scripts import Script, check_name, parse
from driverenv.errors import ArchiveRejected

LABEL = Label("a.whl")


def read(text: str) -> tuple[Script, ...]:
    return parse(text.encode(), LABEL, "entry_points.txt")


def test_parse() -> None:
    text = (
        "# comment\n[console_scripts]\r\nrun = pkg.mod:App.main\n; more\nold=pkg:main [extra1,extra2]\n\n"
        "[gui_scripts]\nwin : = pkg:gui\n[other group]\nany thing = at:all\n[gui_scripts]\nrun = a:b\n"
    ).replace("win : =", "win =")
    assert read(text) == (
        Script("run", "pkg.mod", "App.main"),
        Script("old", "pkg", "main"),
        Script("win", "pkg", "gui", gui=True),
        Script("run", "a", "b", gui=True),
    )


@pytest.mark.parametrize(
    "row",
    [
        "../evil = a:b",
        "a/b = a:b",
        "a b = a:b",
        " = a:b",
        "run",
        "run = a",
        "run = a:",
        "run = a:b; import os",
        "run = a:b()",
        "run = a b:c",
        "run = a:b\nrun = a:c",
        "python = a:b",
        "Python3.11.exe = a:b",
        "pythonw = a:b",
        "activate = a:b",
        "Activate.ps1 = a:b",
        "deactivate = a:b",
        "activate_this.py = a:b",
        "run. = a:b",
        "-run = a:b",
    ],
)
def test_bad_scripts(row: str) -> None:
    with pytest.raises(ArchiveRejected) as caught:
        read(f"[console_scripts]\n{row}\n")
    assert caught.value.data["rule"] == "entry-points"


def test_too_many() -> None:
    rows = "\n".join(f"s{number} = a:b" for number in range(MAX_SCRIPTS + 1))
    with pytest.raises(ArchiveRejected):
        read(f"[console_scripts]\n{rows}")


def test_not_text() -> None:
    with pytest.raises(ArchiveRejected):
        parse(b"\xff", LABEL, "entry_points.txt")


@pytest.mark.parametrize(
    "name", ["python-argcomplete-check", "activate-global-python-argcomplete", "ipython3", "pip3.11", "f2py"]
)
def test_real_names_that_only_begin_so(name: str) -> None:
    check_name(name, LABEL, "")
