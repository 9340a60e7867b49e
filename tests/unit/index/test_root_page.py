"""What proves a live index, and what only looks like its root page (POLICY A9w)."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.utils import NormalizedName

from driverenv.index.page import JSON, NotAnIndex
from driverenv.index.root_page import Listed, RootPage, parse_beginning, parse_root
from tests.kit import pages

RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
SIX = NormalizedName("six")
HTML = "text/html; charset=utf-8"
ROOT = "http://pypi.lab:8036/simple/"
BARE = "http://pypi.lab:8036/"
PAGE = "<!DOCTYPE html><html><head><title>%s</title></head><body>%s</body></html>"


def judged(body: str, url: str = ROOT) -> RootPage:
    return parse_root(body.encode(), HTML, url)


@pytest.mark.parametrize("url", [ROOT, BARE])
def test_roots_of_indexes(url: str) -> None:
    for body, kind in (
        (pages.root_html(["six", "Corp.Util"]), HTML),
        (pages.root_html(["six", "Corp.Util"], full=False), HTML),
        (pages.root_json(["six", "Corp.Util"]), JSON),
    ):
        page = parse_root(body, kind, url)
        assert page.sure
        assert {one.name for one in page.listed} == {"six", "corp-util"}
        assert Listed(SIX, url + "six/") in page.listed
    assert parse_root(pages.root_json([]), JSON, url) == ((), True)
    assert parse_root(pages.root_html([]), HTML, url) == ((), True)


def test_a_fresh_pypiserver_needs_an_address_that_says_simple() -> None:
    body = pages.root_html([], full=False)
    assert parse_root(body, HTML, ROOT) == ((), True)
    with pytest.raises(NotAnIndex):
        parse_root(body, HTML, BARE)


@pytest.mark.parametrize(
    ("title", "links"),
    [
        ("Index of /simple/", '<a href="../">..</a><a href="six/">six/</a><a href="?C=N">N</a>'),
        ("Directory listing for /simple/", '<a href="six/">six/</a>'),
        ("Simple Index", '<a href="http://pypi.lab:8036/simple/six/">six</a>'),
        ("Simple index", '<a href="six">six</a>'),
        ("root/dev: simple list (including inherited indices)", '<a href="six">six</a><a href="/">devpi</a>'),
        ("Simple list of projects", '<a href="six/">six</a>'),
    ],
)
def test_titles_of_indexes(title: str, links: str) -> None:
    assert judged(PAGE % (title, links)) == ((Listed(SIX, ROOT + "six/"),), True)


@pytest.mark.parametrize(
    ("title", "links", "url"),
    [
        ("", '<a href="../">..</a><a href="/simple/six">six</a>', ROOT),
        ("Our packages", '<a href="six/"><b>Six</b></a>', ROOT),
        ("Our packages", '<a class="x" href="six/">six/</a>', BARE),
        ("Index of /", '<a href="../">../</a><a href="six/">six/</a><a href="?C=N">N</a>', BARE),
        ("Directory listing for /", "<a href='six/'>s..&gt;</a>", BARE),
        ("Django", '<a href="/six/">Six</a>', BARE),
    ],
)
def test_the_shape_alone_is_not_sure(title: str, links: str, url: str) -> None:
    assert judged(PAGE % (title, links), url) == ((Listed(SIX, url + "six/"),), False)


@pytest.mark.parametrize("url", [ROOT, BARE])
@pytest.mark.parametrize(
    ("title", "links"),
    [
        ("Wi-Fi of the plant", '<a href="/login">Log in</a> <a href="/help">Help</a>'),
        ("Wi-Fi of the plant", '<a href="login">Log in</a> <a href="help">Help</a>'),
        ("Wi-Fi of the plant", '<a href="login/">Log in</a>'),
        ("Wi-Fi of the plant", ""),
        ("", ""),
        ("", '<a href="login"><img src="key.png"></a>'),
        ("", '<a href="six/">six</a><a href="https://vendor.example/">vendor</a>'),
        ("", '<a href="six/">six</a><a href="help/">Get help</a>'),
        ("", '<!-- <a href="six/">six</a> --><a href="help/">?</a>'),
        ("Sign in to the package index", '<a href="reset">Forgot it?</a>'),
        ("Package index", ""),
        ("Simple Index login", '<a href="reset">Forgot it?</a>'),
        ("Index of services", '<a href="mail/">Mail of the plant</a>'),
        ("Simple shop", ""),
        ("Welcome to pypiserver!", '<a href="/packages/">here</a><a href="/simple/">here</a>'),
        ("Simple Index", '<a href="/elsewhere/six/">six</a>'),
        ("Links for six", '<a href="six-1.0.zip">six-1.0.zip</a>'),
        ("Index of /", '<a href="a/">a/</a><a href="six-1.0.zip">six-1.0.zip</a>'),
    ],
)
def test_what_is_no_root(title: str, links: str, url: str) -> None:
    with pytest.raises(NotAnIndex):
        judged(PAGE % (title, links), url)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"meta": {"api-version": "1.0"}, "files": []}', JSON),
        ('{"meta": {"api-version": "1.0"}, "projects": [{"id": 1}]}', JSON),
        ('{"meta": {"api-version": "2.0"}, "projects": []}', JSON),
        ('{"projects": []}', JSON),
        ("[]", JSON),
        ('{"meta": {"api-version": "1.0"}, "projects": []}', "application/json"),
        ("six", "text/plain"),
        ("", ""),
    ],
)
def test_other_kinds_of_answers(body: str, kind: str) -> None:
    with pytest.raises(NotAnIndex):
        parse_root(body.encode(), kind, ROOT)


def test_the_beginning_of_a_root() -> None:
    body = pages.root_html([f"project{n}" for n in range(100)])
    assert parse_beginning(body[:2000], HTML, ROOT).sure
    assert not parse_beginning(b"<a href='six/'>six</a>\n" * 99, HTML, ROOT).sure
    assert parse_beginning(b'{"meta": {"api-version": "1.0"}, "projects": [{"na', JSON, ROOT).sure
    for other, kind in ((b"<a href='/x'>" * 99, HTML), (b"x" * 99, "text/plain"), (b'{"a": 1', JSON)):
        with pytest.raises(NotAnIndex):
            parse_beginning(other, kind, ROOT)


JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@RELAXED
@given(JSONISH)
def test_json_documents_never_crash(value: object) -> None:
    with pytest.raises(NotAnIndex):
        parse_root(json.dumps(value).encode(), JSON, ROOT)


@RELAXED
@given(
    st.binary(max_size=100),
    st.sampled_from([HTML, JSON, "text/html; charset=nonsense", "text/html; charset=utf-16"]),
)
def test_bytes_never_crash(body: bytes, kind: str) -> None:
    for parser in (parse_root, parse_beginning):
        with suppress(NotAnIndex):
            parser(body, kind, ROOT)
