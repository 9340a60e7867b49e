"""The kit's sdists build, or fail, as told; without network."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from pyproject_hooks import BuildBackendHookCaller, quiet_subprocess_runner

from tests.kit import find_interpreter
from tests.kit.factories import SdistFactory
from tests.kit.sdists import Backend, Format, SdistOptions

from .test_wheels import pip, validated


def unpacked(sdist: Path, folder: Path) -> Path:
    if sdist.name.endswith(".zip"):
        with zipfile.ZipFile(sdist) as archive:
            archive.extractall(folder)  # noqa: S202 -- made here
    else:
        with tarfile.open(sdist) as archive:
            archive.extractall(folder, filter="data")
    (top,) = folder.iterdir()
    return top


def hooks(source: Path, python: Path | None = None) -> BuildBackendHookCaller:
    return BuildBackendHookCaller(
        str(source),
        "kit_backend",
        backend_path=["_kit"],
        runner=quiet_subprocess_runner,
        python_executable=str(python or sys.executable),
    )


@pytest.mark.slow
@pytest.mark.parametrize("format_", ["tar.gz", "zip"])
def test_pip_builds_with_the_kits_backend(make_sdist: SdistFactory, tmp_path: Path, format_: Format) -> None:
    files = {"corp_utils/data.ini": "[x]"}
    sdist = make_sdist("Corp.Utils", "1.0", format=format_, requires=["six"], files=files)
    assert sdist.name == f"corp_utils-1.0.{format_}"
    done = pip("wheel", "--no-index", "--no-deps", "-w", tmp_path / "out", sdist)
    assert done.returncode == 0, done.stderr
    (wheel,) = (tmp_path / "out").iterdir()
    validated(wheel)
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("corp_utils/data.ini") == b"[x]"
        assert b"Requires-Dist: six" in archive.read("corp_utils-1.0.dist-info/METADATA")


@pytest.mark.parametrize("version", ["3.8", "3.13"])
def test_the_backend_runs_on_old_and_new_pythons(
    make_sdist: SdistFactory, tmp_path: Path, version: str
) -> None:
    source = unpacked(make_sdist("six", "1.0"), tmp_path / "source")
    caller = hooks(source, find_interpreter(version))
    assert caller.get_requires_for_build_wheel() == []
    assert caller.prepare_metadata_for_build_wheel(str(tmp_path)) == "six-1.0.dist-info"
    validated(tmp_path / caller.build_wheel(str(tmp_path)))


def test_hook_requires_and_no_prepare(make_sdist: SdistFactory, tmp_path: Path) -> None:
    sdist = make_sdist("six", "1.0", hook_requires=["late>1"], build_requires=["early"], prepare=False)
    source = unpacked(sdist, tmp_path / "source")
    assert 'requires = ["early"]' in (source / "pyproject.toml").read_text()
    assert hooks(source).get_requires_for_build_wheel() == ["late>1"]
    with pytest.raises(Exception, match="prepare_metadata_for_build_wheel"):
        hooks(source).prepare_metadata_for_build_wheel(str(tmp_path), _allow_fallback=False)


@pytest.mark.slow
def test_a_missing_build_requirement_fails_offline(make_sdist: SdistFactory, tmp_path: Path) -> None:
    sdist = make_sdist("six", "1.0", build_requires=["nowhere-to-be-found"])
    done = pip("wheel", "--no-index", "--no-deps", "-w", tmp_path / "out", sdist)
    assert done.returncode != 0
    assert "nowhere-to-be-found" in done.stderr


@pytest.mark.slow
def test_a_build_can_fail_loudly(make_sdist: SdistFactory, tmp_path: Path) -> None:
    sdist = make_sdist("six", "1.0", fail="no compiler here", noise=500, build_code="print('code ran')")
    done = pip("wheel", "--no-index", "--no-deps", "-w", tmp_path / "out", sdist)
    assert done.returncode != 0
    assert "RuntimeError: no compiler here" in done.stderr
    assert "noise 499" in done.stderr
    assert "code ran" in done.stderr


def test_a_build_can_hang(make_sdist: SdistFactory, tmp_path: Path) -> None:
    source = unpacked(
        make_sdist("six", "1.0", hang=True, build_code="print('reached', flush=True)"), tmp_path / "s"
    )
    code = "import sys; sys.path.insert(0, '_kit'); import kit_backend; kit_backend.build_wheel('.')"
    with subprocess.Popen([sys.executable, "-c", code], cwd=source, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"reached" + os.linesep.encode()
        assert process.poll() is None
        process.kill()


def test_a_build_can_lie(make_sdist: SdistFactory, tmp_path: Path) -> None:
    source = unpacked(make_sdist("six", "1.0", wheel_name="seven", wheel_version="2.0"), tmp_path / "source")
    assert hooks(source).build_wheel(str(tmp_path)) == "seven-2.0-py3-none-any.whl"


@pytest.mark.parametrize(
    ("options", "present", "missing"),
    [
        ({"metadata_version": "1.1", "namespace": "corp"}, b"Metadata-Version: 1.1", b"Requires-Dist"),
        ({"metadata_version": "2.2"}, b"Requires-Dist: dep", b"Dynamic"),
        ({"dynamic": ["Requires-Dist"]}, b"Dynamic: Requires-Dist", b"Requires-Dist: dep"),
    ],
)
def test_pkg_info(
    make_sdist: SdistFactory, tmp_path: Path, options: SdistOptions, present: bytes, missing: bytes
) -> None:
    wanted: SdistOptions = {**options, "requires": ["dep"]}
    source = unpacked(make_sdist("six", "1.0", **wanted), tmp_path / "source")
    info = (source / "PKG-INFO").read_bytes()
    assert present in info
    assert missing not in info


@pytest.mark.parametrize("format_", ["zip", "tar.gz"])
def test_same_call_same_bytes(make_sdist: SdistFactory, tmp_path: Path, format_: Format) -> None:
    one, two = (make_sdist("six", "1.0", tmp_path / place, format=format_) for place in "ab")
    assert one.read_bytes() == two.read_bytes()


def embedded_setuptools() -> Path:
    """The newest setuptools wheel that virtualenv brings along."""
    files = importlib.metadata.files("virtualenv") or []
    found = [file for file in files if file.name.startswith("setuptools-") and file.suffix == ".whl"]
    newest = max(found, key=lambda file: int(file.name.split("-")[1].split(".")[0]))
    return Path(str(newest.locate()))


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["setuptools", "legacy"])
def test_setuptools_from_the_index_builds_the_other_forms(
    make_sdist: SdistFactory, tmp_path: Path, backend: Backend
) -> None:
    old: SdistOptions = {"backend": backend, "format": "zip", "metadata_version": "1.1", "namespace": "corp"}
    sdist = make_sdist("corp-core", "1.0", **old)
    wheelhouse = embedded_setuptools().parent
    done = pip("wheel", "--no-index", "--find-links", wheelhouse, "--no-deps", "-w", tmp_path / "out", sdist)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = (tmp_path / "out").iterdir()
    validated(wheel)
    with zipfile.ZipFile(wheel) as archive:
        assert "corp/core/__init__.py" in archive.namelist()


@pytest.mark.slow
def test_none_cannot_be_built(make_sdist: SdistFactory, tmp_path: Path) -> None:
    done = pip(
        "wheel", "--no-index", "--no-deps", "-w", tmp_path / "out", make_sdist("six", "1.0", backend="none")
    )
    assert done.returncode != 0
