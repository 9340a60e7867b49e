from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import driverenv
from driverenv import errors
from driverenv.cli.main import main
from driverenv.cli.shell import Shell
from tests.unit.cli.bench import Bench

EXIT_CODES = {
    "SettingsInvalid": 101,
    "RequirementsInvalid": 102,
    "PolicyViolation": 103,
    "LocalVersionMismatch": 104,
    "ProjectNotFound": 105,
    "IndexUnavailable": 106,
    "Unresolvable": 107,
    "IntegrityError": 108,
    "HashMismatch": 108,
    "ArchiveRejected": 109,
    "BuildFailed": 110,
    "InterpreterNotFound": 111,
    "EnvironmentBroken": 112,
    "HomeUnusable": 113,
    "DriverNotRunnable": 114,
    "FactsInvalid": 115,
    "LockMismatch": 116,
    "RepositoryRefused": 120,
    "ServerFailed": 121,
    "UploadFailed": 122,
}


def kinds(base: type[errors.DriverEnvError] = errors.DriverEnvError) -> list[type[errors.DriverEnvError]]:
    return [kind for child in base.__subclasses__() for kind in (child, *kinds(child))]


def test_exit_codes_are_stable_and_one_for_each_class() -> None:
    found = {kind.__name__: kind.exit_code for kind in kinds() if kind.__module__ == errors.__name__}
    assert found == EXIT_CODES
    own = [code for name, code in EXIT_CODES.items() if name != "HashMismatch"]  # an IntegrityError
    assert len(set(own)) == len(own)
    assert not {0, 1, 2, 130} & set(own)


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_each_class_ends_with_its_code(bench: Bench, kind: type[errors.DriverEnvError]) -> None:
    bench.error = kind("it went wrong", facts=(("where", "here"),), remedies=("do this",), data={"more": 1})
    assert bench.run("prepare", "Switch Driver", "-q") == kind.exit_code
    assert bench.err.getvalue() == (
        f"error[{kind.default_code}]: it went wrong\n  where         here\n  to fix        do this\n"
    )
    assert bench.out.getvalue() == ""
    assert bench.run("prepare", "Switch Driver", "--json") == kind.exit_code
    assert (bench.error_json()["code"], bench.error_json()["more"]) == (kind.default_code, 1)


def failed(bench: Bench, home: Path) -> errors.DriverEnvError:
    """An error that has left a receipt."""
    error = errors.LocalVersionMismatch("nothing fits")
    error.failure = str(
        home / "failures" / "Switch Driver" / "20260101T000000.000000Z-LOCAL_NO_MATCH-00.json"
    )
    bench.error = error
    return error


def test_how_to_look_at_a_failure_again(bench: Bench) -> None:
    failed(bench, bench.home)
    bench.run("prepare", "Switch Driver", "-q")
    quoted = '"Switch Driver"' if os.name == "nt" else "'Switch Driver'"
    assert bench.err.getvalue().split("\n") == [
        "error[LOCAL_NO_MATCH]: nothing fits",
        f"to look at it again: driverenv explain --last {quoted}",
        "",
    ]


@pytest.mark.parametrize("options", [["--home", "h"], ["--home=h"], ["--config", "c.toml"]])
def test_the_home_is_named_where_it_is_not_the_usual_one(bench: Bench, options: list[str]) -> None:
    (bench.cwd / "c.toml").write_text("", encoding="utf-8")
    failed(bench, bench.cwd / "h")
    bench.run("prepare", "Switch Driver", "-q", *options)
    assert bench.err.getvalue().endswith(f" --home {bench.cwd / 'h'}\n")


def test_the_receipt_in_json(bench: Bench) -> None:
    error = failed(bench, bench.home)
    bench.run("prepare", "Switch Driver", "--json")
    assert bench.error_json()["failure"] == error.failure
    assert "legacy" not in bench.error_json()


def test_the_sentence_of_old_logs_comes_last(bench: Bench) -> None:
    error = failed(bench, bench.home)
    bench.run("prepare", "Switch Driver", "-q", "--legacy-message")
    assert bench.err.getvalue().split("\n")[-2] == error.legacy
    assert "explain --last" in bench.err.getvalue().split("\n")[-3]
    bench.run("prepare", "Switch Driver", "--legacy-message", "--json")
    assert bench.error_json()["legacy"] == error.legacy
    bench.run("prepare", "Switch Driver", "-q")
    assert "Failed to setup" not in bench.err.getvalue()


def test_interrupted(bench: Bench) -> None:
    bench.error = KeyboardInterrupt()
    assert bench.run("lock", "x", "-q") == 130
    assert bench.err.getvalue() == "interrupted\n"
    assert bench.run("lock", "x", "--json") == 130
    assert bench.error_json()["code"] == "INTERRUPTED"


def test_unexpected(bench: Bench) -> None:
    bench.error = RuntimeError("bad\x1b[31m")
    assert bench.run("lock", "x", "-q") == 1
    assert bench.err.getvalue() == (
        "error[UNEXPECTED]: RuntimeError: bad\\x1b[31m\n"
        "  This is a bug in driverenv. Please report it with the command, the output of\n"
        "  `driverenv --version`, and the traceback that --verbose adds.\n"
    )
    assert bench.run("lock", "x", "--verbose") == 1
    assert "Traceback (most recent call last)" in bench.err.getvalue()
    assert bench.run("lock", "x", "--json") == 1
    assert set(bench.error_json()) == {"code", "message"}


def test_usage(bench: Bench) -> None:
    assert bench.run("prepare") == 2
    assert bench.err.getvalue().startswith("usage: driverenv prepare ")
    assert bench.err.getvalue().endswith("error[USAGE]: the following arguments are required: DRIVER\n")
    assert bench.run("prepare", "--json") == 2
    assert bench.error_json()["code"] == "USAGE"


def test_settings_errors_name_the_argument(bench: Bench) -> None:
    assert bench.run("prepare", "x", "--local", "ftp://lab") == 101
    assert "set by        argument --local\n" in bench.err.getvalue()


def test_version_and_help(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.run("--version") == 0
    assert capsys.readouterr().out == f"driverenv {driverenv.__version__}\n"
    assert bench.run("run", "--help") == 0
    assert "DRIVER [-- ARGS]" in capsys.readouterr().out


def test_json_for_the_driver_is_not_for_us(bench: Bench) -> None:
    bench.error = errors.BuildFailed("no")
    bench.run("run", "Switch Driver", "-q", "--", "--json")
    assert bench.err.getvalue() == "error[BUILD_FAILED]: no\n"


@pytest.mark.skipif(os.name != "posix", reason="pipes end otherwise on Windows")
def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    code = "import sys; from driverenv.cli.main import main; sys.exit(main(['config', 'show']))"
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "DRIVERENV_HOME": str(tmp_path)}
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environ,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


def test_main_makes_its_own_shell(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show"]) == 0
    assert capsys.readouterr().out.startswith('mode = "online"  # default\n')
    assert Shell.__doc__
