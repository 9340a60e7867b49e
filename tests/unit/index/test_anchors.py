"""The fast scanner and html.parser read the same; neither ever fails."""

from __future__ import annotations

import html

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driverenv.index.anchors import parse, read, scan

RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
VALUES = st.text(st.sampled_from("abc/.:-_#=&;<>\"' 19%+?éß\n"), max_size=20)
QUOTED = VALUES.map(html.escape)
NAMES = st.sampled_from(["href", "HREF", "data-yanked", "data-requires-python", "rel", "name", "content"])
ATTRIBUTES = st.lists(
    st.tuples(NAMES, st.one_of(QUOTED, VALUES.map(lambda text: text.replace('"', "")))), max_size=3
)
TAGS = st.sampled_from(["a", "A", "base", "meta", "br", "p", "h1", "script", "title"])
SPACE = st.sampled_from([" ", "\n  ", "\t", "\r\n"])


@st.composite
def pieces(draw: st.DrawFn) -> str:
    tag, space = draw(TAGS), draw(SPACE)
    attributes = "".join(f'{space}{name}="{value}"' for name, value in draw(ATTRIBUTES))
    end = draw(st.sampled_from(["", " ", "/", " /"]))
    close = draw(
        st.sampled_from([f"</{tag}>", f"</{tag} >", "", "<!-- <a href='x'> -->", "<a href='single'>"])
    )
    return f"<{tag}{attributes}{end}>{draw(QUOTED)}{close}"


PAGES = st.builds(
    lambda head, parts: head + "".join(parts),
    st.sampled_from(["", "<!DOCTYPE html>\n", " <!doctype html>"]),
    st.lists(pieces(), max_size=6),
)
PLAIN_PIECES = st.builds(
    lambda tag, attributes, text: (
        f"<{tag}" + "".join(f' {name}="{value}"' for name, value in attributes) + f">{text}</{tag}>"
    ),
    st.sampled_from(["a", "a", "p", "meta", "base"]),
    st.lists(st.tuples(NAMES, QUOTED), max_size=3),
    QUOTED,
)


@RELAXED
@given(PAGES)
def test_the_scanner_agrees_with_the_parser(page: str) -> None:
    fast = scan(page)
    assert fast is None or fast == parse(page)


@RELAXED
@given(st.lists(PLAIN_PIECES, max_size=6))
def test_the_scanner_takes_plain_pages(parts: list[str]) -> None:
    page = "<!DOCTYPE html><html><body>" + "\n".join(parts) + "</body></html>"
    fast = scan(page)
    assert fast is not None
    assert fast == parse(page)


@RELAXED
@given(st.text(st.sampled_from("<>/!-=\"'& aAbhref;[]?\n"), max_size=60))
def test_nothing_crashes(text: str) -> None:
    read(text)


def test_a_page_in_full() -> None:
    page = (
        '<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.1">'
        '<title> Links  for six &amp; more</title><base href="/b/"></head><body>'
        '<a href="six.zip#sha256=0" data-requires-python="&gt;=3.6" data-yanked="">six</a><a name="x">y</a></body></html>'
    )
    document = scan(page)
    assert document == parse(page)
    assert document is not None
    assert document.anchors == (
        {"href": "six.zip#sha256=0", "data-requires-python": ">=3.6", "data-yanked": ""},
    )
    assert (document.base, document.title, document.version) == ("/b/", "Links for six & more", "1.1")


def test_odd_pages_go_to_the_parser() -> None:
    for odd in (
        "<a href='x'>",
        "<a href=x>",
        '<a href="x>y">',
        '<!-- <a href="x"> -->',
        '<script>"<a href=\\"x\\">"</script>',
        '<a href="x&amp">',
        "<a href",
    ):
        assert scan(odd) is None
    assert read("<a href='x' data-yanked>").anchors == ({"href": "x", "data-yanked": ""},)
    assert read('<a href="x>y">').anchors == ({"href": "x>y"},)
    assert read('<script><a href="x"></script>').anchors == ()
