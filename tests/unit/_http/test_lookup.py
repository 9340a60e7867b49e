from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from driverenv._http.lookup import Lookup, resolve


def test_the_system_knows_this_machine() -> None:
    assert "127.0.0.1" in resolve("localhost", 80)


def test_an_address_is_its_own_answer() -> None:
    lookup = Lookup(lambda *_: pytest.fail("asked"))
    assert lookup.addresses("127.0.0.1", 80, 1) == ["127.0.0.1"]
    assert lookup.addresses("fd00::1", 80, None) == ["fd00::1"]


def test_an_answer() -> None:
    lookup = Lookup(lambda host, port: [f"{host} {port}", "10.0.0.2"])
    assert lookup.addresses("pypi.lab", 80, None) == ["pypi.lab 80", "10.0.0.2"]


@pytest.mark.parametrize(
    "error", [socket.gaierror(-2, "Name or service not known"), UnicodeError("x"), ValueError()]
)
def test_an_error_is_the_askers(error: Exception) -> None:
    def fail(_host: str, _port: int) -> list[str]:
        raise error

    lookup = Lookup(fail)
    for _ in range(2):
        with pytest.raises(type(error)):
            lookup.addresses("pypi.lab", 80, None)


def test_no_address_at_all() -> None:
    with pytest.raises(socket.gaierror, match="it has no address"):
        Lookup(lambda *_: []).addresses("pypi.lab", 80, None)


def test_a_resolver_that_hangs_is_left_behind() -> None:
    """And whoever asks for the same name meanwhile waits for that same question."""
    released, asked = threading.Event(), list[str]()

    def hang(host: str, _port: int) -> list[str]:
        asked.append(host)
        assert released.wait(60)
        return ["10.0.0.1"]

    lookup = Lookup(hang)
    for _ in range(3):
        with pytest.raises(socket.gaierror, match="no name server answered in time"):
            lookup.addresses("pypi.lab", 80, 0.01)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lookup.addresses, "pypi.lab", 80, None)
        released.set()
        assert waiting.result() == ["10.0.0.1"]
    assert set(asked) == {"pypi.lab"}
    assert len(asked) <= 2  # the last one may have come after the first answer


def test_it_never_keeps_a_process_alive() -> None:
    released = threading.Event()

    def hang(_host: str, _port: int) -> list[str]:
        assert threading.current_thread().daemon
        assert released.wait(60)
        return ["10.0.0.1"]

    lookup = Lookup(hang)
    with pytest.raises(socket.gaierror):
        lookup.addresses("pypi.lab", 80, 0.01)
    released.set()
