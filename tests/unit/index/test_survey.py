from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from driverenv._http import TransportFailure, open_transport
from driverenv.errors import IndexUnavailable
from driverenv.index import survey
from driverenv.index.survey import Surveyor
from driverenv.model.answers import ProjectFile
from driverenv.model.site import PUBLIC_PYPI, Index, Policy
from tests.kit import rawserver
from tests.kit.factories import PypiServerFactory, RawServerFactory, StaticIndexFactory, WheelFactory

HTML = {"Content-Type": "text/html"}


@contextmanager
def at(location: str) -> Iterator[Surveyor]:
    """A surveyor whose clock strikes once a look."""
    index = Index(location, name="lab")
    policy = Policy(local=[index])
    with open_transport(policy) as transport:
        yield Surveyor(index, False, transport, policy.public, itertools.count().__next__)


def test_a_pypiserver_says_what_it_is(
    pypiserver: PypiServerFactory, make_wheel: WheelFactory, tmp_path: Path
) -> None:
    """Its own words for an upload of nothing by nobody are what tells whether anybody may."""
    make_wheel("six", "1.0", tmp_path / "index")
    server = pypiserver(tmp_path / "index")
    with at(server.simple_url) as here:
        assert here.base == f"{server.url}/"
        shown = survey.banner(here)
        assert (shown.status, shown.kind) == (200, "pypiserver")
        assert shown.version.startswith("2.")
        assert shown.date is not None
        assert survey.uploads(here) == survey.OPEN
        assert survey.fallback(here) == ""
        cost = survey.page_cost(here, f"{server.simple_url}six/")
        assert (cost.seconds, cost.is_json, cost.validators) == (1, False, ())
        file = ProjectFile("six-1.0-py3-none-any.whl", f"{server.url}/packages/six-1.0-py3-none-any.whl")
        assert survey.gives_ranges(here, file) is True
        assert survey.gives_ranges(here, ProjectFile("x", f"{server.url}/packages/x")) is None
    assert [one.name for one in (tmp_path / "index").iterdir()] == ["six-1.0-py3-none-any.whl"]


def test_one_with_a_password_and_a_fallback(pypiserver: PypiServerFactory, tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    server = pypiserver(tmp_path / "index", fallback=True, passwords={"me": "secret"}, authenticate="update")
    with at(server.url) as here:
        assert survey.uploads(here) == survey.CLOSED
        where = survey.fallback(here)
    assert where.startswith(f"{PUBLIC_PYPI}driverenv-asks-whether-there-is-a-fallback-")


@pytest.mark.parametrize(
    ("headers", "body", "kind", "version"),
    [
        ({"X-Devpi-Server-Version": "6.14.0"}, b"", "devpi", "6.14.0"),
        ({"X-Artifactory-Id": "x", "Server": "Artifactory/7.90"}, b"", "Artifactory", ""),
        ({"Server": "Nexus/3.70.1 (OSS)"}, b"", "Nexus", "3.70.1"),
        (HTML, b"<title>Welcome to pypiserver!</title> version 9", "pypiserver", ""),
        (HTML | {"Server": "nginx"}, b"<title>Lab &amp; Co</title>", "", ""),
    ],
)
def test_others_are_known_by_what_they_say(
    raw_server: RawServerFactory, headers: dict[str, str], body: bytes, kind: str, version: str
) -> None:
    server = raw_server()
    server.script("/", rawserver.page(body, headers=headers))
    with at(server.url) as here:
        shown = survey.banner(here)
    assert (shown.kind, shown.version) == (kind, version)
    if headers.get("Server") == "nginx":
        assert (shown.software, shown.title) == ("nginx", "Lab & Co")


def test_nobody_answers(raw_server: RawServerFactory) -> None:
    server = raw_server()
    server.otherwise(rawserver.garbage())
    with at(server.url) as here, pytest.raises(IndexUnavailable):
        survey.banner(here)


def test_a_file_that_comes_whole(raw_server: RawServerFactory) -> None:
    server = raw_server()
    server.script("/small", rawserver.page(b"x" * 100))
    server.script("/large", rawserver.page(b"x" * 200_000))
    server.script("/cut", *[rawserver.cut(b"x" * 100, after=10)] * 3)
    with at(server.url) as here:
        assert survey.gives_ranges(here, ProjectFile("small", f"{server.url}/small")) is False
        assert survey.gives_ranges(here, ProjectFile("large", f"{server.url}/large")) is False
        with pytest.raises(TransportFailure):
            survey.gives_ranges(here, ProjectFile("elsewhere", "http://elsewhere.invalid/x"))


def test_who_may_upload_elsewhere_is_not_known(static_index: StaticIndexFactory, tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    server = static_index(tmp_path / "index")
    with at(server.url) as here:
        assert survey.uploads(here) == survey.UNKNOWN


def test_pages_of_a_better_index(
    static_index: StaticIndexFactory, make_wheel: WheelFactory, tmp_path: Path
) -> None:
    make_wheel("six", "1.0", tmp_path / "index")
    server = static_index(tmp_path / "index")
    with at(server.url) as here:
        cost = survey.page_cost(here, f"{server.simple_url}six/")
    assert (cost.is_json, cost.validators) == (True, ("etag",))
