from __future__ import annotations

import json

import pytest

from tests.kit.wheels import make_wheel
from tests.unit.cli.bench import Bench

NEW = "six-2.0-py3-none-any.whl"


@pytest.fixture
def site(bench: Bench) -> Bench:
    make_wheel(bench.cwd / "idx", "six", "1.0")
    make_wheel(bench.cwd / "new", "six", "2.0")
    bench.environ |= {"DRIVERENV_LOCAL": str(bench.cwd / "idx"), "DRIVERENV_MODE": "offline"}
    for name, text in (
        ("A pinned", "six==1.0\n"),
        ("B any", "six\n"),
        ("C none", ""),
        ("D bad", "nothing\n"),
    ):
        (bench.cwd / "drivers" / name).mkdir(parents=True)
        (bench.cwd / "drivers" / name / "requirements.txt").write_text(text, encoding="utf-8")
    return bench


def test_the_table(site: Bench) -> None:
    assert site.run("impact", "--add", "new", "--remove", "six==1.0", "--drivers", "drivers") == 3
    lines = [line.split() for line in site.out.getvalue().splitlines()]
    assert lines[:2] == [["+", NEW], ["-", "six-1.0-py3-none-any.whl"]]
    assert lines[2][:4] == ["would", "fail", "A", "pinned"]
    assert lines[3][:4] == ["fails", "anyway", "D", "bad"]
    assert lines[4][:4] == ["would", "change", "B", "any"]
    assert lines[4][5:] == ["six", "1.0", f"({site.cwd}/idx)", "->", "2.0", f"({site.cwd}/idx)"]
    assert lines[5] == ["unchanged", "1", "driver"]
    assert " ".join(lines[6]) == (
        "4 drivers: 1 would fail, 1 fails anyway, 1 would change, 1 unchanged; nothing was placed"
    )


def test_as_json_and_what_is_missing(site: Bench) -> None:
    assert site.run("impact", "--add", "new", "--drivers", "drivers/B any", "--json") == 0
    told = json.loads(site.out.getvalue())
    assert (told["counts"]["changes"], told["drivers"][0]["changes"][0]["project"]) == (1, "six")
    for words, expected in (
        ((), "say what would be done"),
        (("--add", "new"), "no driver is known"),
        (("--add", "new", "--only-drivers"), "no driver is known"),
    ):
        assert site.run("impact", *words) == 2
        assert expected in site.err.getvalue()


def test_a_narrow_terminal(site: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert site.run("impact", "--remove", "six", "--drivers", "drivers", tty=True) == 3
    assert max(len(line) for line in site.out.getvalue().splitlines() if "/" not in line) <= 40


def test_nothing_goes_in_or_out_where_drivers_would_fail(site: Bench) -> None:
    check = ("--check", "--drivers", "drivers", "--json")
    assert site.run("index", "remove", "six", *check) == 120
    assert site.error_json()["code"] == "WOULD_FAIL"
    assert (site.cwd / "idx" / "six-1.0-py3-none-any.whl").exists()
    assert site.run("index", "add", "new", *check) == 0
    assert json.loads(site.out.getvalue())["impact"]["counts"]["changes"] == 1
    assert site.run("index", "remove", "six==1.0", "--anyway", *check[:3]) == 0
    assert "would fail        A pinned" in site.out.getvalue()
    assert "taken out: six-1.0-py3-none-any.whl" in site.out.getvalue()
    assert site.run("index", "push", "new", "--url", "http://127.0.0.1:9", *check) == 120
    assert site.error_json()["code"] == "NOT_A_LOCAL_INDEX"
