from __future__ import annotations

import pytest

from driverenv import Request
from driverenv.events import Event, Working, ignore
from driverenv.stories.fleet import Member
from driverenv.stories.foreseeing import next_launch
from driverenv.stories.prewarming import prewarm
from tests.unit.stories.bench import Bench

NAMES = ("Rack", "Switch", "Chassis")


@pytest.fixture
def requests(bench: Bench) -> dict[str, Request]:
    bench.wheel("six")
    texts = ("six\n", "six>=2\n", "six\n")
    return {name: bench.request(text, name=name) for name, text in zip(NAMES, texts, strict=True)}


def members(requests: dict[str, Request]) -> list[Member]:
    return [Member(name, request.driver) for name, request in requests.items()]


def test_one_that_fails_is_no_hindrance_to_the_others(bench: Bench, requests: dict[str, Request]) -> None:
    told: list[Event] = []
    found = prewarm(members(requests), lambda one: requests[one.name], jobs=2, on_event=told.append)
    assert [(one.member.name, one.state) for one in found] == [
        ("Rack", "made"),
        ("Switch", "failed"),
        ("Chassis", "made"),
    ]
    assert found[0].prefix.endswith("Rack")
    assert found[1].error is not None
    assert found[1].error.code == "LOCAL_NO_MATCH"
    assert [(one.done, one.total) for one in told if isinstance(one, Working)] == [(1, 3), (2, 3), (3, 3)]
    assert bench.prepare(requests["Rack"]).prefix == found[0].prefix
    assert len(bench.events) == 1  # warm
    again = prewarm(members(requests), lambda one: requests[one.name], on_event=ignore)
    assert [one.state for one in again] == ["ready", "failed", "ready"]


def test_only_a_look(bench: Bench, requests: dict[str, Request]) -> None:
    found = prewarm(
        members(requests), lambda one: requests[one.name], look=next_launch, jobs=1, on_event=ignore
    )
    assert [(one.state, one.distributions) for one in found] == [("fits", 1), ("failed", 0), ("fits", 1)]
    assert bench.environments() == []


def test_what_a_listener_raises_ends_it(requests: dict[str, Request]) -> None:
    def listen(_event: Event) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        prewarm(members(requests), lambda one: requests[one.name], jobs=1, on_event=listen)


def test_nobody() -> None:
    assert prewarm([], lambda _one: Request("x"), on_event=ignore) == ()
