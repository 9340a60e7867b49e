from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from driverenv.build import process
from driverenv.build.process import keep_log, own_python, scrubbed
from tests.unit._cell.running import AMPLE, Runner


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


def test_output_goes_to_the_log(tmp_path: Path) -> None:
    runner = Runner(tmp_path / "cell")
    code = "import os, sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3 + len(sys.stdin.read()))"
    assert runner.run(code).status == 3
    assert runner.run("print('more')").status == 0
    assert runner.said().split() == ["out", "err", "more"]


def test_time_is_limited(tmp_path: Path) -> None:
    runner = Runner(tmp_path / "cell", AMPLE._replace(seconds=0.5))
    assert runner.run("import time; time.sleep(3600)")[:2] == (None, "time")


def test_descriptors_are_not_inherited(tmp_path: Path) -> None:
    with (tmp_path / "secret").open("w") as secret:
        os.set_inheritable(secret.fileno(), True)
        assert Runner(tmp_path / "cell").run(f"import os; os.fstat({secret.fileno()})").status == 1


def test_a_warden_that_dies_is_told(tmp_path: Path) -> None:
    """Its own parent stands in for whatever may end it."""
    runner = Runner(tmp_path / "cell", isolation="off")
    if sys.platform == "linux":
        code = (
            "import os\n"
            "keeper = os.getppid()\n"
            "warden = int(open('/proc/%d/stat' % keeper).read().rpartition(')')[2].split()[1])\n"
            "os.kill(warden, 9)\nimport time; time.sleep(3600)"
        )
        report = runner.run(code)
        assert report.error == "what watches the build ended with status -9"


def test_a_warden_that_cannot_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "STARTER", "raise SystemExit('no')")
    runner = Runner(tmp_path / "cell")
    assert runner.run("").error == "what watches the build ended with status 1"
    assert runner.said() == "no\n"


def test_whoever_stops_waiting_stops_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(process, "_report", interrupted)
    runner = Runner(tmp_path / "cell", AMPLE._replace(seconds=0.5))
    with pytest.raises(KeyboardInterrupt):
        runner.run("import time; time.sleep(3600)")


def test_the_python_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    assert os.path.isfile(own_python())
    monkeypatch.setattr(sys, "_base_executable", "/opt/server/server.exe")
    monkeypatch.setattr(sys, "executable", "/opt/server/server.exe")
    assert own_python().startswith(sys.base_exec_prefix)
    monkeypatch.setattr(sys, "base_exec_prefix", "/opt/server")
    with pytest.raises(FileNotFoundError, match="there is no program of the Python that runs driverenv"):
        own_python()


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
