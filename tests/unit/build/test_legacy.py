"""The hooks of old Pythons, played by these Pythons."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from pyproject_hooks import BackendUnavailable, BuildBackendHookCaller, HookMissing

from driverenv.build import legacy
from tests.kit import find_interpreter, requires_interpreter
from tests.unit.test_build import INTERPRETER

BACKEND = """
import os, sys

class Hooks(object):
    def get_requires_for_build_wheel(self, config_settings=None):
        return ["six", "python%d.%d" % sys.version_info[:2]]

    def build_wheel(self, wheel_directory, config_settings=None, metadata_directory=None):
        assert isinstance(wheel_directory, str)
        with open(os.path.join(wheel_directory, "made.whl"), "w") as out:
            out.write(os.getcwd())
        return "made.whl"

hooks = Hooks()
"""
OLD = [pytest.param(version, marks=requires_interpreter(version)) for version in ("2.7", "3.6")]


@pytest.mark.parametrize(
    ("version", "needed"), [("2.7.18", True), ("3.6.15", True), ("3.7.0", False), ("3.14.0rc1", False)]
)
def test_whom_it_is_for(version: str, needed: bool) -> None:
    target = replace(INTERPRETER.target, python_full_version=version)
    assert legacy.is_needed(replace(INTERPRETER, target=target)) is needed


def caller(folder: Path, version: str, backend: str, path: list[str] | None) -> BuildBackendHookCaller:
    def run(
        cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None
    ) -> None:
        subprocess.run(
            legacy.with_program(cmd, folder),
            cwd=cwd,
            env={"LC_CTYPE": "C.UTF-8", **(extra_environ or {})},
            check=True,
        )

    return BuildBackendHookCaller(
        str(folder / "source"), backend, path, runner=run, python_executable=str(find_interpreter(version))
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "inside").mkdir(parents=True)
    (folder / "inside" / "backend.py").write_text(BACKEND)
    (tmp_path / "out é").mkdir()
    return folder


@pytest.mark.parametrize("version", OLD)
def test_a_backend_is_asked_and_builds(tmp_path: Path, source: Path, version: str) -> None:
    hooks = caller(tmp_path, version, "backend:hooks", ["inside"])
    assert hooks.get_requires_for_build_wheel() == ["six", f"python{version}"]
    assert hooks.build_wheel(str(tmp_path / "out é")) == "made.whl"
    assert (tmp_path / "out é" / "made.whl").read_text() == str(source)


@pytest.mark.parametrize("version", OLD)
def test_what_is_not_there(tmp_path: Path, source: Path, version: str) -> None:
    (source / "inside" / "empty.py").touch()
    with pytest.raises(BackendUnavailable):
        caller(tmp_path, version, "nowhere", ["inside"]).build_wheel(str(tmp_path))
    empty = caller(tmp_path, version, "empty", ["inside"])
    assert empty.get_requires_for_build_wheel() == []
    with pytest.raises(HookMissing):
        empty.build_wheel(str(tmp_path))


@pytest.mark.parametrize("version", OLD)
def test_a_backend_that_fails_fails_the_process(tmp_path: Path, source: Path, version: str) -> None:
    (source / "inside" / "broken.py").write_text(
        "def build_wheel(*args, **kwargs):\n    raise RuntimeError\n"
    )
    with pytest.raises(subprocess.CalledProcessError):
        caller(tmp_path, version, "broken", ["inside"]).build_wheel(str(tmp_path))
