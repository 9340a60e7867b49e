"""The static index speaks HTTP/1.1 as public PyPI does."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from pathlib import Path

import pytest
import trustme

from tests.kit import Answer, StaticIndex, serve
from tests.kit.factories import StaticIndexFactory, UniverseFactory, WheelFactory
from tests.kit.pages import PYPI_JSON

from .test_pypiserver import get
from .test_wheels import pip

CONTENT = """
[public.projects]
six = [{ version = "1.0", requires = ["dep"] }, { version = "2.0", yanked = true }]
dep = ["1.0"]
cut = { files = ["1.0"], fault = { cut = true } }
reset = { files = ["1.0"], fault = { reset = true } }
close = { files = ["1.0"], fault = { close = true } }
hang = { files = ["1.0"], fault = { hang = true } }
"""
FILE = "/packages/six-1.0-py3-none-any.whl"


@pytest.fixture
def server(static_index: StaticIndexFactory, universe: UniverseFactory) -> StaticIndex:
    return static_index(universe(CONTENT))


@pytest.mark.slow
def test_pip_installs_from_it(server: StaticIndex, tmp_path: Path) -> None:
    done = pip("install", "--index-url", server.simple_url, "--target", tmp_path / "site", "six")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "six-1.0.dist-info").exists()
    assert server.log.projects() == {"six", "dep"}
    assert f"{FILE}.metadata" in server.log.paths()


@pytest.mark.slow
def test_pip_installs_from_a_folder(
    static_index: StaticIndexFactory, make_wheel: WheelFactory, tmp_path: Path
) -> None:
    make_wheel("six", "1.0")
    server = static_index(make_wheel.folder)
    make_wheel("six", "1.1")
    done = pip("install", "--index-url", server.simple_url, "--target", tmp_path / "site", "six")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "six-1.1.dist-info").exists()


def test_keep_alive_and_json_by_accept(server: StaticIndex) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", "/simple/six/", headers={"Accept": PYPI_JSON})
    answer = connection.getresponse()
    assert json.loads(answer.read())["name"] == "six"
    connection.request("GET", "/simple/")
    assert b'href="dep/"' in connection.getresponse().read()
    connection.close()
    assert server.connections == 1
    assert [row.request.headers.get("accept") for row in server.log] == [PYPI_JSON, None]


def test_ranges(server: StaticIndex) -> None:
    whole = get(server.url, FILE)[2]
    status, headers, body = get(server.url, FILE, Range="bytes=10-19")
    assert (status, body, headers["Content-Range"]) == (206, whole[10:20], f"bytes 10-19/{len(whole)}")
    assert get(server.url, FILE, Range="bytes=-7")[2] == whole[-7:]
    assert get(server.url, FILE, Range="bytes=5-")[2] == whole[5:]
    assert get(server.url, FILE, Range=f"bytes={len(whole)}-")[0] == 416
    assert get(server.url, FILE, **{"Range": "bytes=1-2", "If-Range": '"other"'})[0] == 200


def test_etags(server: StaticIndex) -> None:
    etag = get(server.url, "/simple/six/")[1]["ETag"]
    assert get(server.url, "/simple/six/", **{"If-None-Match": etag})[::2] == (304, b"")
    assert get(server.url, "/simple/six/", **{"If-None-Match": '"other"'})[0] == 200


def test_overrides_and_redirects(server: StaticIndex) -> None:
    server.override("/simple/six/", Answer(503), times=1)
    server.override("/simple/six/", lambda request: Answer(418, {}, request.method.encode()), times=1)
    server.redirect("/simple/dep/", "https://elsewhere.test/")
    assert [get(server.url, "/simple/six/")[0] for _ in range(3)] == [503, 418, 200]
    assert get(server.url, "/simple/dep/")[1]["Location"] == "https://elsewhere.test/"


def test_a_path_can_be_held(server: StaticIndex) -> None:
    gate = server.hold("/simple/six/")
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(get(server.url, "/simple/six/")[0]))
    thread.start()
    gate.wait_until_reached()
    assert get(server.url, "/simple/dep/")[0] == 200
    assert answers == []
    gate.open()
    thread.join()
    assert answers == [200]


def test_faults_of_the_universe(server: StaticIndex) -> None:
    with pytest.raises(http.client.IncompleteRead):
        get(server.url, "/simple/cut/")
    with pytest.raises(ConnectionResetError):
        get(server.url, "/simple/reset/")
    with pytest.raises(http.client.RemoteDisconnected):
        get(server.url, "/simple/close/")


def test_a_hanging_client_does_not_stop_the_end(server: StaticIndex) -> None:
    failures: list[Exception] = []

    def ask() -> None:
        try:
            get(server.url, "/simple/hang/")
        except Exception as failure:  # noqa: BLE001
            failures.append(failure)

    thread = threading.Thread(target=ask)
    thread.start()
    server.log.wait_for(1)
    server.stop()
    thread.join()
    assert len(failures) == 1


def test_an_error_inside_is_not_lost(universe: UniverseFactory) -> None:
    running = serve(universe(CONTENT))
    server = running.__enter__()
    server.override("/simple/six/", lambda request: Answer(1 // len(request.query)))
    with pytest.raises(http.client.RemoteDisconnected):
        get(server.url, "/simple/six/")
    with pytest.raises(BaseExceptionGroup) as caught:
        running.__exit__(None, None, None)
    assert caught.group_contains(ZeroDivisionError)


def test_tls(static_index: StaticIndexFactory, universe: UniverseFactory) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = static_index(universe(CONTENT), tls=context)
    with pytest.raises(ssl.SSLCertVerificationError):
        http.client.HTTPSConnection("127.0.0.1", server.port, context=ssl.create_default_context()).request(
            "GET", "/"
        )
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=trusting)
    connection.request("GET", "/simple/six/")
    assert connection.getresponse().status == 200
    connection.close()
