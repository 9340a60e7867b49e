"""Names on a root page that are no links to projects; `test_root_page` has all of them on whole pages."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.utils import NormalizedName

from driverenv.index.mentions import (
    is_paged,
    mentions,
    mentions_in_json,
    plain_name,
    why_json_is_partial,
    why_partial,
)

RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
X = NormalizedName("x")
BASE = "http://lab/simple/"


@pytest.mark.parametrize(
    "text", ["six", " SIX ", "%73ix", "%2573ix", "s\u00adix", "si\u200bx", "\uff53\uff49\uff58", "six\x00"]
)
def test_plain_names(text: str) -> None:
    assert plain_name(text) == "six"


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("five", {"five"}),
        ("five, six; seven|eight", {"five", "six", "seven", "eight"}),
        ("six 1.0", {"six"}),
        ("six-1.0", {"six", "six-1-0"}),
        ("six v1", {"six"}),
        ("six>=1.0", {"six"}),
        ("Corp_Util: of the plant", {"corp-util"}),
        ("all six of them", set()),
        ("- six", {"six"}),
        ("x" * 301, set()),
        ("", set()),
    ],
)
def test_texts(body: str, names: set[str]) -> None:
    assert mentions(body, (), BASE, (), is_plain=True) == names


def test_what_is_known_is_left_out() -> None:
    assert mentions("<a href='six/'>Six</a>", (), BASE, {"six"}, is_plain=False) == set()


@pytest.mark.parametrize(
    ("href", "names"),
    [
        ("../", set()),
        ("/", set()),
        ("", set()),
        ("#top", set()),
        ("mailto:six@lab", set()),
        ("/p/six/", {"p", "six"}),
        ("six/a.html", {"six", "a-html", "a"}),
        ("//other/six", {"six"}),
        ("http://[/six", {"http"}),
        ("x" * 400 + "/six", {"six"}),
    ],
)
def test_addresses(href: str, names: set[str]) -> None:
    assert mentions("", ({"href": href},), BASE, (), is_plain=True) == names


def test_other_fields_of_json() -> None:
    document = {
        "meta": {"api-version": "1.0"},
        "projects": [{"name": "one", "url": "/simple/two/", "n": 3, "also": ["three", {"four": "five"}]}, 7],
        "more": None,
    }
    assert mentions_in_json(document, BASE) == {"two", "three", "four", "five"}


@pytest.mark.parametrize("key", ["next", "next_page", "cursor", "_links", "pages", "hasMore", "total_pages"])
def test_json_in_parts(key: str) -> None:
    assert key in why_json_is_partial({"meta": {}, key: "x"})
    assert key in why_json_is_partial({"meta": {key: "x"}})
    assert why_json_is_partial({"meta": {key: None}, "projects": [], "name": "x"}) == ""


def test_html_in_parts() -> None:
    assert why_partial("<a href='x/'>x</a>", (), BASE, [X]) == ""
    for href in ("?page=2", "/simple?p=2", "http://LAB/simple/?p=2", "page-2", "p/pages/3/"):
        assert "further pages" in why_partial("", ({"href": href},), BASE, [X])
    for href in ("?C=N;O=D", "?C=M&O=A", "?ND", "http://other/?page=2", "/login?next=/simple/", "http://[/"):
        assert why_partial("", ({"href": href},), BASE, [X]) == ""
    assert "another page" in why_partial("<frameset>", (), BASE, [X])


def test_links_in_headers() -> None:
    assert is_paged('<http://lab/simple/?p=2>; rel="next", <http://lab/>; rel=first')
    assert not is_paged('<http://lab/style.css>; rel="stylesheet"')
    assert not is_paged("")


@pytest.mark.parametrize(
    "piece",
    [
        "<a a-",
        "<a rel=",
        "rel=",
        "http-equiv= ",
        "<a x>",
        "</a ",
        "1-",
        "six-1.",
        "<!--",
        "a=",
        " ",
        "<b a='",
        "page",
    ],
)
def test_a_long_page_is_no_long_work(piece: str) -> None:
    """1 MiB of each come to an end: a search that goes back would not."""
    body = piece * ((1 << 20) // len(piece))
    mentions(body, (), BASE, (), is_plain=False)
    why_partial(body, ({"href": body[:1000]},), BASE, ())


@RELAXED
@given(st.text(max_size=60), st.text(max_size=20))
def test_nothing_crashes(text: str, base: str) -> None:
    for body in (text, f"<a href='{text}'>{text}</a>", f"<td data-x='{text}'>"):
        mentions(body, ({"href": text},), "http://lab/" + base.replace("[", ""), (), is_plain=False)
        why_partial(body, ({"href": text},), BASE, ())
    mentions_in_json({"x": text, text: [text]}, BASE)
    plain_name(text)
