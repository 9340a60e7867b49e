from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from tests.kit.factories import ForwardProxyFactory, RawServerFactory
from tests.kit.forward_proxy import ForwardProxy

pytestmark = pytest.mark.slow  # everyday tests go through it anyway


def connect(proxy: ForwardProxy, target: str, *headers: str) -> str:
    """The first line of the answer to a CONNECT."""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=30) as connection:
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", *headers, "", ""]
        connection.sendall("\r\n".join(lines).encode())
        return connection.recv(4096).split(b"\r\n")[0].decode()


def test_it_knows_names_that_nobody_else_does(
    forward_proxy: ForwardProxyFactory, raw_server: RawServerFactory
) -> None:
    proxy, server = forward_proxy(), raw_server()
    assert " 200 " in connect(proxy, f"public.test:{server.port}")
    assert " 403 " in connect(proxy, "elsewhere.invalid:443")
    assert proxy.asked == [f"CONNECT public.test:{server.port}"]


@pytest.mark.parametrize(("login", "status"), [("", 407), ("Proxy-Authorization: Basic bWU6c2VjcmV0", 200)])
def test_it_wants_its_password(
    forward_proxy: ForwardProxyFactory, raw_server: RawServerFactory, login: str, status: int
) -> None:
    proxy, server = forward_proxy(login="me:secret"), raw_server()
    headers = [login] if login else []
    assert f" {status} " in connect(proxy, f"public.test:{server.port}", *headers)
    assert bool(proxy.asked) is (status == 200)


def test_its_port_is_free_at_the_end(tmp_path: Path) -> None:
    from tests.kit.forward_proxy import run_forward_proxy

    with run_forward_proxy(tmp_path / "logs") as proxy:
        pass
    assert proxy.process.poll() is not None
    deadline = time.monotonic() + 60
    while _listens(proxy.port):  # its workers were killed, and the system has yet to close what they held
        assert time.monotonic() < deadline, "somebody listens there still"


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True
