from __future__ import annotations

import json

import pytest

from tests.kit.wheels import make_wheel
from tests.unit.cli.bench import Bench


@pytest.fixture
def site(bench: Bench) -> Bench:
    make_wheel(bench.cwd / "idx", "six", "1.0")
    bench.environ |= {"DRIVERENV_LOCAL": str(bench.cwd / "idx"), "DRIVERENV_MODE": "offline"}
    for name, text in (("A good", "six\n"), ("B bad", "six>=2\nnowhere\n"), ("C broken", "six>=\n")):
        (bench.cwd / "drivers" / name).mkdir(parents=True)
        (bench.cwd / "drivers" / name / "requirements.txt").write_text(text, encoding="utf-8")
    return bench


def test_the_list(site: Bench) -> None:
    targets = ("--python", "3.9", "--python", "3.12", "--platform", "win_amd64")
    assert site.run("missing", "drivers", *targets) == 3
    lines = [line.strip() for line in site.out.getvalue().splitlines()]
    assert lines[:6] == [
        "absent    nowhere",
        "ABSENT_OFFLINE: nowhere: no local index has it, and offline mode asks no other",
        "for B bad",
        "unfit     six>=2",
        f"LOCAL_NO_MATCH: the local index {site.cwd}/idx has six, but nothing there fits six>=2",
        "for B bad",
    ]
    assert lines[6:] == ["failed    C broken", lines[7], "for C broken", lines[-1]]
    assert lines[-1] == "3 drivers, 2 targets: 1 absent, 1 unfit, 1 failed"


def test_as_json_and_where_nothing_is_missing(site: Bench) -> None:
    assert site.run("missing", "drivers/A good") == 0
    assert site.out.getvalue() == "nothing is missing: 1 driver, 1 target\n"
    assert site.run("missing", "drivers", "drivers/B bad", "--json", "--platform", "win32") == 3
    told = json.loads(site.out.getvalue())
    assert told["counts"] == {"absent": 1, "unfit": 1, "failed": 1}
    assert (told["complete"], len(told["drivers"])) == (False, 3)
    assert {one["wanted"] for one in told["missing"]} == {"nowhere", "six>=2", None}
    assert told["missing"][0]["error"]["code"]


def test_what_makes_no_sense(site: Bench) -> None:
    for words, code, text in (
        (("missing",), 2, "DRIVERS"),
        (("missing", "nothing here"), 102, "there is no driver in"),
        (("missing", "drivers", "--platform", "amd64"), 111, "no platform that driverenv knows"),
        (("missing", "drivers", "--python", "4", "--platform", "win32"), 111, "no version of Python"),
    ):
        assert site.run(*words) == code, words
        assert text in site.err.getvalue()
