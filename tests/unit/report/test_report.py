from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from driverenv.report import render
from driverenv.report.content import Report
from tests.unit.report import sample

HOSTILE = (
    "\"><script>alert(1)</script><img src=x onerror=alert(1)>'",
    "</style></title></svg></details><iframe src=https://evil.example>",
    "<!-- ]]> &lt;b&gt; javascript:alert(1) </td></table>",
)
EMPTY = {"meta", "br", "rect", "path"}
KNOWN = EMPTY | {
    "html",
    "head",
    "title",
    "style",
    "body",
    "main",
    "header",
    "footer",
    "section",
    "div",
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "span",
    "b",
    "a",
    "code",
    "pre",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "details",
    "summary",
    "svg",
    "g",
    "text",
}


class Reader(HTMLParser):
    """Keeps what is on a page, and sees that each element ends where it should."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(page: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader.elements


def is_harmless(elements: list[tuple[str, dict[str, str | None]]]) -> bool:
    names = {name for _, attributes in elements for name in attributes}
    links = [attributes.get("href", "") or "" for _, attributes in elements]
    return (
        {tag for tag, _ in elements} <= KNOWN
        and not any(name.startswith("on") for name in names)
        and not names & {"src", "srcset", "style", "data", "action", "xlink:href"}
        and all(link == "" or re.fullmatch(r"#driver-\d+", link) for link in links)
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_breaks_out(text: str) -> None:
    plain = read(render(sample.report()))
    odd = read(render(sample.everywhere(sample.report(), text)))
    assert is_harmless(plain)
    assert is_harmless(odd)
    assert {tag for tag, _ in odd} <= {tag for tag, _ in plain}


def test_loads_nothing_and_says_so() -> None:
    page = render(sample.report())
    (policy,) = [one["content"] for _, one in read(page) if one.get("http-equiv")]
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "url(" not in page
    assert "@import" not in page


def test_every_anchor_is_there() -> None:
    elements = read(render(sample.report()))
    ids = {one["id"] for _, one in elements if "id" in one}
    assert {(one.get("href") or "#")[1:] for _, one in elements} - {""} <= ids == {"driver-1", "driver-2"}


def test_the_same_report_gives_the_same_page() -> None:
    assert render(sample.report()) == render(sample.report())


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (sample.report(is_there=False), "no such home folder"),
        (sample.report(scope="Rack Driver"), "driverenv report: Rack Driver"),
        (sample.report(sample.driver(has_details=False)), "Rack Driver"),
    ],
)
def test_other_homes(report: Report, said: str) -> None:
    page = render(report)
    assert is_harmless(read(page))
    assert said in page
