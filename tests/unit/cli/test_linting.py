from __future__ import annotations

import json

import pytest

from tests.kit.wheels import make_wheel
from tests.unit.cli.bench import Bench


def test_in_words_and_as_json(bench: Bench) -> None:
    make_wheel(bench.cwd / "idx", "six", "1.0")
    assert bench.run("index", "lint", "idx") == 0
    assert bench.out.getvalue().replace(str(bench.cwd), "") == "1 file in /idx: nothing is wrong\n"
    for number in range(30):
        (bench.cwd / "idx" / f"old-{number}.egg").write_bytes(b"x")
    (bench.cwd / "idx" / "seven-1.0.zip").write_bytes(b"")
    assert bench.run("index", "lint", "idx") == 3
    lines = bench.out.getvalue().splitlines()
    assert lines[0].startswith("error[HALF_COPIED]: ")
    assert "  seven-1.0.zip: it is empty" in lines
    assert "  and 10 more (--verbose shows them)" in lines
    assert bench.run("index", "lint", "idx", "--json") == 3
    told = json.loads(bench.out.getvalue())
    assert told["counts"] == {"error": 2, "warning": 30, "note": 0}
    assert told["findings"][0]["code"] == "HALF_COPIED"
    (bench.cwd / "idx" / "seven-1.0.zip").unlink()
    make_wheel(bench.cwd / "idx", "old", "1.0")
    assert bench.run("index", "lint", "idx", "--names-only") == 0
    assert "by their names alone" in bench.out.getvalue()
    assert bench.run("index", "lint", "idx", "--strict") == 3


def test_colours_and_columns_of_a_terminal(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    (bench.cwd / "idx").mkdir()
    (bench.cwd / "idx" / "six-1.0.zip").write_bytes(b"")
    assert bench.run("index", "lint", "idx", tty=True) == 3
    assert "\x1b[1;31merror[HALF_COPIED]\x1b[0m: " in bench.out.getvalue()
    bench.environ["NO_COLOR"] = "1"
    assert bench.run("index", "lint", "idx", tty=True) == 3
    assert "\x1b" not in bench.out.getvalue()
    assert max(len(line) for line in bench.out.getvalue().splitlines() if "/" not in line) <= 50


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--credentials",), "a server of the settings only"),
        (("--ask-public", "--offline"), "have no public index, or are offline"),
    ],
)
def test_what_is_not_done(bench: Bench, words: tuple[str, ...], expected: str) -> None:
    (bench.cwd / "idx").mkdir()
    assert bench.run("index", "lint", "idx", *words) == 2
    assert expected in bench.err.getvalue()
