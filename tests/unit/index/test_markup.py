"""One pass over any page: nothing is lost, nothing is looked at twice, nothing grows without bounds."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from types import FrameType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driverenv.index.markup import Overgrown, Token, resolved, tokens

RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def pieces(body: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokens(body)]


def tag(body: str) -> dict[str, str]:
    (token,) = tokens(body)
    assert token.kind == "start"
    return token.attributes


def test_a_page() -> None:
    assert pieces("<!DOCTYPE html><p>a < b<br/>c</P ><!-- <a> --><?x?></3></>d") == [
        ("comment", "<!DOCTYPE html>"),
        ("start", "p"),
        ("text", "a < b"),
        ("start", "br"),
        ("text", "c"),
        ("end", "p"),
        ("comment", "<!-- <a> -->"),
        ("comment", "<?x?>"),
        ("comment", "</3>"),
        ("comment", "</>"),
        ("text", "d"),
    ]


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("<a>", {}),
        ("<a href=x>", {"href": "x"}),
        ("<a href=x/>", {"href": "x/"}),
        ("<a href = 'x y' b>", {"href": "x y", "b": ""}),
        ('<a href="x>y"c>', {"href": "x>y", "c": ""}),
        ("<A HREF=1 href=2>", {"href": "1"}),
        ("<a/href=x>", {"href": "x"}),
        ("<a\nhref\n=\nx\n>", {"href": "x"}),
        ("<a =x>", {"=x": ""}),
        ("<a href=>", {"href": ""}),
        ("<a href=a=b&amp;c>", {"href": "a=b&amp;c"}),
        ("<a b<c>", {"b<c": ""}),
    ],
)
def test_attributes(text: str, attributes: dict[str, str]) -> None:
    assert tag(text) == attributes


@pytest.mark.parametrize(
    ("body", "first"),
    [
        ("<script>if (a<b) '<a href=x>'</script>", "if (a<b) '<a href=x>'"),
        ("<title>a<b></TITLE >", "a<b>"),
        ("<textarea></p></textarea/>", "</p>"),
        ("<style><!-- </style>", "<!-- "),
    ],
)
def test_the_text_of_scripts_and_titles_is_no_markup(body: str, first: str) -> None:
    start, raw, end = tokens(body)
    assert (start.kind, raw.kind, raw.text, end.kind, end.text) == ("start", "raw", first, "end", start.text)


def test_comments_end_where_they_end() -> None:
    for closed in ("<!-->", "<!--->", "<!-- a -->", "<!-- a --!>", "<!---->", "<!-- -- > -->", "<!x>"):
        assert pieces(closed + "b") == [("comment", closed), ("text", "b")]


UNCLOSED = [
    "<a",
    "<a href",
    "<a href=",
    "<a href='x>",
    '<a href="x>',
    "</a",
    "<!",
    "<!--",
    "<!-- ->",
    "<?",
    "</",
]


@pytest.mark.parametrize("unclosed", [*UNCLOSED, "<![CDATA[", "<!doctype"])
def test_what_is_never_closed_ends_the_page(unclosed: str) -> None:
    assert pieces("a" + unclosed) == [("text", "a"), ("cut", unclosed)]


@pytest.mark.parametrize("name", ["script", "title", "textarea", "xmp"])
def test_a_script_that_is_never_closed_ends_the_page(name: str) -> None:
    assert pieces(f"<{name}>x</{name}y><p>") == [("start", name), ("cut", f"x</{name}y><p>")]


def test_entities() -> None:
    assert resolved("&lt;&#65;&amp;&#xd800;") == "<A&\ufffd"
    assert resolved("&#" + "9" * 5000 + ";") == "&#" + "9" * 5000 + ";"


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        "<" * 700_000,
        "&" * 700_000,
        "<a" + " b c" * 1000 + ">",
        "".join(f"<a{' b' * 900}>" for _ in range(3000)),
    ],
)
def test_a_page_may_not_have_everything(body: str) -> None:
    with pytest.raises(Overgrown):
        list(tokens(body))


@pytest.mark.slow
def test_a_table_of_a_hundred_thousand_links_is_read() -> None:
    body = '<tr><td><a href="x/">x</a></td></tr>\n' * 100_000
    assert sum(token == Token("start", "a", {"href": "x/"}) for token in tokens(body)) == 100_000


HOSTILE = [
    *UNCLOSED,
    "<![",
    "<a ",
    "<a a=",
    "<a =",
    "<a  ",
    "<a/",
    "</a ",
    "<!-->",
    "<b>",
    "<a x=>",
    "<title>",
]
HOSTILE += [
    "<script>",
    "</script",
    "<textarea></textare",
    "<a href=\"'",
    "&#1",
    "&a",
    "<a b =",
    "-->",
    "\0<",
    "<a\0",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_twice_the_page_is_twice_the_work(piece: str) -> None:
    small, large = (calls(lambda n=n: list(tokens(piece * n))) for n in (1000, 2000))  # type: ignore[misc]
    assert large <= 2 * small + 50


def calls(work: Callable[[], object]) -> int:
    """How many functions are called, those of the interpreter among them."""
    count = 0

    def note(frame: FrameType, event: str, what: object) -> None:
        del frame, what
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    except Overgrown:
        pass
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.slow
@pytest.mark.parametrize("piece", HOSTILE)
def test_no_character_is_searched_again(piece: str) -> None:
    """A page of 2 MiB comes to an end: one search through the rest for each piece of it never would."""
    try:
        for _ in tokens(piece * ((1 << 21) // len(piece))):
            pass
    except Overgrown:
        pass


class _Library(HTMLParser):
    """The links as the standard library reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))


WORDS = st.text(st.sampled_from("abc/.:-_#&;é 1"), max_size=12)
ATTRIBUTES = st.lists(
    st.tuples(st.sampled_from(["href", "HREF", "data-yanked", "rel"]), st.sampled_from("'\""), WORDS),
    max_size=3,
)


@st.composite
def benign(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(["a", "A", "p", "br", "td"]))
    attributes = "".join(f" {key}={mark}{value}{mark}" for key, mark, value in draw(ATTRIBUTES))
    text = draw(WORDS)
    return draw(st.sampled_from([f"<{name}{attributes}>{text}</{name}>", f"<!-- {text} -->", text]))


@RELAXED
@given(st.lists(benign(), max_size=6).map("".join))
def test_good_pages_are_read_as_the_standard_library_does(page: str) -> None:
    library = _Library()
    library.feed(page)
    library.close()
    for (name, attributes), token in zip(
        library.found, (one for one in tokens(page) if one.kind == "start"), strict=True
    ):
        plain: dict[str, str] = {}
        for key, value in attributes:
            plain.setdefault(key, value or "")
        assert (name, plain) == (token.text, {k: resolved(v) for k, v in token.attributes.items()})


@RELAXED
@given(st.text(st.sampled_from("<>/!-=\"'& aAbhref;[]?\n\0"), max_size=60))
def test_every_character_is_in_one_piece(text: str) -> None:
    found = list(tokens(text))
    assert len(found) <= 2 * text.count("<") + 1
    kept = "".join(one.text for one in found if one.kind in ("text", "comment", "raw", "cut"))
    assert len(kept) <= len(text)
    if not re.search("<[a-zA-Z/]", text):
        assert kept == text
    assert [one.kind for one in found[:-1]].count("cut") == 0
