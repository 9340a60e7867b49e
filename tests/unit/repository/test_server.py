from __future__ import annotations

import http.client
import socket
from pathlib import Path

import pytest

from driverenv.errors import ServerFailed
from driverenv.repository.server import Terms, served
from tests.kit.wheels import make_wheel


def get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_a_real_server_from_begin_to_end(tmp_path: Path) -> None:
    make_wheel(tmp_path, "six", "1.0")
    with served(Terms(str(tmp_path), port=0)) as server:
        assert server.url == f"http://127.0.0.1:{server.port}"
        with socket.create_connection(("127.0.0.1", server.port)):  # silent, and in nobody's way
            status, page = get(server.port, "/simple/six/")
        assert (status, "six-1.0-py3-none-any.whl#sha256=" in page) == (200, True)
        assert get(server.port, "/simple/nothing/")[0] == 404
        assert not server.wait(0.01)
        process = server.process
    assert process.returncode == 0


def test_what_goes_wrong_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ServerFailed) as caught, served(Terms(str(tmp_path), port=taken.getsockname()[1])):
            pass
    assert caught.value.code == "SERVER_PORT"
    assert "cannot be used: Address already in use" in str(caught.value)


def test_a_server_that_dies_is_no_quiet_end(tmp_path: Path) -> None:
    with served(Terms(str(tmp_path), port=0)) as server:
        server.process.kill()
        with pytest.raises(ServerFailed, match="ended by itself"):
            server.wait(30)
