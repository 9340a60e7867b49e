"""A real pypiserver, as DOMAIN describes it."""

from __future__ import annotations

import base64
import http.client
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.kit.factories import PypiServerFactory, SdistFactory, UniverseFactory, WheelFactory
from tests.kit.pypiserver import PypiServer, PypiServerError

from .test_wheels import pip


def get(url: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.mark.slow
def test_pip_installs_from_it(
    pypiserver: PypiServerFactory, make_wheel: WheelFactory, make_sdist: SdistFactory, tmp_path: Path
) -> None:
    make_wheel("top", "1.0", requires=["dep"])
    make_sdist("dep", "2.0")
    server = pypiserver(make_wheel.folder)
    done = pip("install", "--index-url", server.simple_url, "--target", tmp_path / "site", "top")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "dep" / "__init__.py").exists()
    assert server.log.projects() == {"top", "dep"}


def test_its_folder_is_read_live(pypiserver: PypiServerFactory, make_wheel: WheelFactory) -> None:
    make_wheel("six", "1.0")
    server = pypiserver(make_wheel.folder)
    assert b"six-1.0" in get(server.url, "/simple/six/")[2]
    newer = make_wheel("six", "2.0")
    page = get(server.url, "/simple/six/")[2]
    assert b"six-2.0" in page
    assert b"#sha256=" in page
    newer.unlink()
    assert b"six-2.0" not in get(server.url, "/simple/six/")[2]


def test_unknown_is_404_without_fallback(pypiserver: PypiServerFactory, tmp_path: Path) -> None:
    server = pypiserver(tmp_path)
    assert get(server.url, "/simple/unknown/")[0] == 404
    assert server.log.paths() == ["/simple/unknown/"]


@pytest.mark.parametrize("url", [None, "http://127.0.0.1:9/simple"])
def test_unknown_is_303_with_fallback(pypiserver: PypiServerFactory, tmp_path: Path, url: str | None) -> None:
    server = pypiserver(tmp_path, fallback=True, fallback_url=url)
    status, headers, _ = get(server.url, "/simple/unknown/")
    assert status == 303
    assert headers["Location"] == f"{url or 'https://pypi.org/simple'}/unknown/"


def test_passwords(pypiserver: PypiServerFactory, make_wheel: WheelFactory) -> None:
    make_wheel("six", "1.0")
    server = pypiserver(make_wheel.folder, passwords={"admin": "secret"})
    assert get(server.url, "/simple/six/")[0] == 401
    assert get(server.url, "/simple/six/", **basic("admin", "wrong"))[0] == 403
    assert get(server.url, "/simple/six/", **basic("admin", "secret"))[0] == 200
    assert get(server.url, "/packages/six-1.0-py3-none-any.whl")[0] == 401
    assert get(server.url, "/")[0] == 200


@pytest.mark.parametrize(("algorithm", "part"), [("md5", b"#md5="), ("off", b'.whl">')])
def test_other_digests(
    pypiserver: PypiServerFactory, make_wheel: WheelFactory, algorithm: str, part: bytes
) -> None:
    make_wheel("six", "1.0")
    assert part in get(pypiserver(make_wheel.folder, hash_algo=algorithm).url, "/simple/six/")[2]


def test_a_universe_under_it(
    pypiserver: PypiServerFactory, universe: UniverseFactory, tmp_path: Path
) -> None:
    made = universe('[[local]]\nprojects.six = ["1.0", {version="2.0", sdist=true}]')
    server = pypiserver(made.write_folder(tmp_path / "index"))
    page = get(server.url, "/simple/six/")[2].decode()
    for stored in made.local[0].stored("six"):
        assert f"{stored.filename}#sha256={stored.sha256}" in page


def test_many_at_once(pypiserver: PypiServerFactory, tmp_path: Path) -> None:
    servers = [pypiserver(tmp_path) for _ in range(3)]
    assert len({one.port for one in servers}) == 3
    assert all(get(one.url, "/health")[0] == 200 for one in servers)


def test_it_ends(pypiserver: PypiServerFactory, tmp_path: Path) -> None:
    server: PypiServer = pypiserver(tmp_path)
    server.stop()
    assert server.process.poll() is not None
    with pytest.raises(ConnectionRefusedError):
        get(server.url, "/")


def test_what_it_said_when_it_does_not_start(pypiserver: PypiServerFactory, tmp_path: Path) -> None:
    with pytest.raises(PypiServerError, match="no-such-algorithm"):
        pypiserver(tmp_path, hash_algo="no-such-algorithm")
