"""One error for all that is wrong."""

from __future__ import annotations

import json
import pickle

import pytest

from driverenv.errors import DriverEnvError, PolicyViolation, RequirementsInvalid
from driverenv.requirements import parse_lines
from driverenv.requirements.problem import SYNTAX, Problem, complaint, redacted

WRONG = Problem(SYNTAX, "r.txt", 2, 3, "a =1", "a single = compares nothing", "a ==1")
REFUSED = Problem("POLICY_URL", "r.txt", 1, 1, "https://u:p@h.test/x", "a URL")


def test_malformed_counts_before_refused() -> None:
    assert isinstance(complaint([REFUSED, WRONG], "r.txt"), RequirementsInvalid)
    assert isinstance(complaint([REFUSED], "r.txt"), PolicyViolation)
    assert complaint([REFUSED], "r.txt").code == "POLICY_URL"


def test_the_caret_stands_where_it_goes_wrong_even_after_escapes() -> None:
    text = str(complaint([WRONG._replace(raw="\x1b\u00a0a=1", column=4)], "r.txt"))
    line, caret = text.split("\n")[2:4]
    assert line[caret.index("^")] == "="
    assert "\x1b" not in text


def test_long_lines_are_cut_around_it() -> None:
    text = str(complaint([WRONG._replace(raw="x" * 5000 + "=1", column=5001)], "r.txt"))
    line, caret = text.split("\n")[2:4]
    assert line[caret.index("^")] == "="
    assert len(line) < 300


def test_it_survives_pickling_and_hides_credentials() -> None:
    error = complaint([REFUSED, WRONG], "r.txt")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 (our own)
    assert "u:p" not in str(error.as_dict())
    assert redacted("git+https://me@h/x") == "git+https://***@h/x"


@pytest.mark.parametrize(
    "line",
    [
        "x @ https://h/x.whl?token=s3cret",
        "--index-url https://u:a/s3cret@h/simple",
        "--index-url https://h/simple?tok=s3cret",
        "x @ https:/u:s3cret@h/x",
        "x @ //u:s3cret@h/x",
        "u:s3cret@h/x.whl",
        "--trusted-host u:s3cret@h",
        "--config-settings=pw=s3cret",
        "x --config-settings pw=s3cret",
        "git+https://u:s3cret@h/x#egg=x",
    ],
)
def test_no_password_or_token_is_ever_shown(line: str) -> None:
    assert "s3cret" not in redacted(line)
    with pytest.raises(DriverEnvError) as raised:
        parse_lines([line], file="requirements.txt")
    assert "s3cret" not in str(raised.value)
    assert "s3cret" not in json.dumps(raised.value.as_dict())
