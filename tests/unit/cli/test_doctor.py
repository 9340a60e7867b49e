from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from driverenv.cli.main import main
from driverenv.cli.shell import Shell, Stories
from driverenv.model.finding import FAIL, OK, WARN, Finding, Section
from driverenv.stories.checkup import Asked

GOOD = Section("local index lab", (Finding("index-server", OK, "server", "it answers"),))
FAIR = Section(
    "home folder",
    (Finding("home", OK, "folder", "/x"), Finding("home-space", WARN, "space", "1 GiB", "make room")),
)
BAD = Section("clock", (Finding("clock", FAIL, "clock", "it is wrong", "set it\nor wait"),))


class Doctor:
    """The command, with a story that finds what a test says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[Asked] = []

    def __call__(self, *arguments: str, found: tuple[Section, ...] = (GOOD,)) -> tuple[int, str, str]:
        def check(asked: Asked) -> Iterator[Section]:
            self.asked.append(asked)
            return iter(found)

        out, err = io.StringIO(), io.StringIO()
        shell = Shell({"HOME": str(self.folder)}, self.folder, out, err, Stories(check=check))
        return main(["doctor", *arguments], shell=shell), out.getvalue(), err.getvalue()


@pytest.fixture
def doctor(tmp_path: Path) -> Doctor:
    return Doctor(tmp_path)


@pytest.mark.parametrize(
    ("found", "code", "told"),
    [
        ((GOOD,), 0, "1 line ok"),
        ((GOOD, FAIR), 4, "1 warning, 2 lines ok"),
        ((GOOD, FAIR, BAD), 3, "1 failure, 1 warning, 2 lines ok"),
        ((), 0, "nothing was looked at"),
    ],
)
def test_the_worst_decides(doctor: Doctor, found: tuple[Section, ...], code: int, told: str) -> None:
    ended, out, err = doctor(found=found)
    assert (ended, out.splitlines()[-1], err) == (code, told, "")
    assert doctor("--json", found=found)[0] == code


def test_plain_lines(doctor: Doctor) -> None:
    _, out, _ = doctor(found=(FAIR, BAD))
    assert out == (
        "home folder\n"
        "  ok    folder          /x\n"
        "  warn  space           1 GiB\n"
        "        to fix          make room\n"
        "clock\n"
        "  fail  clock           it is wrong\n"
        "        to fix          set it\n"
        "                        or wait\n"
        "1 failure, 1 warning, 1 line ok\n"
    )


def test_quiet_is_without_what_is_well(doctor: Doctor) -> None:
    _, out, _ = doctor("--quiet", found=(GOOD, FAIR))
    assert out == (
        "home folder\n  warn  space           1 GiB\n        to fix          make room\n1 warning, 2 lines ok\n"
    )


def test_json(doctor: Doctor) -> None:
    _, out, _ = doctor("--json", found=(GOOD, BAD))
    told = json.loads(out)
    assert (told["status"], told["counts"]) == ("fail", {"ok": 1, "warn": 0, "fail": 1})
    assert [one["name"] for one in told["sections"]] == ["local index lab", "clock"]
    assert told["sections"][1]["findings"][0]["remedy"] == "set it\nor wait"


def test_what_is_asked_for(doctor: Doctor) -> None:
    doctor("--fast", "--index", "lab", "--index", "mill", "--offline")
    (asked,) = doctor.asked
    assert (asked.fast, asked.only, asked.wrong, asked.missing) == (True, ("lab", "mill"), None, ())
    assert asked.settings is not None
    assert asked.settings.policy().offline


@pytest.fixture
def settings(tmp_path: Path) -> Callable[[str], str]:
    def write(text: str) -> str:
        path = tmp_path / "driverenv.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_a_password_that_cannot_be_had(doctor: Doctor, settings: Callable[[str], str]) -> None:
    text = 'local = [{ location = "http://lab", username = "me", password_env = "NOWHERE" }]'
    doctor("--config", settings(text))
    (asked,) = doctor.asked
    assert asked.settings is not None
    assert asked.wrong is not None
    assert asked.missing == ("the variable NOWHERE, which `local[1].password_env` names, is not set",)


def test_settings_that_are_wrong(doctor: Doctor, settings: Callable[[str], str]) -> None:
    doctor("--config", settings('mode = "sometimes"'))
    (asked,) = doctor.asked
    assert (asked.settings, asked.wrong is None) == (None, False)
