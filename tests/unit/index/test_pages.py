"""One question and its redirects; `test_simple` has all of them over real sockets."""

from __future__ import annotations

from typing import NoReturn

import pytest
from packaging.utils import NormalizedName

from driverenv._http import Response, TransportFailure, redacted
from driverenv.errors import IndexUnavailable
from driverenv.index.pages import Missing, Pages
from driverenv.index.trouble import Question
from driverenv.model.site import Index, Policy
from tests.kit import RawServer, rawserver
from tests.kit.factories import RawServerFactory

from .conftest import OpenTransport

SIX = NormalizedName("six")


@pytest.fixture
def server(raw_server: RawServerFactory) -> RawServer:
    return raw_server()


def ask(server: RawServer, transport_for: OpenTransport, *, is_root: bool = False) -> Response | Missing:
    index = Index(server.simple_url)
    pages = Pages(index, public=False, transport=transport_for(Policy(local=[index])), public_index=None)
    question = Question(SIX, index, public=False, url=server.simple_url + "six/")
    return pages.ask(question, limit=1000, is_root=is_root)


def test_the_final_address_is_given(server: RawServer, transport_for: OpenTransport) -> None:
    server.script("/simple/six/", rawserver.page(b"", "301 x", {"Location": "../seven/?a=1#f"}))
    server.script("/simple/seven/", rawserver.page(b"<html></html>"))
    answer = ask(server, transport_for)
    assert isinstance(answer, Response)
    assert answer.url == server.simple_url + "seven/?a=1"


def test_missing(server: RawServer, transport_for: OpenTransport) -> None:
    assert ask(server, transport_for) == Missing("404")
    server.script("/simple/six/", rawserver.page(b"", "303 x", {"Location": "https://pypi.org/simple/six/"}))
    assert ask(server, transport_for) == Missing("303 to https://pypi.org/simple/six/, its fallback")


def test_the_beginning_of_a_large_root_is_enough(server: RawServer, transport_for: OpenTransport) -> None:
    server.script("/simple/six/", rawserver.endless(b"x" * 100))
    answer = ask(server, transport_for, is_root=True)
    assert isinstance(answer, Response)
    assert not answer.whole
    assert len(answer.body) < 100_000
    with pytest.raises(IndexUnavailable) as caught:
        ask(server, transport_for)
    assert caught.value.code == "LOCAL_TOO_LARGE"
    assert isinstance(caught.value.__cause__, TransportFailure)


@pytest.mark.parametrize("location", ["https://me:secret@evil.test/six/", "https://pypi.org/simple/"])
def test_elsewhere(server: RawServer, transport_for: OpenTransport, location: str) -> None:
    server.script("/simple/six/", rawserver.page(b"", "302 x", {"Location": location}))
    with pytest.raises(IndexUnavailable) as caught:
        ask(server, transport_for)
    assert caught.value.code == "LOCAL_REDIRECT"
    assert "secret" not in str(caught.value)


def target_of(local: str, public: str, location: str, *, hosts: tuple[str, ...] = ()) -> Missing | str:
    """What a redirect of the page of six means: absence, or the code of an error."""
    index, public_index = Index(local, redirect_hosts=hosts), Index(public)
    pages = Pages(index, public=False, transport=_Redirects(location), public_index=public_index)
    try:
        answer = pages.ask(Question(SIX, index, public=False, url=f"{local}six/"))
    except IndexUnavailable as error:
        return f"{error.code}: {error.summary}"
    return answer if isinstance(answer, Missing) else answer.url


class _Redirects:
    """A transport whose first answer is a redirect, and any other a page (or `then`)."""

    def __init__(self, location: str, *, then: Response | None = None) -> None:
        self._location = location
        self._then = then

    def get(self, index: Index, url: str, **_: object) -> Response:
        del index
        location, self._location = self._location, ""
        if not location and self._then is not None:
            return self._then
        return Response(303 if location else 200, {"location": location}, b"", url)

    def stream(self, *_: object, **__: object) -> NoReturn:
        raise AssertionError("pages are not streamed")


@pytest.mark.parametrize(
    ("public", "location"),
    [
        ("http://127.0.0.1:2/simple/", "http://127.0.0.1:2/simple/six/"),
        ("https://127.0.0.1:2/simple/", "https://127.0.0.1:2/simple/six"),
        ("http://127.0.0.1:1/root/pypi/+simple/", "http://127.0.0.1:1/root/pypi/+simple/Six/"),
        ("https://mirror.test/simple/", "http://mirror.test/simple/six/"),
        ("https://mirror.test/simple/", "https://pypi.org/simple/six/"),
        ("https://mirror.test/simple/", "http://pypi.python.org/simple/six/"),
        ("https://mirror.test/simple/", "http://pypi.python.org/pypi/six"),
        ("https://mirror.test/simple/", "https://me:word@pypi.org/simple/%53ix/"),
        ("https://mirror.test/", "https://mirror.test/six/"),
        ("https://mirror.test/", "https://mirror.test/simple/six/"),
        ("https://mirror.test/a/b/simple", "https://mirror.test/a/b/simple/six/"),
    ],
)
def test_a_fallback_is_told_by_its_origin(public: str, location: str) -> None:
    missing = target_of("http://127.0.0.1:1/simple/", public, location)
    assert missing == Missing(f"303 to {redacted(location)}, its fallback")


