"""What pip makes of an environment whose distributions say where they came from."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from driverenv import Environment, Index, Policy, Request, prepare
from tests.kit.factories import WheelFactory
from tests.kit.interpreters import VERSIONS, find_interpreter

pytestmark = pytest.mark.slow
INSPECTS = (22, 2)
"""The first release of pip that has `inspect`."""


def prepared(python: Path, folder: Path, make_wheel: WheelFactory) -> Environment:
    index, driver = folder / "index", folder / "driver"
    make_wheel("alpha", "1.0", index, requires=["beta"], tag="py2.py3-none-any")
    make_wheel("beta", "2.0", index, tag="py2.py3-none-any")
    driver.mkdir()
    (driver / "requirements.txt").write_text("alpha\n", encoding="utf-8")
    policy = Policy(mode="offline", local=[Index(index, name="lab")], byte_code="never")
    return prepare(Request(driver, policy=policy, home=folder / "home", python=python))


@pytest.fixture(params=VERSIONS)
def made(
    request: pytest.FixtureRequest, tmp_path: Path, make_wheel: WheelFactory
) -> tuple[Path, Environment]:
    """An interpreter with a pip of its time, and an environment for it."""
    python = find_interpreter(request.param)
    return python, prepared(python, tmp_path, make_wheel)


def pip(python: Path, environment: Environment, *arguments: str) -> str:
    variables = {**os.environ, "PYTHONPATH": environment.site_packages, "PYTHONDONTWRITEBYTECODE": "1"}
    variables |= {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [str(python), "-m", "pip", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=variables, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_freeze_has_names_and_versions(made: tuple[Path, Environment]) -> None:
    python, environment = made
    frozen = pip(python, environment, "freeze").splitlines()
    assert {"alpha==1.0", "beta==2.0"} <= set(frozen)


def test_inspect_sees_no_direct_url(made: tuple[Path, Environment]) -> None:
    python, environment = made
    version = pip(python, environment, "--version").split()[1].split(".")
    if (int(version[0]), int(version[1])) < INSPECTS:
        pytest.skip("this pip has no inspect")
    report = json.loads(pip(python, environment, "inspect", "--path", environment.site_packages))
    rows = {
        one["metadata"]["name"]: (one["installer"], one["requested"], one.get("direct_url"))
        for one in report["installed"]
    }
    assert rows == {"alpha": ("driverenv", True, None), "beta": ("driverenv", False, None)}


def test_uninstall_takes_it_away_with_the_rest(tmp_path: Path, make_wheel: WheelFactory) -> None:
    python = Path(sys.executable)
    environment = prepared(python, tmp_path, make_wheel)
    info = Path(environment.site_packages, "alpha-1.0.dist-info")
    assert (info / "provenance_url.json").is_file()
    pip(python, environment, "--python", environment.python, "uninstall", "-y", "alpha")
    assert not info.exists()
