from __future__ import annotations

import os
import pickle
import time
from pathlib import Path
from typing import Any

import pytest

from driverenv import Environment, Exemption, Request, _fs, boot, environment, prepare, warm
from driverenv.events import Asked, Ready, Started, Warned
from driverenv.stories import beside, refreshing
from driverenv.stories.site import open_site
from tests.unit.stories.bench import Bench
from tests.unit.stories.test_outage import HOUR, WEEK, age, outage

Begun = list[tuple[Request, str]]


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> Begun:
    """What would be asked in the background."""
    found: Begun = []

    def on_its_own(command: list[str], *, cwd: Path, data: bytes = b"") -> None:
        assert command[1] == "-c"
        assert cwd.is_dir()
        found.append(pickle.loads(data))  # noqa: S301 (our own)

    monkeypatch.setattr(environment, "on_its_own", on_its_own)
    return found


@pytest.fixture
def wanted(bench: Bench) -> Request:
    bench.wheel("six", "1.15.0")
    return bench.request("six\n").replace(refresh="background")


def made(bench: Bench, request: Request, *, hours: float = 9) -> Environment:
    """An environment whose answers are so old; eight hours are valid; the index has something newer."""
    found = bench.prepare(request)
    age(bench, hours * HOUR)
    bench.wheel("six", "1.16.0")
    return found


def codes(bench: Bench) -> list[str]:
    return [warned.code for warned in bench.told(Warned)]


def test_what_is_valid_is_used_as_ever(bench: Bench, wanted: Request, begun: Begun) -> None:
    first = bench.prepare(wanted)
    assert bench.told(Started)
    assert bench.prepare(wanted) == first
    assert [type(event) for event in bench.events] == [Ready]
    assert begun == []


def test_it_is_launched_at_once_and_asked_beside_that(bench: Bench, wanted: Request, begun: Begun) -> None:
    old = made(bench, wanted)
    assert bench.prepare(wanted) == old
    assert codes(bench) == ["REFRESHING"]
    assert bench.told(Warned)[0].text.endswith("the indexes are being asked now, in the background")
    assert [event.reused for event in bench.told(Ready)] == [True]
    assert not bench.told(Asked)
    for _ in range(2):  # one is enough
        assert bench.prepare(wanted) == old
        assert bench.told(Warned)[0].text.endswith("the indexes are being asked already, in the background")
    ((request, lock),) = begun
    assert request.refresh is False
    with beside.alone(lock) as is_mine:  # as the process does
        assert is_mine
        new = prepare(request)
    assert new.prefix != old.prefix
    assert bench.prepare(wanted) == new
    assert [type(event) for event in bench.events] == [Ready]


def test_definite_requests_have_the_same_key(bench: Bench, wanted: Request, begun: Begun) -> None:
    for request in (wanted, wanted.replace(python=os.sys.executable), wanted.replace(name="Another")):  # type: ignore[attr-defined]
        begun.clear()
        for path in bench.home.glob("asks/*"):
            path.unlink()
        bench.prepare(request)
        age(bench, 9 * HOUR)
        bench.prepare(request)
        ((definite, _),) = begun
        assert open_site(definite).ask_key == open_site(request).ask_key


def test_the_next_one_is_begun_when_the_first_has_had_its_time(
    bench: Bench, wanted: Request, begun: Begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(bench, wanted)
    bench.prepare(wanted)
    clock = boot.uptime
    monkeypatch.setattr(boot, "uptime", lambda: clock() + refreshing.ASKING.pause_seconds + 1)
    release = _fs.hold(Path(begun[0][1]))  # it is at it still
    assert release is not None
    bench.prepare(wanted)
    assert len(begun) == 1
    with beside.alone(begun[0][1]) as is_mine:
        assert not is_mine
    release()
    bench.prepare(wanted)
    assert len(begun) == 2


def test_not_for_ever(bench: Bench, wanted: Request, begun: Begun) -> None:
    old = made(bench, wanted, hours=8 + WEEK / HOUR + 1)
    assert bench.prepare(wanted) != old
    assert bench.told(Asked)
    assert begun == []


def test_not_across_the_end_of_an_exception(bench: Bench, begun: Begun) -> None:
    bench.wheel("six", "1.15.0")
    yesterday = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 24 * HOUR))
    one = Exemption("six", allow="build", until=yesterday, reason="r", owner="o")
    request = bench.request("six\n", exceptions=[one]).replace(refresh="background")
    bench.prepare(request)
    age(bench, 48 * HOUR)
    bench.prepare(request)
    assert bench.told(Asked)
    assert begun == []


def test_not_with_what_is_not_whole(bench: Bench, wanted: Request, begun: Begun) -> None:
    old = made(bench, wanted)
    Path(old.prefix, "pyvenv.cfg").unlink()
    assert bench.prepare(wanted) != old
    assert begun == []


def test_not_where_the_requirements_changed(bench: Bench, wanted: Request, begun: Begun) -> None:
    old = made(bench, wanted)
    bench.driver("six>=1.16\n")
    assert bench.prepare(wanted) != old
    assert begun == []


def test_an_embedded_python_has_to_wait(
    bench: Bench, wanted: Request, begun: Begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = made(bench, wanted)
    monkeypatch.setattr("sys.executable", "")
    assert bench.prepare(wanted) != old
    assert begun == []


def test_where_nothing_can_be_begun_it_is_done_here(
    bench: Bench, wanted: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = made(bench, wanted)

    def refused(*_args: object, **_options: object) -> None:
        raise BlockingIOError(11, "no more processes")

    monkeypatch.setattr(environment, "on_its_own", refused)
    assert bench.prepare(wanted) != old
    assert bench.told(Asked)


def test_what_fails_is_told_by_its_receipt(bench: Bench, wanted: Request, begun: Begun) -> None:
    old = made(bench, wanted)
    outage(bench)
    assert bench.prepare(wanted) == old
    ((request, lock),) = begun
    policy = request.policy
    assert policy is not None
    with beside.alone(lock):
        prepare(request.replace(policy=policy.replace(on_outage="fail")))
    assert list(bench.home.glob("failures/*/*.json*"))
    assert bench.prepare(wanted) == old


@pytest.mark.slow
def test_a_real_process(bench: Bench, wanted: Request) -> None:
    old = made(bench, wanted)
    (record,) = bench.home.glob("asks/*")
    assert bench.prepare(wanted) == old
    end = time.monotonic() + 60
    found: dict[str, Any] | None = None
    while found is None and time.monotonic() < end:
        time.sleep(0.05)
        found = warm.find(
            str(bench.home), record.name, time.time(), boot=boot.identity(0), uptime=boot.uptime()
        )
    new = bench.prepare(wanted)
    assert new.prefix != old.prefix
    assert [type(event) for event in bench.events] == [Ready]
