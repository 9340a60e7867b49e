from __future__ import annotations

import math
import socket
import threading
from collections.abc import Callable

import pytest

from driverenv._http.deadline import Due, Network
from driverenv._http.lookup import Lookup


def test_a_timeout_is_cut_to_what_is_left() -> None:
    now = [100.0]
    due = Due(lambda: now[0])
    assert due.left(10) == 10
    assert due.left(None) is None
    due.set(105)
    assert due.left(10) == 5
    assert due.left(2) == 2
    assert due.left(None) == 5
    now[0] = 200
    left = due.left(10)
    assert left is not None
    assert 0 < left < 0.01
    due.set(math.inf)
    assert due.left(10) == 10


def test_each_thread_has_its_own() -> None:
    due, seen = Due(lambda: 0.0), list[float | None]()
    due.set(5)
    thread = threading.Thread(target=lambda: seen.append(due.left(10)))
    thread.start()
    thread.join()
    assert seen == [10]


class Played:
    """The library's network: each address takes its time by the test's own clock, then answers or fails."""

    def __init__(self, takes: dict[str, float], answers: str = "") -> None:
        self.now = 100.0
        self.takes, self.answers = takes, answers
        self.tried: list[tuple[str, float | None]] = []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: object = None,
    ) -> Played:
        self.tried.append((host, timeout))
        takes = self.takes[host]
        self.now += takes if timeout is None else min(takes, timeout)
        if host != self.answers:
            raise TimeoutError(host)
        return self

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        raise NotImplementedError

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        raise NotImplementedError

    def start_tls(
        self, ssl_context: object, server_hostname: str | None = None, timeout: float | None = None
    ) -> Played:
        self.tried.append(("tls", timeout))
        return self

    def close(self) -> None: ...

    def get_extra_info(self, info: str) -> object:
        raise NotImplementedError


def network(played: Played, found: list[str] | Callable[[str, int], list[str]], left: float) -> Network:
    due = Due(lambda: played.now)
    due.set(played.now + left)
    return Network(played, due, Lookup(found if callable(found) else lambda *_: found))


def test_all_addresses_share_one_deadline() -> None:
    played = Played(dict.fromkeys("abc", 60))
    with pytest.raises(TimeoutError, match="c"):
        network(played, ["a", "b", "c"], 30).connect_tcp("pypi.lab", 80, 3)
    assert played.now == 103
    assert [host for host, _ in played.tried] == ["a", "b", "c"]
    assert played.tried[0] == ("a", 1)


def test_a_refusal_leaves_its_time_to_the_next() -> None:
    played = Played({"a": 0, "b": 2}, answers="b")
    wire = network(played, ["a", "b"], 30).connect_tcp("pypi.lab", 80, 3)
    assert played.tried == [("a", 1.5), ("b", 3)]
    wire.start_tls(None, "pypi.lab", 3)
    assert played.tried[-1] == ("tls", 3)


def test_what_is_left_of_the_request_counts_too() -> None:
    played = Played({"a": 60})
    with pytest.raises(TimeoutError):
        network(played, ["a"], 1).connect_tcp("pypi.lab", 80, 3)
    assert played.tried == [("a", 1)]


def test_the_look_up_is_part_of_connecting() -> None:
    """What it took is not there for the addresses any more."""
    played = Played({"a": 60})

    def slow(_host: str, _port: int) -> list[str]:
        played.now += 2
        return ["a"]

    with pytest.raises(TimeoutError):
        network(played, slow, 30).connect_tcp("pypi.lab", 80, 3)
    assert played.tried == [("a", 1)]
    assert played.now == 103


def test_no_address_no_connection() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    played = Played({})
    with pytest.raises(socket.gaierror):
        network(played, unknown, 30).connect_tcp("pypi.lab", 80, None)
    assert played.tried == []
