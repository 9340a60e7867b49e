from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from driverenv.errors import InterpreterNotFound
from driverenv.interpreter import examination
from driverenv.interpreter.examination import examine

BASE = Path(getattr(sys, "_base_executable", sys.executable))


def test_what_it_is_and_that_it_is_whole() -> None:
    found = examine(BASE)
    assert found.interpreter.target.python_full_version.startswith(f"{sys.version_info.major}.")
    assert found.lacking == ()


def test_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    program = examination._PROGRAM.replace("import sys\n", "import sys; sys.modules['sqlite3'] = None\n", 1)
    monkeypatch.setattr(examination, "_PROGRAM", program)
    assert examine(BASE).lacking == ("sqlite3",)
    assert examine(BASE, parts=False).lacking == ()


def test_one_that_says_nothing_of_it_lacks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "_PROGRAM", "print('hello')")
    assert examine(BASE).lacking == ()
    monkeypatch.setattr(examination, "_TIMEOUT", 0.0)
    assert examine(BASE).lacking == ()


def test_what_is_no_python(tmp_path: Path) -> None:
    with pytest.raises(InterpreterNotFound):
        examine(tmp_path / "nowhere")


def test_the_question_is_one_that_every_python_understands() -> None:
    done = subprocess.run([BASE, "-c", examination._PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "driverenv-lacks:"
