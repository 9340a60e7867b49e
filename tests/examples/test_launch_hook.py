"""The launch hook, in place of a driver's own start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.examples.running import EXAMPLES, HELLO_INDEX, make_driver

CODE = """\
import os, sys
import hello_greeter
print(hello_greeter.greet(sys.argv[1]), os.getpid())
sys.exit(7)
"""


def hook(driver: Path, home: Path, *arguments: str, options: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    command = [sys.executable, *options, str(EXAMPLES / "launch_hook.py"), str(driver), *arguments]
    environ = {**os.environ, "SITE_INDEX": str(HELLO_INDEX), "SITE_HOME": str(home)}
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_becomes_the_driver(tmp_path: Path) -> None:
    driver = make_driver(tmp_path / "Switch Driver", "hello-greeter<2\n", CODE)
    with hook(driver, tmp_path / "home", "you") as process:
        said, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (7, "")
    assert said.startswith("Hello from you ")
    if sys.platform != "win32":
        assert said.split()[-1] == str(process.pid)


def test_the_warm_launch_loads_nothing_heavy(tmp_path: Path) -> None:
    driver = make_driver(tmp_path / "driver", "hello-greeter<2\n", CODE)
    with hook(driver, tmp_path / "home", "you") as process:
        process.communicate(timeout=60)
    with hook(driver, tmp_path / "home", "you", options=("-X", "importtime")) as process:
        said, imported = process.communicate(timeout=60)
    assert said.startswith("Hello from you ")
    names = {line.rpartition("|")[2].strip() for line in imported.splitlines()}
    assert "driverenv.warm" in names
    assert not names & {"dataclasses", "packaging", "pathlib", "httpx", "tomllib", "driverenv.errors"}


def test_an_error_is_said_whole_and_has_its_exit_code(tmp_path: Path) -> None:
    driver = make_driver(tmp_path / "driver", "hello-greeter>=99\n", CODE)
    with hook(driver, tmp_path / "home") as process:
        said, errors = process.communicate(timeout=60)
    assert (process.returncode, said) == (104, "")
    assert errors.startswith("LOCAL_NO_MATCH: ")
    assert f"{driver / 'requirements.txt'} line 1: hello-greeter>=99" in errors


def test_without_a_driver_it_says_how(tmp_path: Path) -> None:
    command = [sys.executable, str(EXAMPLES / "launch_hook.py")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "usage: launch_hook.py DRIVER_FOLDER [ARGS]\n"
