"""Against public PyPI as it is today. Run with `-m online`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from driverenv import Environment, Index, Mode, Policy, Request, prepare
from driverenv.errors import LocalVersionMismatch
from driverenv.events import Asked, Event
from driverenv.stories.lock import lock
from tests.kit.factories import PypiServerFactory, WheelFactory
from tests.kit.interpreters import find_interpreter

pytestmark = [pytest.mark.online, pytest.mark.timeout(600)]

RUNNING = ".".join(map(str, sys.version_info[:3]))
POPULAR = ["requests", "paramiko", "jinja2", "pyyaml", "numpy"]
DRIVER = ["cloudshell-shell-core>=5.0.0,<6.0.0", "cloudshell-automation-api>=2022.2"]


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for all: what was fetched once is not fetched again."""
    return tmp_path_factory.mktemp("online") / "home"


def driver(folder: Path, requirements: list[str]) -> Path:
    folder.mkdir()
    (folder / "requirements.txt").write_text("".join(f"{one}\n" for one in requirements), encoding="utf-8")
    return folder


def run(environment: Environment, code: str) -> list[str]:
    done = subprocess.run([environment.python, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def compiled_by_uv(requirements: list[str]) -> dict[str, str]:
    """The pins of `uv pip compile` for the running Python."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        pytest.skip("uv is neither beside this Python nor on PATH")
    command = [uv, "pip", "compile", "-", "--no-config", "--no-header", "--no-annotate", "--quiet"]
    command += ["--python", sys.executable, "--python-version", RUNNING]
    command += ["--default-index", "https://pypi.org/simple"]
    done = subprocess.run(command, input="\n".join(requirements), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pins = (line.split("==") for line in done.stdout.splitlines() if "==" in line)
    return {canonicalize_name(name): version for name, version in pins}


def test_the_same_pins_as_uv(tmp_path: Path, shared_home: Path) -> None:
    """Both on the same day. A difference means that a release appeared in between: run it again."""
    found = lock(Request(driver(tmp_path / "driver", POPULAR), policy=Policy(), home=shared_home))
    pins = {pin.name: pin.version for pin in found.pins}
    assert pins == compiled_by_uv(POPULAR)
    assert set(map(canonicalize_name, POPULAR)) < set(pins)
    assert all(dict(pin.hashes).get("sha256") for pin in found.pins)


@pytest.mark.parametrize("version", ["3.9", "3.12"])
def test_a_real_driver_launches(tmp_path: Path, shared_home: Path, version: str) -> None:
    """One of its requirements has only sdists on public PyPI."""
    python = find_interpreter(version)
    folder = driver(tmp_path / "Cisco IOS Router Driver", DRIVER)
    request = Request(folder, policy=Policy(byte_code="now"), home=shared_home, python=python)
    made = prepare(request)
    code = (
        "import sys, cloudshell.shell.core, cloudshell.api.cloudshell_api as api\n"
        "print('.'.join(map(str, sys.version_info[:2])))\n"
        "print(sys.prefix)\n"
        "print(api.__file__)\n"
        "print(api.CloudShellAPISession.__name__)\n"
    )
    running, prefix, file, name = run(made, code)
    assert (running, prefix, name) == (version, made.prefix, "CloudShellAPISession")
    assert Path(prefix).name == "Cisco IOS Router Driver"
    assert file.startswith(made.site_packages)
    events: list[Event] = []
    assert prepare(request, on_event=events.append) == made
    assert [type(event).__name__ for event in events] == ["Ready"]


def test_a_real_pypiserver_whose_fallback_leads_to_real_pypi(
    tmp_path: Path, shared_home: Path, make_wheel: WheelFactory, pypiserver: PypiServerFactory
) -> None:
    make_wheel("packaging", "20.9")
    server = pypiserver(make_wheel.folder, fallback=True)
    policy = Policy(local=[Index(server.url, name="lab")])
    asked: list[Event] = []
    folder = driver(tmp_path / "driver", ["packaging", "requests"])
    found = lock(Request(folder, policy=policy, home=shared_home), on_event=asked.append)
    pins = {pin.name: (pin.version, pin.public) for pin in found.pins}
    assert pins["packaging"] == ("20.9", False)
    assert pins["requests"][1]
    public = {event.project for event in asked if isinstance(event, Asked) and event.public}
    assert "packaging" not in public
    (folder / "requirements.txt").write_text("packaging>=99\n", encoding="utf-8")
    with pytest.raises(LocalVersionMismatch, match=r"20\.9"):
        lock(Request(folder, policy=policy, home=shared_home))
    offline = policy.replace(mode=Mode.OFFLINE)
    (folder / "requirements.txt").write_text("packaging\n", encoding="utf-8")
    assert [pin.name for pin in lock(Request(folder, policy=offline, home=shared_home)).pins] == ["packaging"]
