from __future__ import annotations

import sys
from pathlib import Path

import pytest

from driverenv.errors import InterpreterNotFound
from driverenv.interpreter import elsewhere, inspect
from driverenv.store import Store
from driverenv.stories.site import base_executable


def test_a_windows_server() -> None:
    found = elsewhere.interpreter("3.9", "win_amd64")
    target = found.target
    assert (found.executable, found.windows, target.python_full_version) == ("", True, "3.9.25")
    assert target.tags[:3] == ("cp39-cp39-win_amd64", "cp39-abi3-win_amd64", "cp39-none-win_amd64")
    assert "py3-none-any" in target.tags
    assert not any("linux" in tag or "cp310" in tag for tag in target.tags)
    assert (target.markers["sys_platform"], target.markers["os_name"]) == ("win32", "nt")
    assert target.short == "Python 3.9 (cp39, win32 AMD64)"


@pytest.mark.parametrize(
    ("platform", "best", "worst"),
    [
        ("linux_x86_64", "manylinux_2_28_x86_64", "manylinux1_x86_64"),
        ("manylinux_2_17_x86_64", "manylinux_2_17_x86_64", "manylinux1_x86_64"),
        ("manylinux2014_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"),
        ("linux_armv7l", "manylinux_2_28_armv7l", "manylinux2014_armv7l"),
        ("linux_i686", "manylinux_2_28_i686", "manylinux1_i686"),
        ("musllinux_1_2_x86_64", "musllinux_1_2_x86_64", "musllinux_1_0_x86_64"),
        ("macosx_11_0_arm64", "macosx_11_0_arm64", "macosx_10_4_universal2"),
        ("macosx_12_3_x86_64", "macosx_12_0_x86_64", "macosx_10_4_universal"),
        ("win32", "win32", "win32"),
        ("win_arm64", "win_arm64", "win_arm64"),
    ],
)
def test_platforms(platform: str, best: str, worst: str) -> None:
    target = elsewhere.interpreter("3.12", platform).target
    own = list(dict.fromkeys(tag.split("-")[2] for tag in target.tags if tag.startswith("cp312-cp312-")))
    assert best in own[:2]
    assert own[-1] == worst


def test_versions() -> None:
    assert elsewhere.interpreter("Python 3.12.1", "win32").target.python_full_version == "3.12.1"
    old = elsewhere.interpreter("2.7", "linux_x86_64").target
    assert old.tags[0] == "cp27-cp27mu-linux_x86_64"
    assert (old.markers["sys_platform"], old.markers["implementation_name"]) == ("linux2", "")
    for python in ("4.0", "3", "/usr/bin/python3", "three", "3.99"):
        with pytest.raises(InterpreterNotFound, match="no version of Python"):
            elsewhere.interpreter(python, "win32")
    assert elsewhere.is_a_version("3.9")
    assert not elsewhere.is_a_version("python3")
    for platform in ("amd64", "windows", "", "linux", "manylinux_3_1_x86_64", "macosx_9_0_ppc"):
        with pytest.raises(InterpreterNotFound, match="no platform that driverenv knows") as caught:
            elsewhere.interpreter("3.9", platform)
        assert caught.value.data == {"platform": platform}


@pytest.mark.skipif(sys.platform == "win32", reason="the names of Windows are plain")
def test_this_machine_as_another_one_sees_it(tmp_path: Path) -> None:
    here = inspect(Path(base_executable()), store=Store(tmp_path / "home")).target
    named = elsewhere.interpreter(here.python_full_version, elsewhere.platform_of(here)).target
    assert named.tags == here.tags
    changing = {"platform_release", "platform_version"}
    assert {k: v for k, v in named.markers.items() if k not in changing} == {
        k: v for k, v in here.markers.items() if k not in changing
    }


def test_the_name_of_a_platform() -> None:
    for name in ("win_amd64", "manylinux_2_17_x86_64", "musllinux_1_2_x86_64", "macosx_11_0_arm64"):
        assert elsewhere.platform_of(elsewhere.interpreter("3.9", name).target) == name
