from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from driverenv import Environment, Exemption, Request, boot, prepare, warm
from driverenv.environment import check
from driverenv.errors import DriverEnvError, EnvironmentBroken, IndexUnavailable, LocalVersionMismatch
from driverenv.events import Asked, Ready, Started, Warned
from driverenv.stories.outage import last_answer
from driverenv.stories.site import open_site
from tests.unit.stories.bench import Bench

HOUR = 3600.0
WEEK = 7 * 24 * HOUR


def record(bench: Bench) -> Path:
    (path,) = bench.home.glob("asks/*")
    return path


def age(bench: Bench, seconds: float) -> None:
    """Make the record older, by both clocks; no test waits."""
    rows = [line.partition(" ") for line in record(bench).read_text(encoding="utf-8").split("\n")]
    aged = [f"{kind}{gap}{_aged(kind, rest, seconds)}" for kind, gap, rest in rows]
    record(bench).write_text("\n".join(aged), encoding="utf-8")


def _aged(kind: str, rest: str, seconds: float) -> str:
    if kind in ("checked", "until"):
        return repr(float(rest) - seconds)
    uptime, gap, boot = rest.partition(" ")
    return f"{float(uptime) - seconds!r}{gap}{boot}" if kind == "run" else rest


def outage(bench: Bench) -> None:
    bench.index.rename(bench.root / "away")


def over(bench: Bench) -> bool:
    (path,) = bench.home.glob("asks/*")
    now = time.time()
    found = warm.find(str(bench.home), path.name, now, boot=boot.identity(now), uptime=boot.uptime())
    return found is None


@pytest.fixture
def request_of_six(bench: Bench) -> Request:
    bench.wheel("six", "1.16.0")
    return bench.request("six\n")


def made(bench: Bench, request: Request, *, hours: float = 9) -> Environment:
    """An environment whose answers are so old; eight hours are valid."""
    environment = bench.prepare(request)
    age(bench, hours * HOUR)
    return environment


def fails(bench: Bench, request: Request, kind: type[DriverEnvError] = IndexUnavailable) -> DriverEnvError:
    with pytest.raises(kind) as caught:
        bench.prepare(request)
    assert bench.told(Ready) == []
    return caught.value


def test_an_outage_does_not_stop_a_verified_driver(bench: Bench, request_of_six: Request) -> None:
    environment = made(bench, request_of_six)
    outage(bench)
    before = record(bench).read_bytes()
    for _ in range(2):  # the next launch asks again
        assert bench.prepare(request_of_six) == environment
        assert bench.told(Started)
        assert [warned.code for warned in bench.told(Warned)] == ["STALE"]
        assert [event.reused for event in bench.told(Ready)] == [True]
        assert over(bench)
    assert record(bench).read_bytes() == before  # its validity is not extended
    last = last_answer(open_site(request_of_six), record(bench).name)
    assert last is not None
    times = [datetime.fromtimestamp(at, UTC) for at in (last.checked, last.until, last.until + WEEK)]
    checked, until, end = (f"{at:%Y-%m-%d %H:%M} UTC" for at in times)
    assert bench.told(Warned)[0].text == (
        f"lab ({bench.index}) did not answer (LOCAL_DOWN), so an environment whose validity is over is used again: its answers "
        f"are of {checked} and were valid until {until}; this goes on until {end}, then launches fail"
    )


def test_once_the_index_is_back_it_is_as_ever(bench: Bench, request_of_six: Request) -> None:
    environment = made(bench, request_of_six)
    outage(bench)
    bench.prepare(request_of_six)
    bench.root.joinpath("away").rename(bench.index)
    assert bench.prepare(request_of_six) == environment
    assert bench.told(Asked)
    assert bench.told(Warned) == []
    assert not over(bench)


def test_a_site_that_wants_it_to_fail(bench: Bench) -> None:
    bench.wheel("six", "1.16.0")
    request = bench.request("six\n", on_outage="fail")
    made(bench, request)
    outage(bench)
    assert fails(bench, request).code == "LOCAL_DOWN"


def test_it_does_not_go_on_for_ever(bench: Bench, request_of_six: Request) -> None:
    made(bench, request_of_six, hours=8 + 7 * 24 + 1)
    outage(bench)
    error = fails(bench, request_of_six)
    assert error.code == "LOCAL_DOWN"
    assert error.facts[-1][0] == "not reused"
    assert "its time was over on" in error.facts[-1][1]
    assert isinstance(error.__cause__, OSError | None)


def test_so_many_minutes_as_the_policy_says(bench: Bench) -> None:
    bench.wheel("six", "1.16.0")
    request = bench.request("six\n", max_stale_minutes=30)
    made(bench, request, hours=8.25)
    outage(bench)
    bench.prepare(request)
    age(bench, 0.5 * HOUR)
    fails(bench, request)


def test_a_request_that_changed_is_another_one(bench: Bench, request_of_six: Request) -> None:
    made(bench, request_of_six)
    outage(bench)
    bench.driver("six>=1.0\n")
    assert fails(bench, request_of_six).code == "LOCAL_DOWN"


