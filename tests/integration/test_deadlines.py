"""Whole launches against servers that misbehave: how each ends, and how often it was tried. How fast is measured
by ``python -m benchmarks.deadlines``: no test depends on the time.
"""

from __future__ import annotations

import threading

import pytest

from benchmarks import deadlines
from driverenv import DriverEnvError, Index, Policy, Request, prepare
from tests.kit import RawServer, rawserver
from tests.kit.factories import RawServerFactory
from tests.unit.stories.bench import Bench

BODY = b"<!DOCTYPE html><html><body><a href='alpha-1.0-py3-none-any.whl'>x</a></body></html>"


def status(line: str, **headers: str) -> rawserver.Script:
    return rawserver.page(b"", line, {name.replace("_", "-"): value for name, value in headers.items()})


def launch(bench: Bench, server: RawServer, *names: str) -> DriverEnvError:
    index = Index(server.simple_url, name="lab", answer_timeout=0.5, whole_timeout=1.5)
    policy = Policy(mode="offline", local=[index], byte_code="never")
    with pytest.raises(DriverEnvError) as caught:
        prepare(Request(bench.driver("\n".join(names) + "\n"), policy=policy, home=bench.home))
    return caught.value


def tries(server: RawServer, name: str) -> int:
    return [row.request.path for row in server.log].count(f"/simple/{name}/")


@pytest.mark.parametrize(
    ("script", "code", "expected"),
    [
        (status("408 Slow", Retry_After="0"), "LOCAL_ERROR", 3),
        (status("425 Early", Retry_After="0"), "LOCAL_ERROR", 3),
        (status("429 Busy", Retry_After="0"), "LOCAL_ERROR", 3),
        (status("429 Busy", Retry_After="3600"), "LOCAL_ERROR", 1),
        (status("502 No"), "LOCAL_ERROR", 3),
        (status("503 Busy", Retry_After="0"), "LOCAL_ERROR", 3),
        (status("500 No", Retry_After="3600"), "LOCAL_ERROR", 1),
        (status("501 No"), "LOCAL_ERROR", 1),
        (status("505 No"), "LOCAL_ERROR", 1),
        (status("599 No"), "LOCAL_ERROR", 1),
        (status("403 No"), "LOCAL_AUTH", 1),
        (rawserver.close_without_answer(), "LOCAL_DOWN", 2),
        (rawserver.reset_before_answer(), "LOCAL_DOWN", 2),
        (rawserver.never_answer(), "LOCAL_TIMEOUT", 2),
        (rawserver.never_finish(BODY, after=10), "LOCAL_TIMEOUT", 1),
        (rawserver.endless(), "LOCAL_TOO_LARGE", 1),
    ],
)
def test_how_it_ends_and_how_often_it_was_tried(
    bench: Bench, raw_server: RawServerFactory, script: rawserver.Script, code: str, expected: int
) -> None:
    server = raw_server()
    server.script("/simple/", status("404 No"))
    server.script("/simple/alpha/", script)
    if code == "LOCAL_TOO_LARGE":  # 32 MiB must come first
        index = Index(server.simple_url, name="lab")
        policy = Policy(mode="offline", local=[index], byte_code="never")
        with pytest.raises(DriverEnvError) as caught:
            prepare(Request(bench.driver("alpha\n"), policy=policy, home=bench.home))
        error = caught.value
    else:
        error = launch(bench, server, "alpha")
    assert error.code == code, error
    assert tries(server, "alpha") == expected


def test_an_index_that_says_nothing_is_not_asked_for_each_name(
    bench: Bench, raw_server: RawServerFactory
) -> None:
    """Twenty names, four at once: those behind fail with the first ones."""
    server = raw_server()
    server.otherwise(rawserver.never_answer())
    error = launch(bench, server, *(f"name-{number}" for number in range(20)))
    assert error.code == "LOCAL_TIMEOUT"
    assert len(error.data["others"]) == 19
    asked = {row.request.path for row in server.log}
    assert len(asked) < 20


def test_a_slow_answer_of_one_hinders_no_other_index(bench: Bench, raw_server: RawServerFactory) -> None:
    """Each origin has its own queue."""
    released = threading.Event()

    def hold(wire: rawserver.Wire) -> None:
        assert released.wait(60)
        status("404 No")(wire)

    def release(wire: rawserver.Wire) -> None:
        released.set()
        status("404 No")(wire)

    one, other = raw_server(), raw_server()
    one.otherwise(hold)
    other.otherwise(release)
    policies = [
        Policy(mode="offline", local=[Index(server.simple_url, name="lab")], byte_code="never")
        for server in (one, other)
    ]
    codes = list[str]()

    def ask(number: int) -> None:
        driver = bench.driver("alpha\n", f"driver {number}")
        with pytest.raises(DriverEnvError) as caught:
            prepare(Request(driver, policy=policies[number], home=bench.home))
        codes.append(caught.value.code)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == ["LOCAL_NOT_AN_INDEX"] * 2


@pytest.mark.slow
def test_the_script_that_measures_knows_the_promises() -> None:
    assert (deadlines.DEAD, deadlines.HANGING, deadlines.DRIBBLING, deadlines.MEMORY) == (2, 12, 31, 256)
    cases = deadlines.cases()
    assert {case.limit for case in cases} == {2, 12, 31}
    assert len({case.name for case in cases}) == len(cases)


@pytest.mark.slow
def test_the_script_measures(bench: Bench) -> None:
    refused = next(case for case in deadlines.cases() if case.name == "refused, many")
    found = deadlines.measure(refused, str(bench.home))
    assert found.code == "LOCAL_DOWN"
    assert found.seconds > 0
    assert 10 < found.mebibytes < 1000
