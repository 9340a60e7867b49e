"""The links of an HTML page: a fast scanner for the shape that all indexes write, `html.parser` for the rest.

Both read the same from every page that the scanner takes; that is a property test.
"""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import NamedTuple

_SPACE = r"[ \t\r\n\f]"
_KEY = r"[a-zA-Z_][a-zA-Z0-9_:-]*"
_TAG = re.compile(rf"<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:{_SPACE}+{_KEY}=\"[^\"<>]*\")*){_SPACE}*/?>")
_ATTRIBUTE = re.compile(rf"({_KEY})=\"([^\"]*)\"")
_DOCTYPE = re.compile(r"\s*<!doctype\s[^<>\"']*>", re.IGNORECASE)
_TITLE = re.compile(r"<title>([^<]*)</title>", re.IGNORECASE)
_ENTITIES = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]*|#[0-9]+|#[xX][0-9a-fA-F]+);")
_PLAIN_TAGS = frozenset(
    [
        "a",
        "abbr",
        "address",
        "article",
        "b",
        "body",
        "br",
        "code",
        "div",
        "em",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hr",
        "html",
        "i",
        "img",
        "li",
        "link",
        "main",
        "meta",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "small",
        "span",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "title",
        "tr",
        "tt",
        "u",
        "ul",
        "base",
    ]
)

Attributes = dict[str, str]


class Document(NamedTuple):
    """What matters of a page."""

    anchors: tuple[Attributes, ...]
    """The attributes of each link that has an `href`, by lower-case name, entities resolved."""
    base: str = ""
    """The `href` of the first `<base>`."""
    title: str = ""
    version: str | None = None
    """The content of ``<meta name="pypi:repository-version">`` (PEP 629)."""


def read(body: str) -> Document:
    """The page's links; never fails, whatever the page is."""
    return scan(body) or parse(body)


def scan(body: str) -> Document | None:
    """The fast way: None where the page has anything but plain tags with quoted attributes."""
    start = found.end() if (found := _DOCTYPE.match(body)) else 0
    tags = _TAG.findall(body, start)
    if len(tags) != body.count("<", start):
        return None
    collected, resolved = _Collected(), dict[str, str]()
    for slash, name, attributes in tags:
        tag = name.lower()
        if tag not in _PLAIN_TAGS:
            return None
        if slash:
            if attributes:
                return None
        elif tag in ("a", "base", "meta"):
            plain = _attributes(attributes, resolved)
            if plain is None:
                return None
            collected.take(tag, plain)
    titles = sum(tag[1].lower() == "title" for tag in tags)
    title = _TITLE.search(body, start)
    if titles not in (0, 2) or (titles and not title):
        return None
    return collected.document(_spaced(unescape(title.group(1))) if title else "")


def _attributes(text: str, resolved: dict[str, str]) -> Attributes | None:
    """The attributes of a tag; `resolved` keeps what entities became, for the next of the many equal values."""
    found: Attributes = {}
    for name, value in _ATTRIBUTE.findall(text):
        if "&" in value:
            if value not in resolved:
                if value.count("&") != len(_ENTITIES.findall(value)):
                    return None  # readers differ over an entity without its end
                resolved[value] = unescape(value)
            value = resolved[value]  # noqa: PLW2901
        found.setdefault(name.lower(), value)
    return found


def parse(body: str) -> Document:
    """The thorough way, by `html.parser`."""
    reader = _Reader()
    try:
        reader.feed(body)
        reader.close()
    except (AssertionError, ValueError, RecursionError):
        pass  # what was read until then counts; html.parser gives up on few malformed declarations
    return reader.collected.document(_spaced("".join(reader.title)))


class _Collected:
    def __init__(self) -> None:
        self.anchors: list[Attributes] = []
        self.base: str | None = None
        self.version: str | None = None

    def take(self, tag: str, attributes: Attributes) -> None:
        if tag == "a" and "href" in attributes:
            self.anchors.append(attributes)
        elif tag == "base" and self.base is None:
            self.base = attributes.get("href")
        elif tag == "meta" and attributes.get("name", "").lower() == "pypi:repository-version":
            self.version = attributes.get("content", "")

    def document(self, title: str) -> Document:
        return Document(tuple(self.anchors), self.base or "", title, self.version)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.collected = _Collected()
        self.title: list[str] = []
        self._titles = 0
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title":
            self._titles += 1
            self._in_title = self._titles == 1
        elif tag in ("a", "base", "meta"):
            attributes: Attributes = {}
            for name, value in attrs:
                attributes.setdefault(name, value or "")
            self.collected.take(tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)


def _spaced(text: str) -> str:
    return " ".join(text.split())
