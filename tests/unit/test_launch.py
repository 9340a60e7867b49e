from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from driverenv import launch
from driverenv.errors import DriverNotRunnable, EnvironmentBroken, RequirementsInvalid
from driverenv.model.launch import Command


def python(code: str) -> Command:
    return Command([sys.executable, "-c", code], sorted(os.environ.items()))


def test_entry_points_in_order(tmp_path: Path) -> None:
    for name in ("__main__.py", "main.py", "driver.py"):
        (tmp_path / name).touch()
        assert launch.entry_point(tmp_path) == tmp_path / name


def test_a_script_is_its_own_entry_point(tmp_path: Path) -> None:
    (tmp_path / "other.py").touch()
    (tmp_path / "main.py").touch()
    (tmp_path / "requirements.txt").touch()
    assert launch.entry_point(tmp_path / "other.py") == tmp_path / "other.py"
    assert launch.entry_point(tmp_path / "requirements.txt") == tmp_path / "main.py"


def test_nothing_to_start(tmp_path: Path) -> None:
    (tmp_path / "readme.md").touch()
    with pytest.raises(DriverNotRunnable) as raised:
        launch.entry_point(tmp_path)
    assert raised.value.code == "NO_ENTRY_POINT"
    assert "driver.py, main.py, __main__.py" in str(raised.value)
    assert "readme.md" in str(raised.value)


@pytest.mark.parametrize("name", ["absent", "absent.py", "absent/requirements.txt", "file/below"])
def test_a_driver_that_is_not_there(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RequirementsInvalid, match="is not there") as raised:
        launch.entry_point(tmp_path / name)
    assert raised.value.code == "REQUIREMENTS_MISSING"


@pytest.mark.parametrize("code", [0, 1, 77])
def test_exit_codes_are_passed_on(code: int) -> None:
    assert launch.run(python(f"raise SystemExit({code})")) == code


def test_the_working_folder(tmp_path: Path) -> None:
    assert launch.run(python("open('made', 'w').close()"), cwd=tmp_path) == 0
    assert (tmp_path / "made").is_file()


def test_a_python_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentBroken, match="could not be started"):
        launch.run(Command([str(tmp_path / "python"), "x.py"], ()))


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_signal_gives_what_shells_give() -> None:
    assert launch.run(python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")) == 137


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="handlers need the main thread"
)
def test_sigterm_reaches_the_child_and_handlers_come_back(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    code = (
        "import signal, sys, time, pathlib\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(42))\n"
        f"pathlib.Path({str(tmp_path / 'up')!r}).touch()\n"
        "time.sleep(30)\n"
    )

    def send() -> None:
        deadline = time.monotonic() + 20
        while not (tmp_path / "up").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    sender = threading.Thread(target=send)
    sender.start()
    assert launch.run(python(code)) == 42
    sender.join()
    assert signal.getsignal(signal.SIGTERM) is before


def test_from_another_thread_no_handler_is_touched() -> None:
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(launch.run(python("raise SystemExit(3)"))))
    thread.start()
    thread.join()
    assert codes == [3]
