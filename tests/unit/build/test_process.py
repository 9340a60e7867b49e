from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from driverenv.build.process import keep_log, run, scrubbed


def test_scrubbed(tmp_path: Path) -> None:
    environ = {
        "PATH": "/usr/bin",
        "LANG": "C.UTF-8",
        "SystemRoot": "C:\\Windows",
        "AWS_SECRET_ACCESS_KEY": "hunter2",
        "PIP_INDEX_URL": "https://user:hunter2@host/",
        "HTTPS_PROXY": "http://user:hunter2@proxy/",
        "PYTHONPATH": "/evil",
        "HOME": "/root",
    }
    found = scrubbed(environ, bin_folder="/env/bin", home=tmp_path / "home", tmp=tmp_path / "tmp")
    assert "hunter2" not in str(found)
    assert "PYTHONPATH" not in found
    assert found["PATH"] == "/env/bin" + os.pathsep + "/usr/bin"
    assert found["HOME"] == found["USERPROFILE"] == str(tmp_path / "home")
    assert found["TMPDIR"] == found["TEMP"] == str(tmp_path / "tmp")
    assert (found["LANG"], found["SystemRoot"]) == ("C.UTF-8", "C:\\Windows")
    assert int(found["SOURCE_DATE_EPOCH"]) > 315532800  # zip knows nothing before 1980


@pytest.mark.parametrize(("environ", "path"), [({}, os.defpath), ({"Path": "x"}, "x"), ({"PATH": ""}, "")])
def test_path(tmp_path: Path, environ: dict[str, str], path: str) -> None:
    found = scrubbed(environ, bin_folder="/env/bin", home=tmp_path, tmp=tmp_path)
    assert found["PATH"] == ("/env/bin" + os.pathsep + path if path else "/env/bin")


def start(code: str, log: Path, timeout: float = 60.0) -> int:
    return run(
        [sys.executable, "-c", code], cwd=str(log.parent), environ=os.environ, log=log, timeout=timeout
    )


def test_output_goes_to_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = "import os, sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3 + len(sys.stdin.read()))"
    assert start(code, log) == 3
    assert start("print('more')", log) == 0
    assert log.read_text().split() == ["out", "err", "more"]


def test_time_is_limited(tmp_path: Path) -> None:
    code = "import time; print('begun', flush=True); time.sleep(3600)"
    with pytest.raises(subprocess.TimeoutExpired):
        start(code, tmp_path / "log", timeout=1.0)


def test_descriptors_are_not_inherited(tmp_path: Path) -> None:
    with (tmp_path / "secret").open("w") as secret:
        os.set_inheritable(secret.fileno(), True)
        code = f"import os; os.fstat({secret.fileno()})"
        assert start(code, tmp_path / "log") != 0


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OSError):  # noqa: PT011 (differs by platform)
        run([str(tmp_path / "none")], cwd=str(tmp_path), environ={}, log=tmp_path / "log", timeout=1)


def test_keep_log(tmp_path: Path) -> None:
    log, kept = tmp_path / "log", tmp_path / "logs" / "kept.log"
    assert keep_log(log, kept).read_text() == ""
    log.write_text("x")
    assert keep_log(log, kept).read_text() == "x"
    assert not log.exists()


def test_old_pythons_read_paths_in_any_locale(tmp_path: Path) -> None:
    assert scrubbed({}, bin_folder="/b", home=tmp_path, tmp=tmp_path)["LC_CTYPE"] == "C.UTF-8"
    told = scrubbed({"LANG": "de_DE.UTF-8"}, bin_folder="/b", home=tmp_path, tmp=tmp_path)
    assert (told["LANG"], "LC_CTYPE" in told) == ("de_DE.UTF-8", False)
