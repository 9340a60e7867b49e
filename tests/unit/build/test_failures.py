from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from driverenv._cell.terms import DISK, MEMORY, PROCESSES, TIME, Held, Report
from driverenv.build.failures import Asked, cycle, ended, failed, forbidden, limit_reached, unconfined
from driverenv.build.limits import of
from driverenv.errors import BuildFailed, DriverEnvError
from driverenv.model.site import Policy

ASKED = Asked("widget", "1.0", "widget-1.0.tar.gz", "ab" * 32)
LIMITS = of(Policy(build_limits={"minutes": 5}))
NONE = Path("none.log")


def reached(limit: str, detail: str = "") -> BuildFailed:
    return limit_reached(ASKED, Report(None, limit, "", Held(), detail), LIMITS, NONE)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (failed(ASKED, "it ended with status 1"), "BUILD_FAILED"),
        (ended(ASKED, "setuptools.build_meta", 1, LIMITS, NONE), "BUILD_FAILED"),
        (reached(TIME), "BUILD_TIMEOUT"),
        (reached(MEMORY), "BUILD_LIMIT"),
        (reached(DISK, "folders more than 200 deep"), "BUILD_LIMIT"),
        (unconfined(ASKED, "no"), "BUILD_UNCONFINED"),
        (cycle(ASKED, ("a 1", "widget 1.0", "b 2")), "BUILD_CYCLE"),
        (forbidden(ASKED, "never"), "BUILD_FORBIDDEN"),
        (forbidden(ASKED, "local"), "BUILD_FORBIDDEN"),
    ],
)
def test_each_says_what_of_which_and_what_to_do(error: DriverEnvError, code: str) -> None:
    assert error.code == code
    assert "widget 1.0" in error.summary
    assert "widget-1.0.tar.gz" in str(error)
    assert error.remedies
    assert error.data["project"] == "widget"
    assert pickle.loads(pickle.dumps(error)).as_dict() == error.as_dict()  # noqa: S301 (our own)


def test_log_and_cause(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("one\nModuleNotFoundError: No module named 'pkg_resources'\n")
    error = failed(ASKED, "it ended", log)
    labels = [label for label, _ in error.facts]
    assert labels == ["sdist", "what happened", "likely cause", "end of log", "whole log"]
    assert '"widget" = ["setuptools<82"]' in error.remedies[0]


def test_a_limit_is_named_with_its_value_and_its_setting() -> None:
    error = reached(TIME)
    assert "it did not end within 5 minutes, and was stopped" in str(error)
    assert "`minutes` in `build_limits`" in error.remedies[0]
    assert error.data["limit"] == "minutes"
    assert "more than 512 processes at once" in str(reached(PROCESSES))
    assert "folders more than 200 deep" in str(reached(DISK, "folders more than 200 deep"))


def test_a_limit_that_shows_itself_as_a_failure(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("Traceback\nMemoryError\n")
    error = ended(ASKED, "backend", 1, LIMITS, log)
    assert (error.code, error.data["limit"]) == ("BUILD_LIMIT", "memory_mib")
    assert "it ran out of memory: a build may have 4096 MiB of memory in each process" in str(error)


def test_how_it_ended() -> None:
    assert "backend ended with status 3" in str(ended(ASKED, "backend", 3, LIMITS, NONE))
    assert "was killed by the system" in str(ended(ASKED, "backend", -9, LIMITS, NONE))