@pytest.mark.parametrize(
    "location",
    [
        "https://pypi.org/project/six/",
        "https://pypi.org/six/",
        "https://pypi.org/pypi/six/",
        "https://pypi.org/login",
        "https://pypi.org/",
        "https://pypi.org/simple/",
        "https://pypi.org/simple/six/json",
        "https://pypi.org/simple/six/?next=six",
        "https://pypi.org/simple/../login/six/",
        "https://pypi.org/simple/%2e%2e%2fsix/",
        "https://pypi.org/simple//six/",
        "https://pypi.org/search/?q=six",
        "https://pypi.org:8443/simple/six/",
        "https://mirror.test/six/",
        "https://mirror.test/simple/simple/six/",
        "https://mirror.test/root/simple/six/",
        "https://pypi.python.org/packages/six/",
        "https://test.pypi.org/simple/six/",
    ],
)
@pytest.mark.parametrize("hosts", [(), ("pypi.org", "mirror.test", "pypi.python.org")])
def test_only_the_page_of_the_same_name_is_a_fallback(location: str, hosts: tuple[str, ...]) -> None:
    told = str(target_of("http://127.0.0.1:1/simple/", "https://mirror.test/simple/", location, hosts=hosts))
    assert told.startswith("LOCAL_REDIRECT: ")


def test_a_root_page_at_public_is_no_fallback() -> None:
    index = Index("http://lab/simple/")
    pages = Pages(
        index, public=False, transport=_Redirects("https://pypi.org/simple/simple/"), public_index=None
    )
    with pytest.raises(IndexUnavailable) as caught:
        pages.ask(Question(None, index, public=False, url="http://lab/simple/"), is_root=True)
    assert caught.value.code == "LOCAL_REDIRECT"


def test_redirects_to_hosts_of_the_terms_are_followed() -> None:
    def told(location: str, local: str = "http://lab/simple/", hosts: tuple[str, ...] = ("cdn.lab",)) -> str:
        return str(target_of(local, "https://mirror.test/simple/", location, hosts=hosts))

    assert told("http://cdn.lab/p/six/") == "http://cdn.lab/p/six/"
    assert told("https://cdn.lab/p/six/") == "https://cdn.lab/p/six/"
    assert told("http://CDN.lab:8080/p/six/", hosts=("cdn.lab:8080",)) == "http://CDN.lab:8080/p/six/"
    for refused in ("http://cdn.lab:8080/p/six/", "http://other.lab/p/six/", "http://x.cdn.lab/p/six/"):
        assert told(refused).startswith("LOCAL_REDIRECT")
    assert told("http://cdn.lab/p/six/", "https://lab/simple/").startswith("LOCAL_REDIRECT")


@pytest.mark.parametrize(
    ("status", "location", "code"),
    [
        (404, "", "LOCAL_ERROR"),
        (410, "", "LOCAL_ERROR"),
        (303, "https://pypi.org/simple/six/", "LOCAL_REDIRECT"),
        (302, "http://other.lab/six/", "LOCAL_REDIRECT"),
        (302, "http://lab/simple/six/", "LOCAL_REDIRECT"),
    ],
)
def test_another_host_proves_no_absence(status: int, location: str, code: str) -> None:
    index = Index("http://lab/simple/", redirect_hosts=["cdn.lab"])
    transport = _Redirects("http://cdn.lab/p/six/", then=Response(status, {"location": location}, b"", ""))
    pages = Pages(index, public=False, transport=transport, public_index=None)
    with pytest.raises(IndexUnavailable) as caught:
        pages.ask(Question(SIX, index, public=False, url="http://lab/simple/six/"))
    assert caught.value.code == code


def test_the_index_may_say_404_after_its_own_redirects() -> None:
    index = Index("http://lab/simple/")
    for place in ("http://lab/other/six/", "https://lab/simple/six/"):
        transport = _Redirects(place, then=Response(404, {}, b"", ""))
        pages = Pages(index, public=False, transport=transport, public_index=None)
        question = Question(SIX, index, public=False, url="http://lab/simple/six/")
        assert pages.ask(question) == Missing("404")


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("http://127.0.0.1:2/simple/seven/", "sends us to another project's page on the public index"),
        ("http://127.0.0.1:3/simple/six/", "sends us to an address that is not its own"),
        ("https://mirror.test:444/simple/six/", "sends us to an address that is not its own"),
        ("http://[/", "sends us to an address that cannot be read"),
        ("http://127.0.0.1:1/simple/six/", "redirects of the local index do not end"),
    ],
)
def test_other_redirects_are_told_apart(location: str, says: str) -> None:
    told = str(target_of("http://127.0.0.1:1/simple/", "http://127.0.0.1:2/simple/", location))
    assert told.startswith("LOCAL_REDIRECT: the ")
    assert says in told


def test_a_downgrade_is_told() -> None:
    told = str(target_of("https://lab/simple/", "https://mirror.test/", "http://lab/simple/six/"))
    assert told.startswith("LOCAL_REDIRECT: the local index sends us from https to http")


def test_one_index_in_both_roles_redirects_at_home() -> None:
    told = target_of("http://lab/simple/", "http://lab/simple/", "http://lab/simple/Six/")
    assert told == "http://lab/simple/Six/"
