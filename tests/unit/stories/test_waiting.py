from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from driverenv import Index, Policy, Request, boot, prepare
from driverenv.errors import DriverEnvError, HomeUnusable, IndexUnavailable
from driverenv.stories import waiting
from driverenv.stories.waiting import Queue
from driverenv.stories.workshop import Workshop
from tests.kit import Answer
from tests.kit.factories import StaticIndexFactory
from tests.unit.stories.bench import Bench

ASK = "a" * 40
PRINTS = {"/srv/driver/requirements.txt": "b" * 40}
ERROR = IndexUnavailable("no answer", facts=(("local index", "lab"),), remedies=("wait",), data={"n": 1})


def fail(workshop: Workshop, queue: Queue, error: DriverEnvError = ERROR) -> None:
    with pytest.raises(type(error)), queue.answering(workshop, PRINTS):
        raise error


def meets(workshop: Workshop, queue: Queue, prints: dict[str, str] | None = None) -> DriverEnvError | None:
    try:
        with queue.answering(workshop, PRINTS if prints is None else prints):
            return None
    except DriverEnvError as error:
        return error


def test_who_waited_gets_the_error(bench: Bench) -> None:
    with bench.workshop(bench.request("six\n")) as workshop:
        waiting_one, first = Queue(ASK), Queue(ASK)
        fail(workshop, first)
        error = meets(workshop, waiting_one)
        assert isinstance(error, IndexUnavailable)
        assert (str(error), error.data) == (str(ERROR), {"n": 1})
        assert meets(workshop, Queue(ASK)) is None  # who comes later asks again
        assert meets(workshop, Queue("c" * 40)) is None


def test_who_read_another_file_asks_for_itself(bench: Bench) -> None:
    with bench.workshop(bench.request("six\n")) as workshop:
        other, first = Queue(ASK), Queue(ASK)
        fail(workshop, first)
        assert meets(workshop, other, {}) is None


def test_what_is_this_machines_fault_is_nobody_elses(bench: Bench) -> None:
    with bench.workshop(bench.request("six\n")) as workshop:
        other, first = Queue(ASK), Queue(ASK)
        fail(workshop, first, HomeUnusable("the disk is full"))
        assert meets(workshop, other) is None


def test_another_run_of_the_machine_has_another_clock(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with bench.workshop(bench.request("six\n")) as workshop:
        other, first = Queue(ASK), Queue(ASK)
        fail(workshop, first)
    monkeypatch.setattr(boot, "identity", lambda _now: "another")
    with bench.workshop(bench.request("six\n")) as workshop:
        assert meets(workshop, other) is None


@pytest.mark.parametrize("left", [b"?", b"[]", b"{}", json.dumps({"boot": "x"}).encode()])
def test_what_cannot_be_read(bench: Bench, left: bytes) -> None:
    with bench.workshop(bench.request("six\n")) as workshop:
        workshop.store.write(waiting.KIND, ASK, left)
        assert meets(workshop, Queue(ASK)) is None


def test_a_crowd_asks_a_broken_index_once(
    bench: Bench, static_index: StaticIndexFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that stand at the lock while one of them fails get its error, and ask nobody."""
    bench.wheel("six")
    server = static_index(bench.index)
    server.override("/simple/six/", Answer(501, {}, b""))
    policy = Policy(local=[Index(server.simple_url, name="lab")], public=None, byte_code="never")
    request = Request(bench.driver("six\n"), policy=policy, home=bench.home)
    since = boot.uptime()
    monkeypatch.setattr(boot, "uptime", lambda: since)  # all of them came at the same time

    def launch(_number: int) -> str:
        try:
            prepare(request)
        except DriverEnvError as error:
            return error.code
        return ""

    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(launch, range(6)))
    assert set(codes) == {"LOCAL_ERROR"}
    assert server.log.paths().count("/simple/six/") == 1
