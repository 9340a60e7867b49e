from __future__ import annotations

import pytest

from driverenv.cli.printing import account_text, error_text, warning_line
from driverenv.errors import LocalVersionMismatch
from tests.unit.cli.bench import Bench

ERROR = LocalVersionMismatch(
    "the local index has packaging, but no version that fits packaging>=99",
    facts=(
        ("required by", "/srv/drivers/Switch Driver/requirements.txt line 1"),
        ("local index", "lab (http://lab:8036)\n3 versions: 20.0, 20.1, 20.2"),
        ("local index", "spare"),
    ),
    remedies=("put a version that fits packaging>=99 into the local index", "or relax the requirement"),
)


def test_unwrapped_where_nobody_watches() -> None:
    assert error_text(ERROR, width=None) == str(ERROR).replace("LOCAL_NO_MATCH:", "error[LOCAL_NO_MATCH]:", 1)


def test_wrapped_at_60_columns() -> None:
    assert error_text(ERROR, width=60) == (
        "error[LOCAL_NO_MATCH]: the local index has packaging, but no\n"
        "  version that fits packaging>=99\n"
        "  required by   /srv/drivers/Switch Driver/requirements.txt\n"
        "                line 1\n"
        "  local index   lab (http://lab:8036)\n"
        "                3 versions: 20.0, 20.1, 20.2\n"
        "                spare\n"
        "  to fix        put a version that fits packaging>=99 into\n"
        "                the local index\n"
        "                or relax the requirement"
    )


def test_narrow_terminals_put_labels_above() -> None:
    assert error_text(ERROR, width=40) == (
        "error[LOCAL_NO_MATCH]: the local index\n"
        "  has packaging, but no version that\n"
        "  fits packaging>=99\n"
        "  required by:\n"
        "    /srv/drivers/Switch\n"
        "    Driver/requirements.txt line 1\n"
        "  local index:\n"
        "    lab (http://lab:8036)\n"
        "    3 versions: 20.0, 20.1, 20.2\n"
        "    spare\n"
        "  to fix:\n"
        "    put a version that fits\n"
        "    packaging>=99 into the local index\n"
        "    or relax the requirement"
    )


def test_an_account_is_wrapped_as_an_error_is() -> None:
    lines = (
        "six",
        "  required by   requirements.txt line 1: six>=1.16",
        "",
        "LOCAL_NO_MATCH: nothing fits six>=1.16 here",
    )
    assert account_text(lines, width=None) == "\n".join((*lines, ""))
    assert account_text(lines, width=50) == (
        "six\n"
        "  required by   requirements.txt line 1: six>=1.16\n"
        "\n"
        "LOCAL_NO_MATCH: nothing fits six>=1.16 here\n"
    )
    assert account_text(lines, width=30) == (
        "six\n"
        "  required by:\n"
        "    requirements.txt line 1:\n"
        "    six>=1.16\n"
        "\n"
        "LOCAL_NO_MATCH: nothing fits\n"
        "  six>=1.16 here\n"
    )


@pytest.mark.parametrize("width", range(20, 120, 7))
def test_no_word_is_lost_at_any_width(width: int) -> None:
    words = error_text(ERROR, width=width).replace("required by:", "required by").split()
    assert " ".join(words).replace("local index:", "local index").replace("to fix:", "to fix") == " ".join(
        error_text(ERROR, width=None).split()
    )


def test_colour_only_on_a_terminal(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.error, bench.events = ERROR, []
    bench.run("prepare", "x")
    assert "\x1b" not in bench.err.getvalue()
    bench.run("prepare", "x", tty=True)
    assert bench.err.getvalue().startswith("\x1b[1;31merror[LOCAL_NO_MATCH]\x1b[0m: ")
    bench.environ["NO_COLOR"] = "1"
    bench.run("prepare", "x", tty=True)
    assert "\x1b" not in bench.err.getvalue()


def test_a_warning_is_one_line() -> None:
    assert warning_line("A", "b\n  c\x1b") == "warning[A]: b c\\x1b"
    assert warning_line("A", "b", colour=True) == "\x1b[1;33mwarning[A]\x1b[0m: b"
