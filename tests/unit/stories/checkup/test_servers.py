"""The way to an index, up to where it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from driverenv._http import HttpTransport, Timeouts, open_transport
from driverenv._http.lookup import Lookup
from driverenv.model.finding import FAIL, OK, WARN, Finding
from driverenv.model.site import Index, Policy
from driverenv.stories.checkup import servers
from tests.kit import rawserver, refused_port
from tests.kit.factories import RawServerFactory

ROOT = rawserver.page(b"<!DOCTYPE html><html><body><a href='six/'>six</a></body></html>")
PAGE = rawserver.page(
    b"<!DOCTYPE html><html><body><a href='six-1.0.tar.gz#sha256=00'>six-1.0.tar.gz</a></body></html>"
)


@contextmanager
def transport(policy: Policy, lookup: Lookup | None = None) -> Iterator[HttpTransport]:
    times = Timeouts(connect=2, first_byte=2, answer=2, whole=4, sleep=lambda _seconds: None)
    with open_transport(policy, timeouts=times, lookup=lookup) as opened:
        yield opened


def look(index: Index, *, fast: bool = True, lookup: Lookup | None = None) -> servers.Looked:
    policy = Policy(local=[index])
    with transport(policy, lookup) as opened:
        return servers.look_at("local index lab", index, policy, opened, fast=fast)


def codes(looked: servers.Looked) -> list[tuple[str, str]]:
    return [(one.code, one.status) for one in looked.section.findings]


def test_the_whole_way(raw_server: RawServerFactory) -> None:
    server = raw_server()
    server.script(
        "/", rawserver.page(b"", headers={"Server": "labd/1", "Date": "Tue, 01 Dec 2026 10:00:00 GMT"})
    )
    server.script("/simple/", ROOT)
    server.script("/simple/six/", PAGE)
    looked = look(Index(server.url, name="lab"))
    assert codes(looked) == [("index-connection", OK), ("index-server", OK), ("index-listing", OK)]
    assert looked.name == "lab"
    assert looked.offset is not None
    assert "calls itself labd/1 answers" in looked.section.findings[1].detail


@pytest.mark.parametrize(
    ("header", "status"),
    [("Welcome to pypiserver! running version 1.5.2 of the <a>pypiserver", WARN), ("x", OK)],
)
def test_an_old_pypiserver(raw_server: RawServerFactory, header: str, status: str) -> None:
    server = raw_server()
    server.script("/", rawserver.page(f"<title>{header}</a></title>".encode()))
    server.otherwise(ROOT)
    found = dict(codes(look(Index(server.url))))
    assert found["index-server"] == status


def test_it_ends_where_it_fails() -> None:
    with refused_port() as port:
        (found,) = look(Index(f"http://127.0.0.1:{port}", name="lab")).section.findings
    assert (found.code, found.status, found.data) == ("index-connection", FAIL, {"error": "LOCAL_DOWN"})
    assert "check that the index's process" in found.remedy


def test_a_name_that_nobody_knows() -> None:
    (found,) = look(Index("http://pypi.lab.invalid"), lookup=Lookup(lambda _host, _port: [])).section.findings
    assert (found.code, found.data) == ("index-name", {"error": "LOCAL_DNS"})


def test_a_name_and_its_addresses(raw_server: RawServerFactory) -> None:
    server = raw_server()
    index = Index(f"http://pypi.lab.invalid:{server.port}")
    first, *_ = look(index, lookup=Lookup(lambda _host, _port: ["127.0.0.1"])).section.findings
    assert (first.code, first.detail) == ("index-name", "pypi.lab.invalid is 127.0.0.1")


def test_an_answer_that_is_none(raw_server: RawServerFactory) -> None:
    server = raw_server()
    server.script("/", rawserver.page(b"<title>Lab \x1b login</title>"))
    looked = look(Index(server.url), fast=False)
    assert codes(looked)[1:] == [("index-server", OK), ("index-answer", FAIL)]
    assert 'with the page "Lab \\x1b login"' in looked.section.findings[1].detail
    assert looked.section.findings[2].data == {"error": "LOCAL_NOT_AN_INDEX"}


def test_one_that_is_not_to_be_asked() -> None:
    policy = Policy(local=[], public=Index("http://mirror.test/simple/"))
    with transport(policy) as opened:
        assert policy.public is not None
        (found,) = servers.look_at("x", policy.public, policy, opened, fast=True).section.findings
    assert (found.code, found.status) == ("index-address", FAIL)
    assert "https" in found.detail


@pytest.mark.parametrize(
    ("terms", "code", "told"),
    [
        ({"proxy": "socks5://me:secret@p:1"}, "index-connection", "a proxy is an http:// or https:// URL"),
        ({"proxy": "http://me:secret@p:99999"}, "index-connection", "a proxy is an http:// or https:// URL"),
        ({"ca_file": "/nowhere.pem"}, "index-certificate", "/nowhere.pem cannot be used"),
        ({"client_cert": "/nowhere.pem"}, "index-certificate", "/nowhere.pem cannot be used"),
    ],
)
def test_terms_that_cannot_be_kept(terms: dict[str, str], code: str, told: str) -> None:
    (found,) = look(Index("https://pypi.lab.invalid", name="lab").replace(**terms)).section.findings
    assert (found.code, found.status, told in found.detail) == (code, FAIL, True)
    assert "secret" not in repr(found)


def test_one_that_took_too_long_is_not_asked_for_more(
    raw_server: RawServerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "PATIENCE", -1.0)
    (found,) = look(Index(raw_server().url)).section.findings
    assert (found.code, found.status) == ("index-slow", WARN)


def test_what_nobody_asks_in_offline_mode() -> None:
    found: Finding = servers.not_asked()
    assert (found.status, "offline" in found.detail) == (OK, True)
