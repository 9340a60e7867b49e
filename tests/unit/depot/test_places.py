from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from driverenv._http import Body, open_transport
from driverenv.depot import places
from driverenv.depot.places import Bucket, Folder, Place, Server, Unavailable, place_of
from driverenv.model.fleet import Fleet
from driverenv.model.site import Index, Policy

KEY = "k" * 32


def body(data: bytes) -> Body:
    return Body("application/octet-stream", len(data), lambda: iter((data,)))


def dav(server: HTTPServer, kept: dict[str, bytes]) -> None:
    """What nginx does with PUT and GET."""

    def answer(request: Request) -> Response:
        if request.method == "PUT":
            kept[request.path] = request.get_data()
            return Response(status=201)
        return Response(kept[request.path]) if request.path in kept else Response(status=404)

    server.expect_request(re.compile("/fleet/.*")).respond_with_handler(answer)


def content(place: Place, name: str) -> bytes | None:
    with place.reading(name) as chunks:
        return None if chunks is None else b"".join(chunks)


@pytest.fixture(params=["folder", "server", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    if request.param == "folder":
        yield Folder(tmp_path)
    elif request.param == "server":
        server: HTTPServer = request.getfixturevalue("httpserver")
        dav(server, {})
        fleet = Fleet(Index(server.url_for("/fleet/")), key=KEY, write=True)
        with open_transport(Policy(mode="offline", fleet=fleet)) as transport:
            yield place_of(fleet, transport)
    else:
        from obstore import store

        memory = store.MemoryStore()
        monkeypatch.setattr(store, "from_url", lambda _url, **_: memory)
        yield Bucket("s3://wheels/lab")


def test_what_is_put_there_is_there(place: Place) -> None:
    assert content(place, "a.txt") is None
    for data in (b"one", b"x" * 9_000_000, b""):
        place.write("a.txt", body(data))
        assert content(place, "a.txt") == data


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    gone = Folder(tmp_path / "gone")
    with pytest.raises(Unavailable):
        content(gone, "a.txt")
    with pytest.raises(Unavailable):
        gone.write("a.txt", body(b""))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes there")
def test_strange_things_in_a_folder(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s")
    folder = tmp_path / "fleet"
    folder.mkdir()
    (folder / "link").symlink_to(secret)
    os.mkfifo(folder / "pipe")
    (folder / "folder").mkdir()
    for name in ("link", "pipe", "folder"):
        with pytest.raises(Unavailable):
            content(Folder(folder), name)
    Folder(folder).write("link", body(b"new"))
    assert secret.read_text() == "s"
    with pytest.raises(Unavailable):
        Folder(folder).write("folder", body(b"new"))
    assert sorted(path.name for path in folder.iterdir()) == ["folder", "link", "pipe"]


def test_a_server_that_refuses(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/fleet/a.txt").respond_with_data("no", status=403)
    index = Index(httpserver.url_for("/fleet"))
    with open_transport(Policy(fleet=Fleet(index, key=KEY))) as transport:
        with pytest.raises(Unavailable, match="it answered 403"):
            content(Server(index, transport), "a.txt")
        with pytest.raises(Unavailable, match="it answered 403"):
            Server(index, transport).write("a.txt", body(b""))
    with open_transport(Policy()) as transport, pytest.raises(Unavailable, match="no index of the policy"):
        content(Server(index, transport), "a.txt")


def test_a_bucket_without_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(Unavailable, match=r"driverenv\[fleet\]"):
        Bucket("s3://wheels")


def test_what_a_bucket_raises_is_told_in_a_line() -> None:
    with pytest.raises(Unavailable, match=r"^RuntimeError: one$"), places._bucket_errors():
        raise RuntimeError("one\ntwo")
    with pytest.raises(Unavailable, match="no such bucket"), places._bucket_errors():
        raise FileNotFoundError("no such bucket")
    with pytest.raises(Unavailable):
        Bucket("s3://")