def test_only_an_index_that_cannot_answer_is_an_outage(bench: Bench, request_of_six: Request) -> None:
    made(bench, request_of_six)
    for wheel in bench.index.iterdir():
        wheel.unlink()
    bench.wheel("six", "1.15.0", requires=["six-helper"])
    assert not isinstance(fails(bench, request_of_six, DriverEnvError), IndexUnavailable)


def test_whoever_wants_the_indexes_asked_is_told_that_they_do_not_answer(
    bench: Bench, request_of_six: Request
) -> None:
    bench.prepare(request_of_six)
    outage(bench)
    fails(bench, request_of_six.replace(refresh=True))
    age(bench, 9 * HOUR)
    fails(bench, request_of_six.replace(refresh=True))


def test_a_clock_that_was_set_back_proves_nothing(bench: Bench, request_of_six: Request) -> None:
    made(bench, request_of_six, hours=-1)
    outage(bench)
    fails(bench, request_of_six)


def remove(environment: Environment) -> None:
    shutil.rmtree(Path(environment.prefix).parent)


def edit(environment: Environment) -> None:
    Path(environment.prefix, "pyvenv.cfg").write_text("home = /elsewhere\n", encoding="utf-8")


def edit_and_empty_the_store(environment: Environment) -> None:
    edit(environment)
    shutil.rmtree(Path(environment.prefix).parents[2] / "wheels")


@pytest.mark.parametrize("hours", [0, 9])
def test_a_damaged_environment_is_made_again_from_the_store(
    bench: Bench, request_of_six: Request, hours: float
) -> None:
    environment = made(bench, request_of_six, hours=hours)
    receipt = Path(environment.receipt).read_bytes()
    edit(environment)
    outage(bench)
    assert bench.prepare(request_of_six) == environment
    codes = [warned.code for warned in bench.told(Warned)]
    assert codes == (["MADE_ANEW", "STALE"] if hours else ["MADE_ANEW"])
    assert bench.told(Asked) == []
    assert check(Path(environment.prefix)) == ""
    assert Path(environment.receipt).read_bytes() == receipt
    assert over(bench) == bool(hours)
    bench.prepare(request_of_six)
    assert [warned.code for warned in bench.told(Warned)] == (["STALE"] if hours else [])


@pytest.mark.parametrize("damage", [remove, edit_and_empty_the_store])
@pytest.mark.parametrize("hours", [0, 9])
def test_a_damaged_environment_that_cannot_be_made_anew(
    bench: Bench, request_of_six: Request, damage: Callable[[Environment], None], hours: float
) -> None:
    environment = made(bench, request_of_six, hours=hours)
    damage(environment)
    outage(bench)
    error = fails(bench, request_of_six, EnvironmentBroken)
    assert error.code == "ENV_CORRUPT"
    assert error.summary == "the environment of Switch Driver is not whole, and cannot be made anew"
    facts = dict(error.facts)
    assert facts["environment"] == environment.prefix
    assert facts["damage"] == check(Path(environment.prefix))
    assert facts["cause"].startswith("LOCAL_DOWN: ")
    assert isinstance(error.__cause__, IndexUnavailable)
    assert error.remedies == error.__cause__.remedies
    bench.root.joinpath("away").rename(bench.index)
    assert bench.prepare(request_of_six) == environment  # it can, once the index is back
    assert check(Path(environment.prefix)) == ""


def test_within_the_validity_whatever_stands_in_the_way_is_the_cause(
    bench: Bench, request_of_six: Request
) -> None:
    environment = bench.prepare(request_of_six)
    remove(environment)
    for wheel in bench.index.iterdir():
        wheel.unlink()
    bench.wheel("six", "1.17.0", requires_python="<3")
    error = fails(bench, request_of_six, EnvironmentBroken)
    assert isinstance(error.__cause__, LocalVersionMismatch)


def day(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def exempt(until: str) -> Exemption:
    return Exemption("other", allow="public", until=until, reason="a fix", owner="ann")


def test_no_answer_outlives_an_exception_that_it_was_made_under(bench: Bench) -> None:
    bench.wheel("six", "1.16.0")
    request = bench.request("six\n", exceptions=[exempt(day(0))], valid_for_minutes=3 * 24 * 60)
    bench.prepare(request)
    last = last_answer(open_site(request), record(bench).name)
    assert last is not None
    assert last.until == datetime.fromisoformat(day(1)).replace(tzinfo=UTC).timestamp()


def test_an_environment_of_an_ended_exception_is_not_used_again(bench: Bench) -> None:
    bench.wheel("six", "1.16.0")
    request = bench.request("six\n", exceptions=[exempt(day(-1))])
    bench.prepare(request)
    outage(bench)
    age(bench, 48 * HOUR)  # it was made while the exception was in force
    facts = dict(fails(bench, request).facts)
    assert "over is the exception to allow public other" in facts["not reused"]


@pytest.mark.parametrize("text", ["", "driverenv-ask 1\n", "driverenv-ask 1\nchecked x\nend\n", "end\n"])
def test_what_is_no_record(bench: Bench, request_of_six: Request, text: str) -> None:
    bench.prepare(request_of_six)
    record(bench).write_text(text, encoding="utf-8")
    assert last_answer(open_site(request_of_six), record(bench).name) is None
    outage(bench)
    with pytest.raises(IndexUnavailable):
        prepare(request_of_six)
