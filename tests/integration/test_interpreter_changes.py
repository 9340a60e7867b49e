"""A base interpreter that is patched, replaced or moved: its environments are stale, new ones are made, and it is told."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from driverenv import Environment, Index, InterpreterChanged, Policy, Request, prepare
from driverenv.events import Event, Warned
from tests.kit.factories import WheelFactory
from tests.kit.interpreters import find_interpreter

pytestmark = pytest.mark.slow

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
DRIVER = f'<Driver Name="Lab" PythonVersion="{HERE}"/>'


def base(place: Path) -> Path:
    """A Python of its own: another file than the machine's, with the same library."""
    real = find_interpreter(HERE)
    executable = place / "bin" / real.name
    executable.parent.mkdir(parents=True)
    shutil.copy2(os.path.realpath(real), executable)
    (place / "lib").symlink_to(real.parent.parent / "lib")
    asked = subprocess.run(
        [executable, "-c", "import sys; print(sys.base_prefix)"], capture_output=True, text=True, check=False
    )
    if asked.stdout.strip() != str(place):
        pytest.skip("this Python is not to be found where its executable is copied")
    return executable


class Lab:
    """A driver that means a version, and a site that says which Python that is."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.events: list[Event] = []
        driver = root / "Lab"
        driver.mkdir()
        (driver / "requirements.txt").write_text("six\n", encoding="utf-8")
        (driver / "drivermetadata.xml").write_text(DRIVER, encoding="utf-8")

    def prepare(self, python: Path, *, sharing: str = "link") -> Environment:
        index = Index(self._root / "index", name="lab")
        policy = Policy(
            mode="offline",
            local=[index],
            byte_code="never",
            pythons={HERE: str(python)},
            sharing=sharing,
        )
        self.events.clear()
        request = Request(self._root / "Lab", policy=policy, home=self._root / "home")
        return prepare(request, on_event=self.events.append)

    def told(self) -> list[InterpreterChanged]:
        warned = [
            one.text for one in self.events if isinstance(one, Warned) and one.code == "INTERPRETER_CHANGED"
        ]
        told = [one for one in self.events if isinstance(one, InterpreterChanged)]
        assert len(warned) == len(told)
        assert all(one.executable in text for one, text in zip(told, warned, strict=True))
        return told


@pytest.fixture
def lab(tmp_path: Path, make_wheel: WheelFactory) -> Lab:
    (tmp_path / "index").mkdir()
    make_wheel("six", "1.0", tmp_path / "index")
    return Lab(tmp_path)


def test_patched_in_place(lab: Lab, tmp_path: Path) -> None:
    python = base(tmp_path / "python")
    first = lab.prepare(python)
    assert lab.told() == []
    status = python.stat()
    os.utime(python, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))
    second = lab.prepare(python)
    assert second.prefix != first.prefix
    (told,) = lab.told()
    assert (told.name, told.was, told.executable) == ("Lab", str(python), str(python))
    assert told.was_version == told.version == ".".join(map(str, sys.version_info[:3]))
    assert told.prefix == first.prefix
    assert any(isinstance(one, Warned) and "was replaced by another build" in one.text for one in lab.events)
    lab.prepare(python)
    assert lab.told() == []  # told once


def test_moved(lab: Lab, tmp_path: Path) -> None:
    python = base(tmp_path / "python")
    first = lab.prepare(python)
    shutil.move(tmp_path / "python", tmp_path / "moved")
    moved = tmp_path / "moved" / "bin" / python.name
    second = lab.prepare(moved)
    (told,) = lab.told()
    assert (told.was, told.executable, told.prefix) == (str(python), str(moved), first.prefix)
    done = subprocess.run([second.python, "-c", "import six"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_its_last_environment_is_gone_as_well(lab: Lab, tmp_path: Path) -> None:
    python = base(tmp_path / "python")
    first = lab.prepare(python)
    shutil.rmtree(Path(first.prefix).parent)
    python.touch()
    lab.prepare(python)
    (told,) = lab.told()
    assert (told.was, told.prefix) == ("", "")
    assert told.was_version == told.version


def test_another_policy_is_no_other_interpreter(lab: Lab, tmp_path: Path) -> None:
    python = base(tmp_path / "python")
    lab.prepare(python)
    lab.prepare(python, sharing="copy")
    assert lab.told() == []
