"""Launches that come together ask an index once; what public said of its pages is believed while it holds."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from driverenv import Index, LocalVersionMismatch, Request, prepare
from driverenv.events import Event, Ready, Resolving
from tests.kit.factories import PypiServerFactory, StaticIndexFactory
from tests.kit.sites import Answer
from tests.kit.sites import Request as Asked
from tests.kit.static_index import StaticIndex
from tests.kit.wheels import make_wheel
from tests.unit.stories.bench import Bench

NAMES = ("alpha", "beta", "delta", "gamma")
LAUNCHES = 5


@pytest.fixture
def server(bench: Bench, static_index: StaticIndexFactory) -> StaticIndex:
    for name in NAMES:
        bench.wheel(name)
    return static_index(bench.index)


def pages(server: StaticIndex) -> Counter[str]:
    return Counter(one.path for one in server.log if one.path.startswith("/simple/"))


def request(bench: Bench, server: StaticIndex, name: str, **policy: object) -> Request:
    index = Index(server.simple_url, name="lab", answer_timeout=60, whole_timeout=60)
    asked = bench.request("".join(f"{one}\n" for one in NAMES), name=name)
    assert asked.policy is not None
    return asked.replace(policy=asked.policy.replace(local=[index], **policy))


def test_what_was_sent_is_told(bench: Bench, server: StaticIndex) -> None:
    bench.prepare(request(bench, server, "Switch Driver"))
    ((ready,), sent) = bench.told(Ready), len(list(server.log))
    (traffic,) = ready.traffic
    assert (traffic.index, traffic.public, traffic.requests) == (f"lab ({server.simple_url})", False, sent)
    assert 0 < traffic.slowest <= traffic.seconds
    bench.prepare(request(bench, server, "Switch Driver"))
    assert bench.told(Ready)[0].traffic == ()


def test_five_launches_of_five_drivers_ask_nearly_as_one(bench: Bench, server: StaticIndex) -> None:
    """What was asked for before the last of them began is too old for that one; and two ask at a time."""
    gate, begun, lock = server.hold("/simple/alpha/"), list[str](), threading.Lock()

    def launch(number: int) -> str:
        name, is_first = f"driver {number}", [True]

        def hear(event: Event) -> None:
            if isinstance(event, Resolving) and is_first:
                is_first.clear()
                with lock:
                    begun.append(name)
                    if len(begun) == LAUNCHES:
                        gate.open()

        return prepare(request(bench, server, name), on_event=hear).name

    with ThreadPoolExecutor(LAUNCHES) as pool:
        made = sorted(pool.map(launch, range(LAUNCHES)))
    assert made == [f"driver {number}" for number in range(LAUNCHES)]
    asked = pages(server)
    assert set(asked) >= {f"/simple/{name}/" for name in NAMES}
    # Each page by two at once; the first few of each kind before all had begun.
    assert sum(asked.values()) <= 2 * (len(NAMES) + 1) + 2 * 2, asked
    assert sum(asked.values()) < LAUNCHES * len(NAMES), asked


def test_one_after_the_other_each_asks(bench: Bench, server: StaticIndex) -> None:
    for number in range(2):
        prepare(request(bench, server, f"driver {number}"))
    asked = pages(server)
    assert {asked[f"/simple/{name}/"] for name in NAMES} == {2}


def test_public_pages_hold_as_long_as_they_say(bench: Bench, server: StaticIndex) -> None:
    held, open_ended = "/simple/alpha/", "/simple/beta/"

    def for_ten_minutes(asked: Asked) -> Answer:
        answer = server.site.answer(asked)
        return replace(answer, headers={**answer.headers, "Cache-Control": "max-age=600", "ETag": '"a"'})

    server.override(held, for_ten_minutes)
    public = Index(server.simple_url, name="public")
    wanted = Request(
        bench.driver("alpha\nbeta\n"),
        policy=bench.policy(mode="online", local=[], public=public),
        home=bench.home,
        name="first",
    )
    prepare(wanted)
    prepare(wanted.replace(name="second"))
    assert (pages(server)[held], pages(server)[open_ended]) == (1, 2)
    prepare(wanted.replace(name="second", refresh=True))
    assert (pages(server)[held], pages(server)[open_ended]) == (2, 3)
    told = [one.request.headers for one in server.log if one.path in (held, open_ended)]
    assert [("if-none-match" in one, "cache-control" in one) for one in told] == [
        (False, False),
        (False, False),
        (True, False),
        (True, True),
        (True, True),
    ]


@pytest.mark.slow
def test_a_pypiserver_is_not_asked_again_for_what_it_lacks(
    bench: Bench, pypiserver: PypiServerFactory, static_index: StaticIndexFactory
) -> None:
    """Its listing shows it: one page instead of one for each absent project."""
    for name in ("beta", "delta", "gamma"):
        make_wheel(bench.root / "public", name, "1.0")
    bench.wheel("alpha", requires=["beta", "delta", "gamma"])
    server, public = pypiserver(bench.index), static_index(bench.root / "public")
    wanted = bench.request(
        "alpha\n",
        mode="online",
        local=[Index(server.simple_url, name="lab")],
        public=Index(public.simple_url),
    )

    def asked(request: Request) -> list[str]:
        before = len(list(server.log))
        bench.prepare(request)
        return sorted(one.path for one in list(server.log)[before:] if one.path.startswith("/simple/"))

    pages_of_absent = [f"/simple/{name}/" for name in ("beta", "delta", "gamma")]
    assert asked(wanted) == ["/simple/", "/simple/alpha/", *pages_of_absent]
    again = wanted.replace(refresh=True)
    assert asked(again) == ["/simple/", "/simple/alpha/"]
    strict = Index(server.simple_url, name="lab", probe="root")
    assert wanted.policy is not None
    both = again.replace(policy=wanted.policy.replace(local=[strict]))
    assert asked(both) == ["/simple/", "/simple/alpha/", *pages_of_absent]

    bench.wheel("beta", "7.0")
    before = pages(public)["/simple/beta/"]
    environment = bench.prepare(again)
    assert "/beta-7.0.dist-info" in str(sorted(Path(environment.site_packages).glob("beta-*")))
    assert pages(public)["/simple/beta/"] == before
    next(bench.index.glob("beta-*")).unlink()
    with pytest.raises(LocalVersionMismatch, match="LOCAL_VANISHED"):
        bench.prepare(again)
