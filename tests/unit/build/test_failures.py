from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from driverenv.build.failures import Asked, cycle, failed, forbidden, timed_out
from driverenv.errors import DriverEnvError

ASKED = Asked("widget", "1.0", "widget-1.0.tar.gz", "ab" * 32)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (failed(ASKED, "it ended with status 1"), "BUILD_FAILED"),
        (timed_out(ASKED, 600.0, Path("none.log")), "BUILD_TIMEOUT"),
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
    assert "setuptools below 82" in error.remedies[0]


def test_seconds_are_readable() -> None:
    assert "within 600 s" in str(timed_out(ASKED, 600.0, Path("none.log")))
