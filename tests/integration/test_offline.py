"""Offline: no packet and no name look-up to anything but the local indexes."""

from __future__ import annotations

import re
from pathlib import Path

from driverenv import Index, Policy, Request
from tests.integration.watching import watch
from tests.kit.factories import PypiServerFactory
from tests.unit.stories.bench import Bench


def furnish(bench: Bench) -> None:
    bench.wheel("alpha", requires=["beta"])
    bench.sdist("beta", build_requires=["tool"])
    bench.wheel("tool")


def test_a_folder_needs_no_socket_at_all(bench: Bench) -> None:
    """Resolved, built and made, and again after the validity: not one socket is opened."""
    furnish(bench)
    seen = watch([bench.request("alpha\n", valid_for_minutes=0)] * 2)
    assert [event for event in seen["events"] if event.startswith("socket.")] == []
    assert {Path(prefix).name for prefix in seen["answers"]} == {"Switch Driver"}
    assert not {"httpx", "httpcore", "truststore"} & set(seen["loaded"])
    assert seen["last"] == []  # the second time nothing is built either


def test_nor_does_online_for_what_is_local(bench: Bench) -> None:
    furnish(bench)
    seen = watch([bench.request("alpha\n", mode="online")])
    assert [event for event in seen["events"] if event.startswith("socket.")] == []


def test_a_pypiserver_is_the_only_one_who_hears_of_us(bench: Bench, pypiserver: PypiServerFactory) -> None:
    """Its fallback on: each absent project comes with an invitation to public PyPI."""
    furnish(bench)
    server = pypiserver(bench.index, fallback=True)
    policy = Policy(mode="offline", local=[Index(server.url, name="lab")], byte_code="never")
    request = Request(bench.driver("alpha\n"), policy=policy, home=bench.home)
    seen = watch([request])
    events = [event for event in seen["events"] if event.startswith("socket.")]
    reached = {event for event in events if event.startswith(("socket.connect", "socket.send"))}
    assert reached
    assert all(f"('127.0.0.1', {server.port})" in event for event in reached)
    looked_up = [event for event in events if re.match(r"socket\.(getaddrinfo|gethostby)", event)]
    assert all(str(server.port) in event for event in looked_up)
    assert server.log.projects() == {"alpha", "beta", "tool"}
