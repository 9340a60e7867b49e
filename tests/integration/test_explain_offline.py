"""A failed launch is explained from its receipt: nobody is reached for, and the whole account is there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.integration.command_line import Done, driverenv
from tests.integration.playing import alone
from tests.kit.factories import PypiServerFactory
from tests.unit.stories.bench import Bench

pytestmark = pytest.mark.slow


@pytest.fixture
def url(bench: Bench, pypiserver: PypiServerFactory) -> str:
    """A real pypiserver over the bench's folder."""
    bench.index.mkdir(exist_ok=True)
    return pypiserver(bench.index, fallback=False).url


def fail(bench: Bench, url: str, requirements: str, *more: str | Path) -> Done:
    """A launch that must fail; after it nothing is left of the site but its home."""
    options = ("--local", url, "--offline", "--home", bench.home, *more)
    failed = driverenv("prepare", bench.driver(requirements), "-q", *options)
    assert failed.code > 100, failed.err
    shutil.rmtree(bench.root / "drivers")
    return failed


def explained(bench: Bench, *arguments: str) -> Done:
    return alone("explain", *arguments, "--home", bench.home, cwd=bench.root)


def test_the_error_and_the_whole_account(bench: Bench, url: str) -> None:
    bench.wheel("alpha", requires=["beta>=2"])
    bench.wheel("beta", "1.0")
    bench.wheel("beta", "2.0", tag="cp27-cp27m-win32")
    failed = fail(bench, url, "alpha\nghost\n")
    told = explained(bench, "--last", "Switch Driver")
    assert told.code == 0, told.err
    error = failed.error.removeprefix("error[LOCAL_NO_MATCH]: ").rpartition("to look at it again")[0]
    assert f"LOCAL_NO_MATCH: {error}" in told.out
    assert "\nalpha\n  required by   " in told.out
    assert "alpha-1.0-py3-none-any.whl: fits what is asked of it here" in told.out
    assert "beta-2.0-cp27-cp27m-win32.whl: it is for cp27-cp27m-win32" in told.out
    assert "\nghost\n  required by   " in told.out
    assert f"asked         {url}" in told.out
    assert "not asked     public PyPI (https://pypi.org/simple/): offline mode" in told.out


def test_the_command_that_the_error_names_is_ready_to_run(bench: Bench, url: str) -> None:
    failed = fail(bench, url, "ghost\n")
    line = failed.err.rstrip("\n").rpartition("\n")[2]
    assert line == f"to look at it again: driverenv explain --last 'Switch Driver' --home {bench.home}"


def test_one_project(bench: Bench, url: str) -> None:
    bench.wheel("alpha", requires=["ghost"])
    fail(bench, url, "alpha\n")
    told = explained(bench, "--last", "Switch Driver", "GHOST", "--json")
    assert [row["project"] for row in json.loads(told.out)["projects"]] == ["ghost"]
    wrong = explained(bench, "--last", "Switch Driver", "ghots")
    assert wrong.code == 105
    assert "similar       ghost: a slip of the pen?" in wrong.err


def test_an_index_that_is_down(bench: Bench) -> None:
    failed = fail(bench, "http://127.0.0.1:9/", "alpha\nbeta\n")
    assert failed.code == 106
    told = explained(bench, "--last", "Switch Driver")
    assert "LOCAL_DOWN: the local index cannot be reached" in told.out
    assert told.out.count("no answer     LOCAL_DOWN") == 1
    assert "\nbeta\n" in told.out


def test_another_driver_of_the_same_name(bench: Bench, url: str) -> None:
    """Drivers share names: the path decides, and else the newest."""
    fail(bench, url, "first\n")
    other = bench.root / "elsewhere" / "Switch Driver"
    other.mkdir(parents=True)
    (other / "requirements.txt").write_text("second\n", encoding="utf-8")
    options = ("--local", url, "--offline", "--home", bench.home, "-q")
    assert driverenv("prepare", other, *options).code == 105
    assert "NOT_FOUND" not in explained(bench, "--last", "drivers/Switch Driver").out
    assert "ABSENT_OFFLINE: first" in explained(bench, "--last", "drivers/Switch Driver").out
    assert "ABSENT_OFFLINE: second" in explained(bench, "--last", "elsewhere/Switch Driver").out
    assert "ABSENT_OFFLINE: second" in explained(bench, "--last", "Switch Driver").out


def test_a_receipt_that_was_carried_away(bench: Bench, url: str) -> None:
    """A vendor gets one file: it explains, and it plays."""
    failed = fail(bench, url, "ghost\n", "--name", "Rack 3")
    (receipt,) = bench.home.glob("failures/Rack 3/*.json")
    carried = shutil.copy(receipt, bench.root / "receipt.json")
    shutil.rmtree(bench.home)
    told = alone("explain", "--failure", "receipt.json", cwd=bench.root)
    assert told.out.startswith("the launch of Rack 3 failed at ")
    played = alone("replay", carried, cwd=bench.root)
    assert (played.code, failed.error.startswith(played.error)) == (105, True)


def test_nothing_failed(bench: Bench) -> None:
    told = explained(bench, "--last", "Switch Driver")
    assert told.code == 115
    assert "no failed launch of Switch Driver is remembered" in told.err
