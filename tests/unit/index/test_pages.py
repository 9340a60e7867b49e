"""One question and its redirects; `test_simple` has all of them over real sockets."""

from __future__ import annotations

import pytest
from packaging.utils import NormalizedName

from driverenv._http import Response, TransportFailure
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
    assert len(answer.body) == 1000
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
