"""The warm lane from the outside: a real process, a ready environment, and what was imported on the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from driverenv import lease, warm
from driverenv.cli import lane
from driverenv.events import Ready
from driverenv.model.launch import Environment

ROOT = Path(__file__).resolve().parents[2]

# All that the warm lane may load beyond what a bare `python -c pass` has.
LOADED_FOR_PREPARE = {
    "__future__",
    "_blake2",
    "driverenv",
    "driverenv.__main__",
    "driverenv.cli",
    "driverenv.cli.lane",
    "driverenv.boot",
    "driverenv.lease",
    "driverenv.ledger",
    "driverenv.warm",
    "fcntl",
}
LOADED_FOR_RUN = LOADED_FOR_PREPARE | {"driverenv.model", "driverenv.model.launch", "driverenv.model.noun"}

PROGRAM = """
import os, sys, time  # what every start of Python has loaded
before = set(sys.modules)
sys.path.insert(0, sys.argv.pop(1))

def become(executable, argv, environ):
    raise SystemExit(" ".join(argv[1:]))

os.execve = become
try:
    from driverenv.__main__ import main
    code = main()
except SystemExit as became:
    code = 0
    print("became", became.code)
print(*sorted(set(sys.modules) - before), file=sys.stderr)
sys.exit(code)
"""

Start = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    def _start(code: str, *argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", "-S", "-c", code, str(ROOT / "src"), *argv],
            env={**os.environ, "DRIVERENV_HOME": str(tmp_path / "home")},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return _start


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """An environment that is ready, with the records of its launch."""
    generation = tmp_path / "home" / "environments" / "k" / "Switch Driver"
    (generation / "bin").mkdir(parents=True)
    lease.make(lease.path_of(str(generation)))
    python = generation / "bin" / "python"
    if os.name == "posix":
        python.symlink_to(sys.executable)
    driver = tmp_path / "Switch Driver"
    driver.mkdir()
    (driver / "driver.py").write_text(
        "import os, sys; print(sys.argv[1:], os.environ['VIRTUAL_ENV']); sys.exit(5)", encoding="utf-8"
    )
    environment = Environment(
        prefix=str(generation),
        python=str(python),
        bin=str(generation / "bin"),
        site_packages=str(generation / "lib"),
        name="Switch Driver",
        key="k",
    )
    home, now = str(tmp_path / "home"), time.time()
    fields = {name: getattr(environment, name) for name in environment.__slots__}
    record = warm.render(checked=now, until=now + 600, fields=fields, inputs=(), stamps=())
    path = Path(warm.ask_path(home, "a" * 40))
    path.parent.mkdir(parents=True)
    path.write_text(record, encoding="utf-8")
    ready = Ready(environment.prefix, reused=False, seconds=1.0, ask="a" * 40, home=home)
    environ = {**os.environ, "DRIVERENV_HOME": home}
    for own, text, entry in (
        (["prepare", "Switch Driver"], environment.prefix, ""),
        (["prepare", "Switch Driver", "--json"], json.dumps({"reused": True}), ""),
        (["run", "Switch Driver"], "", str(driver / "driver.py")),
    ):
        lane.remember(
            own,
            environ,
            str(tmp_path),
            ready=ready,
            driver=str(driver),
            environment=environment,
            watched={},
            text=text,
            entry=entry,
        )
    return environment


def test_prepare_loads_almost_nothing(start: Start, environment: Environment) -> None:
    done = start(PROGRAM, "prepare", "Switch Driver")
    said, loaded = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (0, environment.prefix + "\n")
    assert said.startswith("ready (nothing to do) in ")
    assert set(loaded.split()) - LOADED_FOR_PREPARE == set()


def test_prepare_as_json_loads_no_more(start: Start, environment: Environment) -> None:
    done = start(PROGRAM, "prepare", "Switch Driver", "--json")
    assert json.loads(done.stdout) == {"reused": True}
    assert set(done.stderr.split()) - LOADED_FOR_PREPARE == set()


@pytest.mark.skipif(os.name != "posix", reason="there a driver is waited for, with subprocess")
def test_run_loads_almost_nothing(start: Start, environment: Environment) -> None:
    done = start(PROGRAM, "run", "Switch Driver", "--", "a b")
    driver = Path(environment.prefix).parents[3] / "Switch Driver" / "driver.py"
    assert done.stdout == f"became {driver} a b\n"
    assert set(done.stderr.splitlines()[-1].split()) - LOADED_FOR_RUN == set()


@pytest.mark.skipif(os.name != "posix", reason="the environment's Python is a symlink")
def test_run_becomes_the_driver(start: Start, environment: Environment) -> None:
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from driverenv.__main__ import main; sys.exit(main())"
    done = start(code, "run", "Switch Driver", "--", "a b", "--json")
    assert (done.returncode, done.stdout) == (5, f"['a b', '--json'] {environment.prefix}\n")
    assert done.stderr.startswith("ready (nothing to do) in ")


@pytest.mark.parametrize("command", ["prepare", "run"])
def test_what_was_removed_is_a_miss(environment: Environment, tmp_path: Path, command: str) -> None:
    os.utime(lease.path_of(environment.prefix), (1, 1))
    environ = {**os.environ, "DRIVERENV_HOME": str(tmp_path / "home")}
    record = lane.find([command, "Switch Driver"], environ, str(tmp_path), time.time())
    assert record is not None
    lane._touch(record["prefix"])
    assert os.stat(lease.path_of(environment.prefix)).st_mtime > 1
    os.unlink(lease.path_of(environment.prefix))
    with pytest.raises(FileNotFoundError):
        lane._touch(record["prefix"])


def test_a_miss_takes_the_long_way(start: Start, tmp_path: Path) -> None:
    code = (
        "import sys; sys.path[:0] = [sys.argv.pop(1)];"
        f"sys.path += {[path for path in sys.path if 'site-packages' in path]!r};"
        "from driverenv.__main__ import main; sys.exit(main())"
    )
    done = start(code, "prepare")
    assert done.returncode == 2
    assert "the following arguments are required: DRIVER" in done.stderr
    assert start(code, "--version").stdout.startswith("driverenv ")
