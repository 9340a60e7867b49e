from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from driverenv import lease
from driverenv.model.launch import Command, Environment, Request, held
from driverenv.model.site import Index, Policy
from tests.unit.model.copies import pickled

POSIX = Environment(
    prefix="/home/x/environments/k/Switch Driver",
    python="/home/x/environments/k/Switch Driver/bin/python",
    bin="/home/x/environments/k/Switch Driver/bin",
    site_packages="/home/x/environments/k/Switch Driver/lib/python3.11/site-packages",
    name="Switch Driver",
    key="k",
)
WINDOWS = Environment(
    prefix="C:\\d\\environments\\k\\Switch Driver",
    python="C:\\d\\environments\\k\\Switch Driver\\Scripts\\python.exe",
    bin="C:\\d\\environments\\k\\Switch Driver\\Scripts",
    site_packages="C:\\d\\environments\\k\\Switch Driver\\Lib\\site-packages",
    name="Switch Driver",
    key="k",
)


def test_a_request_takes_paths_and_text(tmp_path: Path) -> None:
    request = Request(tmp_path / "driver", home=tmp_path / "home", python=tmp_path / "python")
    assert request.driver == str(tmp_path / "driver")
    assert (request.home, request.python) == (str(tmp_path / "home"), str(tmp_path / "python"))
    assert request == Request(
        str(tmp_path / "driver"), home=str(tmp_path / "home"), python=str(tmp_path / "python")
    )
    assert Request("driver") == Request("driver", policy=None, home=None, python=None, name=None)


def test_nouns_of_a_launch_are_values() -> None:
    policy = Policy(local=[Index("http://reader:s3cret@lab/")])
    for noun in (Request("driver", policy=policy, python="3.12"), POSIX, Command(["a"], [("b", "c")])):
        assert pickled(noun) == noun
        assert "s3cret" not in repr(noun)
        with pytest.raises(AttributeError, match="immutable"):
            noun.name = "other"


def test_the_receipt_lies_beside_the_prefix() -> None:
    assert POSIX.receipt == "/home/x/environments/k/receipt.json"
    assert WINDOWS.receipt == "C:\\d\\environments\\k\\receipt.json"


def test_a_command() -> None:
    command = POSIX.command(["driver.py", "--fast"], environ={"PATH": "/usr/bin", "LANG": "C"})
    assert command.argv == (POSIX.python, "driver.py", "--fast")
    assert command.environ == {
        "LANG": "C",
        "PATH": f"{POSIX.bin}:/usr/bin",
        "VIRTUAL_ENV": POSIX.prefix,
    }
    assert command == POSIX.command(("driver.py", "--fast"), environ={"LANG": "C", "PATH": "/usr/bin"})


def test_the_environment_of_a_command_is_a_copy() -> None:
    command = POSIX.command(["x"], environ={})
    command.environ["PATH"] = "elsewhere"
    assert command.environ["PATH"] == POSIX.bin


def test_a_command_on_windows() -> None:
    command = WINDOWS.command(["driver.py"], environ={"Path": "C:\\Windows", "SYSTEMROOT": "C:\\Windows"})
    assert command.environ == {
        "Path": f"{WINDOWS.bin};C:\\Windows",
        "SYSTEMROOT": "C:\\Windows",
        "VIRTUAL_ENV": WINDOWS.prefix,
    }


@pytest.mark.parametrize(
    "name", ["PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONEXECUTABLE", "PythonPath"]
)
def test_no_other_python_leaks_into_the_driver(name: str) -> None:
    assert name not in POSIX.command(["x"], environ={name: "/elsewhere"}).environ


def test_an_outer_virtual_environment_is_replaced() -> None:
    assert POSIX.command(["x"], environ={"VIRTUAL_ENV": "/other"}).environ["VIRTUAL_ENV"] == POSIX.prefix


def test_a_command_does_not_show_variables() -> None:
    command = Command(("python",), (("TOKEN", "s3cret"),))
    assert "s3cret" not in repr(command)
    assert "python" in repr(command)


def started(environment: Environment) -> Command:
    return environment.replace(python=sys.executable).command(["-c", "input()"], environ=os.environ)


def test_what_a_command_starts_holds_the_environment(tmp_path: Path) -> None:
    (tmp_path / "lease").touch()
    command = started(POSIX.replace(prefix=str(tmp_path / "Switch Driver")))
    assert command.leases == (str(tmp_path / "lease"),)
    with command.popen(stdin=subprocess.PIPE) as process:
        assert lease.is_held(command.leases[0])
        process.communicate(b"\n", timeout=60)
    assert command.run(input=b"\n").returncode == 0
    assert not lease.is_held(command.leases[0])


def test_a_lease_for_others_who_start_something(tmp_path: Path) -> None:
    environment = POSIX.replace(prefix=str(tmp_path / "Switch Driver"))
    with pytest.raises(FileNotFoundError):
        environment.lease()
    (tmp_path / "lease").touch()
    with environment.lease() as taken:
        assert lease.is_held(str(tmp_path / "lease"))
        assert taken.options
    assert not lease.is_held(str(tmp_path / "lease"))


@pytest.mark.slow
def test_a_command_refers_to_what_its_environment_holds(tmp_path: Path) -> None:
    path = str(tmp_path / "lease")
    lease.make(path)
    environment = POSIX.replace(prefix=str(tmp_path / "Switch Driver"))
    assert held(environment, lease.hold(path))
    assert not held(POSIX.replace(), None)
    command = environment.command([], environ={})
    copy = pickled(environment)
    del environment
    gc.collect()
    assert lease.is_held(path)
    assert copy.prefix == str(tmp_path / "Switch Driver")
    del command
    gc.collect()
    assert not lease.is_held(path)
