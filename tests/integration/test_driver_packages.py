"""Drivers as sites hand them over, on real Pythons, from a folder index, offline."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.integration.command_line import driverenv
from tests.kit import requires_interpreter
from tests.kit.factories import WheelFactory
from tests.unit.driver.packing import zipped

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
PROGRAM = "import os, sys, lab\nprint('%s on %d.%d as %s' % ((lab.__version__,) + sys.version_info[:2] + (os.path.basename(sys.prefix),)))\n"


@pytest.fixture
def index(tmp_path: Path, make_wheel: WheelFactory) -> Path:
    folder = tmp_path / "index"
    folder.mkdir()
    make_wheel(
        "lab", "2.0", folder, files={"lab.py": "__version__ = '2.0'\n"}, tag="py2.py3-none-any", module=None
    )
    return folder


def members(
    metadata: str | None, *, entry: str = "driver.py", requirements: str = "lab\n"
) -> Mapping[str, bytes | str]:
    files: dict[str, bytes | str] = {entry: PROGRAM, "requirements.txt": requirements}
    if metadata is not None:
        files["drivermetadata.xml"] = metadata
    return files


def run(tmp_path: Path, index: Path, driver: str, *more: str) -> tuple[int, str, str]:
    given = ("--home", tmp_path / "home", "--local", index, "--offline")
    done = driverenv("run", tmp_path / driver, *given, *more)
    return done.code, done.out, done.err


@requires_interpreter("2.7")
def test_a_driver_that_declares_nothing_runs_on_python_2_7(tmp_path: Path, index: Path) -> None:
    driver = '<?xml version="1.0" encoding="utf-16"?>\n<Driver Name="Old Switch"\n  Version="1.0.0"/>'
    (tmp_path / "Old Switch.zip").write_bytes(zipped(members(driver)))
    for _ in range(2):
        status, out, err = run(tmp_path, index, "Old Switch.zip")
        assert (status, out) == (0, "2.0 on 2.7 as Old Switch\n"), err
    assert list((tmp_path / "home" / "launches").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("form", ["folder", "zip", "shell", "folder-inside", "script-zip"])
def test_every_form_runs(tmp_path: Path, index: Path, form: str) -> None:
    metadata = f'<Driver Name="Lab" PythonVersion="{HERE}"/>'
    name = "Lab Switch"
    if form == "folder":
        (tmp_path / name).mkdir()
        for file, text in members(metadata).items():
            (tmp_path / name / file).write_text(str(text))
    else:
        content = members(
            None if form == "script-zip" else metadata,
            entry="__main__.py" if form == "script-zip" else "driver.py",
        )
        data = zipped(content)
        if form == "shell":
            data, name = zipped({"shell-definition.yaml": "", "Lab Switch.zip": data}), "Shell"
        elif form == "folder-inside":
            data = zipped({f"inner/{file}": text for file, text in content.items()})
        (tmp_path / f"{name}.zip").write_bytes(data)
        name += ".zip"
    status, out, err = run(tmp_path, index, name)
    assert (status, out.partition(" as ")[0]) == (0, f"2.0 on {HERE}"), err


def test_a_script_with_a_header(tmp_path: Path, index: Path) -> None:
    (tmp_path / "job.py").write_text(f"# /// script\n# dependencies = ['lab>=2']\n# ///\n{PROGRAM}")
    status, out, err = run(tmp_path, index, "job.py")
    assert (status, out[:6]) == (0, "2.0 on"), err
    (tmp_path / "job.py").write_text(f"# /// script\n# dependencies = ['lab>=3']\n# ///\n{PROGRAM}")
    status, out, err = run(tmp_path, index, "job.py")
    assert status == 104
    assert "job.py line 2: lab>=3" in err


@pytest.mark.slow
def test_the_lane_gives_variables_too(tmp_path: Path, index: Path) -> None:
    (tmp_path / "driver.py").write_text("import os\nprint(os.environ['LOG_PATH'])\n")
    settings = tmp_path / "driverenv.toml"
    settings.write_text('[variables]\nLOG_PATH = "/var/log/lab=1"\n')
    for _ in range(2):
        status, out, err = run(tmp_path, index, ".", "--config", str(settings))
        assert (status, out) == (0, "/var/log/lab=1\n"), err


def test_a_zip_that_changes_is_seen(tmp_path: Path, index: Path) -> None:
    path = tmp_path / "Lab.zip"
    path.write_bytes(zipped(members(None)))
    assert run(tmp_path, index, "Lab.zip")[0] == 0
    path.write_bytes(zipped(members(None, requirements="lab>2\n")))
    status, _, err = run(tmp_path, index, "Lab.zip")
    assert status == 104
    assert "Lab.zip/requirements.txt line 1: lab>2" in err
    assert str(tmp_path / "home" / "launches") not in err
