"""What proves a live index, and what only looks like its root page (POLICY A9w)."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.utils import NormalizedName

from driverenv.index.page import JSON, NotAnIndex, TooManyLinks
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
        assert page.of_pypiserver == (kind == HTML)
    assert parse_root(pages.root_json([]), JSON, url) == RootPage((), sure=True)
    assert parse_root(pages.root_html([]), HTML, url) == RootPage((), sure=True, of_pypiserver=True)


def test_a_fresh_pypiserver_needs_an_address_that_says_simple() -> None:
    body = pages.root_html([], full=False)
    assert parse_root(body, HTML, ROOT) == RootPage((), sure=True, of_pypiserver=True)
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
    assert judged(PAGE % (title, links))[:2] == ((Listed(SIX, ROOT + "six/"),), True)


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
    assert judged(PAGE % (title, links), url)[:2] == ((Listed(SIX, url + "six/"),), False)


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


SEVEN = '<a href="seven/">seven</a>'


@pytest.mark.parametrize(
    "more",
    [
        '<a href="/elsewhere/six/">see here</a>',
        '<a href="https://vendor.test/p/SIX">see here</a>',
        '<a href="six/index.html">see here</a>',
        '<a href="six/?x=1">see here</a>',
        '<a href="six;v=1/files/">see here</a>',
        '<a href="files/six.html">see here</a>',
        '<a href="files/%2573ix/">see here</a>',
        '<a href="HTTP://PYPI.LAB:8036/simple/six/">see here</a>',
        '<a href="six-1.0/files/">see here</a>',
        '<a href="/p/1">Six</a>',
        '<a href="/p/1">six 1.0</a>',
        '<a href="/p/1">six (1.0)</a>',
        '<a href="/p/1">six==1.0</a>',
        '<a href="/p/1">six-1.0</a>',
        '<a href="/p/1"> &#115;ix </a>',
        '<a href="/p/1">s<b>i</b>x</a>',
        '<a href="/p/1">si&shy;x</a>',
        '<a href="/p/1">si\u200bx</a>',
        '<a href="/p/1">\uff53\uff49\uff58</a>',
        '<a href="javascript:go(6)">six</a>',
        '<a href="#" data-name="six">see here</a>',
        '<a href="#" title="six">see here</a>',
        "<a name='six'>see here</a>",
        "<a>six</a>",
        "<ul><li>six</li></ul>",
        "<pre>five\nsix\nseven</pre>",
        "<p>five, six, seven</p>",
        "<option value='six'>see here</option>",
        "<area href='/p/six/'>",
        '<!-- <a href="six/">soon</a> -->',
        "<!-- six -->",
        "<script>var names = [\n'six',\n'seven']</script>",
        "<noscript><a href='/p/six'>see here</a></noscript>",
        "<template><a href='/p/six'>see here</a></template>",
        "<p>six-1.0.tar.gz</p>",
    ],
)
def test_a_name_counts_wherever_it_stands_alone(more: str) -> None:
    page = judged(PAGE % ("Simple Index", SEVEN + more))
    assert SIX in page.named
    assert {one.name for one in page.listed} == {"seven"}


@pytest.mark.parametrize(
    "href", ["six%20/", "%73ix/", "%2573ix", " SIX ", "./six/", "/simple/six", "s%C2%ADix/", "six//"]
)
def test_spellings_of_a_link(href: str) -> None:
    page = judged(PAGE % ("Simple Index", f'{SEVEN}<a href="{href}">see here</a>'))
    assert {one.name for one in page.listed} == {"seven", "six"}


def test_prose_and_what_indexes_write_themselves_name_nothing() -> None:
    prose = "<p>The six of us keep these packages for the plant.</p><p>Ask us first: mail@plant.test</p>"
    sorting = '<a href="?C=N;O=D">Name</a><a href="?C=S;O=A">Size</a><a href="/">Parent Directory</a>'
    page = judged(PAGE % ("Index of /simple/", SEVEN + prose + sorting))
    assert not {"six", "name", "size", "simple", "index"} & page.named
    assert page.partial == ""
    for body, kind in (
        (pages.root_html(["seven"]), HTML),
        (pages.root_html(["seven"], full=False), HTML),
        (pages.root_json(["seven"]), JSON),
    ):
        assert parse_root(body, kind, ROOT)[2:4] == (frozenset(), "")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('<a href="?page=2">2</a>', "further pages"),
        ('<a href="?page=2">All of them</a>', "further pages"),
        ('<a href="/simple/?start=100">Others</a>', "further pages"),
        ('<a href="/simple/page/2/">Others</a>', "further pages"),
        ('<a href="page2.html">Others</a>', "further pages"),
        ('<a href="p2/">Next</a>', "further pages"),
        ('<a href="p2/">&raquo;</a>', "further pages"),
        ('<a href="p2/" rel="next">Others</a>', "further pages"),
        ('<link rel="next" href="p2/">', "further pages"),
        ('<meta http-equiv="refresh" content="0; url=/other/">', "sends its readers on"),
        ('<iframe src="/other/"></iframe>', "another page inside"),
    ],
)
def test_a_listing_in_parts_is_not_whole(more: str, says: str) -> None:
    assert says in judged(PAGE % ("Simple Index", SEVEN + more)).partial


def test_projects_may_be_called_like_pages() -> None:
    assert judged(PAGE % ("Simple Index", '<a href="next/">next</a><a href="2/">2</a>')).partial == ""


def test_a_script_in_place_of_links_lists_nothing() -> None:
    page = judged(PAGE % ("Simple Index", "<script src='list.js'></script>"))
    assert "script" in page.partial


@pytest.mark.parametrize(
    ("changes", "partial", "names"),
    [
        ({"projects": [{"name": "seven", "normalized": "six"}]}, False, True),
        ({"projects": [{"name": "seven", "url": "/simple/six/"}]}, False, True),
        ({"projects": [{"name": "seven", "aliases": ["Six"]}]}, False, True),
        ({"others": {"six": {}}}, False, True),
        ({"others": [{"name": "six"}]}, False, True),
        ({"projects": [{"name": "seven", "summary": "like six, but"}]}, False, False),
        ({"next": "/simple/?page=2"}, True, False),
        ({"meta": {"api-version": "1.0", "next_page": 2}}, True, False),
        ({"next": None}, False, False),
    ],
)
def test_json_with_other_fields(changes: dict[str, object], partial: bool, names: bool) -> None:
    document = {"meta": {"api-version": "1.0"}, "projects": [{"name": "seven", "_last-serial": 1}]} | changes
    page = parse_root(json.dumps(document).encode(), JSON, ROOT)
    assert (bool(page.partial), SIX in page.named) == (partial, names)


def test_json_names_are_read_like_links() -> None:
    rows = [{"name": " Six "}, {"name": "../x"}]
    page = parse_root(
        json.dumps({"meta": {"api-version": "1.0"}, "projects": rows}).encode(), JSON, ROOT[:-1]
    )
    assert page.listed == (Listed(SIX, ROOT + "Six/"), Listed(NormalizedName("-/x"), ROOT + "..%2Fx/"))


@pytest.mark.parametrize(
    "body", ["<!-- <a href='six/'>six</a>", "<a href='six/", "<title>Simple", "<script>x"]
)
def test_a_page_that_is_never_closed(body: str) -> None:
    with pytest.raises(NotAnIndex, match="ends inside"):
        judged("<title>Simple Index</title><a href='seven/'>seven</a>" + body)


def test_a_listing_is_bounded() -> None:
    with pytest.raises(TooManyLinks):
        judged("<a href='x/'>x</a>" * 100_001)
    with pytest.raises(TooManyLinks):
        judged("<b>" * 700_000)
    with pytest.raises(TooManyLinks):
        judged("<title>Simple Index</title>" + "six, " * 600_000)
    rows = [{"name": "x"}] * 100_001
    with pytest.raises(TooManyLinks):
        parse_root(json.dumps({"meta": {"api-version": "1.0"}, "projects": rows}).encode(), JSON, ROOT)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"meta": {"api-version": "1.0"}, "projects": [{"name": "\\ud800"}]}', JSON),
        ('{"meta": {"api-version": "1.0"}, "projects": [{"name": "six", "n": ' + "1" * 5000 + "}]}", JSON),
        ('{"meta": {"api-version": "1.0"}, "projects": ' + "[" * 99_999 + "]" * 99_999 + "}", JSON),
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


def test_other_indexes_have_other_titles() -> None:
    for title in ("Simple index", "Simple Package Index", "Simple Index of the plant"):
        assert not judged(PAGE % (title, SEVEN)).of_pypiserver
