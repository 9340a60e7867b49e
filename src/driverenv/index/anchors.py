"""The links of an HTML page: a fast scanner for the shape that all indexes write, `markup` for the rest.

Both read the same from every page that the scanner takes; that is a property test.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from driverenv.index.markup import Overgrown, resolved, tokens

MAX_LINKS = 100_000
_MAX_SCANNED = 300_000
"""Tags that the scanner takes: it keeps them all in memory at once."""
_MAX_TITLE = 1000

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
    is_cut: bool = False
    """Whether the page ends inside of a tag, a comment or a script."""


def read(body: str) -> Document:
    """The page's links. Raises `Overgrown`: they are more than any index needs."""
    return scan(body) or parse(body)


def scan(body: str) -> Document | None:
    """The fast way: None where the page has anything but plain tags with quoted attributes, or many of them."""
    start = found.end() if (found := _DOCTYPE.match(body)) else 0
    count = body.count("<", start)
    if count > _MAX_SCANNED:
        return None
    tags = _TAG.findall(body, start)
    if len(tags) != count:
        return None
    collected, known = _Collected(), dict[str, str]()
    for slash, name, attributes in tags:
        tag = name.lower()
        if tag not in _PLAIN_TAGS or (slash and attributes):
            return None
        if not slash and tag in ("a", "base", "meta"):
            plain = _attributes(attributes, known)
            if plain is None:
                return None
            collected.take(tag, plain)
    titles = sum(tag[1].lower() == "title" for tag in tags)
    title = _TITLE.search(body, start)
    if titles not in (0, 2) or (titles and not title):
        return None
    return collected.document(title.group(1) if title else "")


def _attributes(text: str, known: dict[str, str]) -> Attributes | None:
    """The attributes of a tag; `known` keeps what entities became, for the next of the many equal values."""
    found: Attributes = {}
    for name, value in _ATTRIBUTE.findall(text):
        if "&" in value:
            if value not in known:
                if value.count("&") != len(_ENTITIES.findall(value)):
                    return None  # readers differ over an entity without its end
                known[value] = resolved(value)
            value = known[value]  # noqa: PLW2901
        found.setdefault(name.lower(), value)
    return found


def parse(body: str) -> Document:
    """The thorough way, token by token. Raises `Overgrown`."""
    collected, title, is_cut = _Collected(), "", False
    in_title = has_title = False
    for kind, text, attributes in tokens(body):
        if kind == "start":
            in_title = text == "title" and not has_title
            has_title = has_title or in_title
            if text in ("a", "base", "meta"):
                collected.take(text, {name: resolved(value) for name, value in attributes.items()})
        elif kind == "raw" and in_title:
            title = text
        is_cut = kind == "cut"
    return collected.document(title, is_cut=is_cut)


class _Collected:
    def __init__(self) -> None:
        self.anchors: list[Attributes] = []
        self.base: str | None = None
        self.version: str | None = None

    def take(self, tag: str, attributes: Attributes) -> None:
        if tag == "a" and "href" in attributes:
            self.anchors.append(attributes)
            if len(self.anchors) > MAX_LINKS:
                raise Overgrown
        elif tag == "base" and self.base is None:
            self.base = attributes.get("href")
        elif tag == "meta" and attributes.get("name", "").lower() == "pypi:repository-version":
            self.version = attributes.get("content", "")

    def document(self, title: str, *, is_cut: bool = False) -> Document:
        title = " ".join(resolved(title[:_MAX_TITLE]).split())
        return Document(tuple(self.anchors), self.base or "", title, self.version, is_cut)
