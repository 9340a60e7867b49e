from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from driverenv._http import open_transport
from driverenv.errors import IndexUnavailable
from driverenv.index.survey import Surveyor
from driverenv.model.finding import FAIL, OK, WARN, Finding
from driverenv.model.site import Index, Policy
from driverenv.stories.checkup import pages
from tests.kit import Answer, rawserver
from tests.kit.factories import PypiServerFactory, RawServerFactory, StaticIndexFactory, WheelFactory

HTML = {"content-type": "text/html"}


@contextmanager
def at(location: str, *, public: bool = False, tick: float = 0.01, **terms: str) -> Iterator[Surveyor]:
    """A surveyor; each look at its clock is so many seconds after the last one."""
    index = Index(location, name="lab").replace(**terms)
    policy = Policy(local=[] if public else [index], public=index if public else None)
    times = itertools.count()
    with open_transport(policy) as transport:
        yield Surveyor(index, public, transport, policy.public, lambda: next(times) * tick)


def html(body: str) -> Answer:
    return Answer(200, HTML, f"<!DOCTYPE html><html><body>{body}</body></html>".encode())


def look(part: Callable[[Surveyor], Iterator[Finding]], here: Surveyor) -> dict[str, Finding]:
    return {one.code: one for one in part(here)}


def test_a_pypiserver(pypiserver: PypiServerFactory, make_wheel: WheelFactory, tmp_path: Path) -> None:
    make_wheel("six", "1.0", tmp_path / "index")
    server = pypiserver(tmp_path / "index")
    with at(server.url) as here:
        (listing,) = look(pages.listing, here).values()
        assert (listing.status, listing.data["projects"]) == (OK, 1)
        found = look(pages.content, here)
    assert {code: one.status for code, one in found.items()} == {
        "index-page": OK,
        "index-file": OK,
        "index-uploads": WARN,
        "index-fallback": OK,
    }
    assert found["index-page"].detail == (
        "six: 1 file, HTML, in 10 ms; nothing says whether a page changed, so each is read anew"
    )
    assert found["index-fallback"].detail.startswith("off:")


def test_a_locked_one_that_falls_back(pypiserver: PypiServerFactory, tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    server = pypiserver(
        tmp_path / "index", fallback=True, passwords={"me": "secret"}, authenticate="update", hash_algo="md5"
    )
    with at(server.url) as here:
        (listing,) = look(pages.listing, here).values()
        found = look(pages.content, here)
    assert (listing.status, listing.detail) == (WARN, "it is an index, and lists no project at all")
    assert found["index-page"].status == WARN
    assert found["index-uploads"].status == OK
    assert found["index-fallback"].detail.startswith(
        "on: who asks for what it lacks is sent to https://pypi.org/"
    )


@pytest.mark.parametrize("algorithm", ["md5", "off"])
def test_without_sha256(
    pypiserver: PypiServerFactory, make_wheel: WheelFactory, tmp_path: Path, algorithm: str
) -> None:
    make_wheel("six", "1.0", tmp_path / "index")
    server = pypiserver(tmp_path / "index", hash_algo=algorithm)
    with at(server.url) as here:
        found = look(pages.content, here)["index-digests"]
    assert found.status == WARN
    assert f"only {'nothing' if algorithm == 'off' else 'md5'}" in found.detail


@pytest.mark.parametrize("public", [False, True])
def test_a_page_that_takes_its_time(
    static_index: StaticIndexFactory, make_wheel: WheelFactory, tmp_path: Path, public: bool
) -> None:
    make_wheel("pip", "1.0", tmp_path / "index")
    server = static_index(tmp_path / "index")
    with at(server.simple_url, public=public, tick=0.5) as here:
        assert bool(look(pages.listing, here)) is not public
        found = look(pages.content, here)["index-page"]
    assert (found.status, found.data["milliseconds"]) == (WARN, 500)
    assert "a launch that asks for 30 of them waits 15 s" in found.detail
    assert ("pypiserver" in found.remedy) is not public


def test_public_that_has_not_even_pip(static_index: StaticIndexFactory, tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    server = static_index(tmp_path / "index")
    with at(server.simple_url, public=True) as here:
        assert look(pages.content, here) == {
            "index-page": Finding("index-page", OK, "page", "it answers, and has not pip")
        }


def test_public_without_digests(static_index: StaticIndexFactory, tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    server = static_index(tmp_path / "index")
    server.override("/simple/pip/", html('<a href="/f/pip-1.0.tar.gz">x</a>'))
    with at(server.simple_url, public=True) as here:
        found = look(pages.content, here)
    assert found["index-digests"].status == FAIL
    assert (found["index-file"].status, "is listed, and cannot be had" in found["index-file"].detail) == (
        FAIL,
        True,
    )


def test_files_that_come_whole_or_not_at_all(raw_server: RawServerFactory) -> None:
    body = b"<!DOCTYPE html><html><body><a href='/f/six-1.0.tar.gz#sha256=00'>x</a></body></html>"
    root = b"<!DOCTYPE html><html><body><a href='six/'>six</a></body></html>"
    server = raw_server()
    server.script("/simple/", *[rawserver.page(root)] * 9)
    server.script("/simple/six/", *[rawserver.page(body)] * 9)
    server.script("/f/six-1.0.tar.gz", rawserver.page(b"x"), rawserver.garbage())
    with at(server.url) as here:
        whole = look(pages.content, here)["index-file"]
        broken = look(pages.content, here)["index-file"]
    assert (whole.status, "not in parts" in whole.detail) == (OK, True)
    assert (broken.status, "cannot be had: the answer was no proper HTTP" in broken.detail) == (FAIL, True)


def test_a_listing_in_parts(
    static_index: StaticIndexFactory, make_wheel: WheelFactory, tmp_path: Path
) -> None:
    make_wheel("six", "1.0", tmp_path / "index")
    server = static_index(tmp_path / "index")
    link = {"link": '</simple/?page=2>; rel="next"'}
    server.override("/simple/", replace(html('<a href="six/">six</a>'), headers={**HTML, **link}))
    for probe, status in (("root", WARN), ("project", OK)):
        with at(server.url, probe=probe) as here:
            (found,) = look(pages.listing, here).values()
        assert (found.status, "is not the whole listing" in found.detail) == (status, True)


def test_what_is_no_index_is_raised(static_index: StaticIndexFactory, tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    server = static_index(tmp_path / "index")
    server.override("/simple/", html("log in"))
    with at(server.url) as here, pytest.raises(IndexUnavailable):
        look(pages.listing, here)


def test_a_fallback_to_elsewhere(
    static_index: StaticIndexFactory, make_wheel: WheelFactory, tmp_path: Path
) -> None:
    """Not the public index: a launch would fail there, and it is said where it leads."""
    make_wheel("six", "1.0", tmp_path / "index")
    server = static_index(tmp_path / "index")
    site = server.site
    server.override("/simple/six/", site.answer)

    class Elsewhere:
        def answer(self, request: object) -> Answer:
            answer = site.answer(request)  # type: ignore[arg-type]
            return Answer.redirect("https://elsewhere.invalid/x/", 302) if answer.status == 404 else answer

    server.site = Elsewhere()
    with at(server.url) as here:
        found = look(pages.content, here)["index-fallback"]
    assert found.data == {"to": "https://elsewhere.invalid/x/"}
