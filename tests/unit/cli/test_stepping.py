from __future__ import annotations

import json
from pathlib import Path

from driverenv.cli.shell import Shell
from driverenv.cli.stepping import Steps, told
from driverenv.events import Ready, Uploading, Warned, Working
from tests.unit.cli.bench import Screen

STEP = Working("checking", "six.whl", 2, 30)


def shell(*, tty: bool) -> tuple[Shell, Screen]:
    err = Screen(tty=tty)
    return Shell({"TERM": "xterm"}, Path("/"), Screen(), err), err


def test_steps_in_words() -> None:
    assert told(STEP) == "checking 2/30 six.whl"
    assert told(Working("reading", "a\x1b[2J", 1, 0)) == "reading a\\x1b[2J"
    assert told(Uploading("six.whl", 5_000, 1_200_000)) == "uploading six.whl  5 kB of 1.2 MB"
    assert told(Ready("x", False, 1.0)) == ""


def test_only_warnings_stay_where_nobody_watches() -> None:
    on, err = shell(tty=False)
    with Steps(on) as steps:
        steps(STEP)
        steps(Warned("ODD", "something"))
    assert err.getvalue() == "warning[ODD]: something\n"
    assert [one.code for one in steps.warnings] == ["ODD"]


def test_every_step_where_it_is_wanted_and_nothing_as_json() -> None:
    on, err = shell(tty=False)
    with Steps(on, verbose=True) as steps:
        steps(STEP)
    assert err.getvalue() == "checking 2/30 six.whl\n"
    on, err = shell(tty=False)
    with Steps(on, as_json=True) as steps:
        steps(STEP)
        steps(Warned("ODD", "something"))
    assert err.getvalue() == ""
    assert json.dumps([one.text for one in steps.warnings]) == '["something"]'


def test_a_row_that_goes_away_on_a_terminal() -> None:
    on, err = shell(tty=True)
    with Steps(on) as steps:
        steps(STEP)
        steps(Working("checking", "a" * 300, 3, 30))
        steps(Warned("ODD", "something"))
    assert "checking" in err.getvalue()
    assert "something" in err.getvalue()
