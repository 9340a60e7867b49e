"""The root page of a simple repository: what it lists, and whether it cannot be anything else.

A page that lists projects proves that the others are absent, so a home page, a login page or a
listing of other things must never be taken for one. What tells: the index interface's own marks
(PEP 629, PEP 691), a title that only indexes have, or PEP 503's shape, each link a project that its
text names; a page of that shape alone is not `sure` until a project's page behind it has files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote, urljoin, urlsplit

from packaging.utils import NormalizedName, canonicalize_name

from driverenv.index.anchors import MAX_LINKS, Attributes, Document, scan
from driverenv.index.filenames import is_distribution
from driverenv.index.markup import Overgrown, resolved
from driverenv.index.mentions import (
    mentions,
    mentions_in_json,
    plain_name,
    why_json_is_partial,
    why_partial,
)
from driverenv.index.page import (
    NotAnIndex,
    TooManyLinks,
    base_of,
    document_of,
    is_json,
    json_of,
    text_of,
    titled,
)

_BANNER = re.compile(
    r"(?:.{1,80}: )?simple (?:repository |package )?(?:index|list(?:ing)?)(?: (?:\(|of |for ).*)?",
    re.IGNORECASE,
)
_LISTING = re.compile(r"(?:index of|directory listing for) /.*", re.IGNORECASE)
_LINK = re.compile(r"<a\s[^<>]*>([^<]*(?:<(?!/?a\b)[^<>]*>[^<]*)*)</a\s*>", re.IGNORECASE)
_MARKUP = re.compile(r"<[^<>]*>")
_PLAIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)/?")
_PARENTS = ("..", "../")
_PYPISERVER = "Simple Index"
"""The title of its listing, in every version from 1.2 to 2.4."""
_KEPT = 1 << 20
"""Bytes: root pages of up to so many are kept with what they list, the last two of them."""
_CUT_OFF = ("..>", "...", "\u2026")


class Listed(NamedTuple):
    """A project as the root page lists it; `url` is its page's, absolute."""

    name: NormalizedName
    url: str


class RootPage(NamedTuple):
    """The root page of an index, or, where it is not `sure`, what has the shape of one."""

    listed: tuple[Listed, ...]
    sure: bool
    named: frozenset[NormalizedName] = frozenset()
    """Further projects that the page names, without a link to their pages."""
    partial: str = ""
    """Why it may not be the whole listing, as a sentence's end; "" where nothing says so."""
    of_pypiserver: bool = False
    """Whether it has the title that pypiserver gives its listing, which it makes of all its files."""


def says_simple(url: str) -> bool:
    """Whether the address itself names a simple index: ``/simple``, ``/+simple``, ``/pypi-simple`` ..."""
    return "simple" in urlsplit(url).path.rstrip("/").rpartition("/")[2].lower()


def parse_root(body: bytes, content_type: str, url: str) -> RootPage:
    """The projects that the root page at `url` lists. Raises `NotAnIndex`."""
    return _known(body, content_type, url) if len(body) <= _KEPT else _read(body, content_type, url)


@lru_cache(maxsize=2)
def _known(body: bytes, content_type: str, url: str) -> RootPage:
    """The same: a server asks for the same page again and again, and reading 5,000 names takes longer than all the rest."""
    return _read(body, content_type, url)


def _read(body: bytes, content_type: str, url: str) -> RootPage:
    if is_json(content_type):
        return _of_json(body, url)
    text = text_of(body, content_type)
    plain = scan(text)
    document = plain or document_of(text)
    if len(document.anchors) > MAX_LINKS:
        raise TooManyLinks("has too many links to be read")
    base = _folder(base_of(document, url))
    children = [_child(anchor["href"], base) for anchor in document.anchors]
    listed, sure = _judged(text, document, children, url)
    dropped = [a for a, child in zip(document.anchors, children, strict=True) if child is None]
    names = {one.name for one in listed}
    try:
        named = mentions(text, dropped, base, names, is_plain=plain is not None)
    except Overgrown:
        raise TooManyLinks("has too much text to be read") from None
    why, is_of_pypiserver = why_partial(text, dropped, base, names), document.title == _PYPISERVER
    return RootPage(listed, sure, frozenset(named), why, of_pypiserver=is_of_pypiserver)


def parse_beginning(body: bytes, content_type: str, url: str) -> RootPage:
    """The same for the beginning of a page that is too large to be read. Raises `NotAnIndex`."""
    if not is_json(content_type):
        text = text_of(body, content_type).rpartition("</a>")[0] + "</a>"
        document = document_of(text)
        base = _folder(base_of(document, url))
        children = [_child(anchor["href"], base) for anchor in document.anchors]
        return RootPage(*_judged(text, document, children, url), partial="it is too large to be read")
    if b'"projects"' not in body and b'"meta"' not in body:
        raise NotAnIndex("is JSON, but not that of a package index")
    return RootPage((), sure=True, partial="it is too large to be read")


def _of_json(body: bytes, url: str) -> RootPage:
    document = json_of(body)
    rows = document.get("projects")
    if not isinstance(rows, list):
        raise NotAnIndex("is JSON without a list of projects")
    if len(rows) > MAX_LINKS:
        raise TooManyLinks("has too many projects to be read")
    names = [row.get("name") if isinstance(row, dict) else None for row in rows]
    projects = [name.strip() for name in names if isinstance(name, str) and name.strip()]
    if len(projects) != len(rows):
        raise NotAnIndex("is JSON with a project that has no name")
    base = _folder(url.partition("?")[0].rstrip("/") + "/")
    listed = tuple(Listed(plain_name(name), urljoin(base, f"./{quote(name, safe='')}/")) for name in projects)
    named = mentions_in_json(document, base) - {one.name for one in listed}
    return RootPage(listed, sure=True, named=frozenset(named), partial=why_json_is_partial(document))


def _judged(
    body: str, document: Document, children: Sequence[Listed | None], url: str
) -> tuple[tuple[Listed, ...], bool]:
    """What an HTML page lists, and how sure it is that it lists projects. Raises `NotAnIndex`."""
    listed = tuple(child for child in children if child is not None)
    marked = document.version is not None
    banner = _BANNER.fullmatch(document.title) is not None
    listing = _LISTING.fullmatch(document.title) is not None
    if not any(is_distribution(anchor["href"].partition("#")[0]) for anchor in document.anchors):
        if not document.anchors and (marked or (banner and says_simple(url))):
            return (), True
        if listed and (marked or banner or (listing and says_simple(url))):
            return listed, True
        alone = listing or _are_alone(document.anchors, children)
        if listed and alone and _are_named(body, children):
            return listed, False
    raise NotAnIndex(f"is no listing of projects{titled(document)}")


def _folder(base: str) -> str:
    """The folder that a page's address lies in."""
    return base.partition("?")[0].rpartition("/")[0] + "/"


def _child(href: str, base: str) -> Listed | None:
    """The project whose page lies right below `base` behind this link, if there is one."""
    if plain := _PLAIN.fullmatch(href):
        return Listed(canonicalize_name(plain.group(1)), f"{base}{plain.group(1)}/")
    try:
        url = urljoin(base, href.strip().partition("#")[0])
    except ValueError:
        return None
    below = url.removeprefix(base)
    name = unquote(below.removesuffix("/")).strip()
    if below == url or not name or "/" in name or "?" in below or name in (".", ".."):
        return None
    return Listed(plain_name(name), url if below.endswith("/") else url + "/")


def _are_alone(anchors: Sequence[Attributes], children: Sequence[Listed | None]) -> bool:
    """Whether every link leads to a child or to the parent."""
    return all(
        child is not None or anchor["href"].strip() in _PARENTS
        for anchor, child in zip(anchors, children, strict=True)
    )


def _are_named(body: str, children: Sequence[Listed | None]) -> bool:
    """Whether the text of each child's link is its name, as PEP 503 has it; listings may cut it off."""
    texts = _LINK.findall(body)
    return len(texts) == len(children) and all(
        child is None or _names(resolved(_MARKUP.sub("", text)).strip(), child.name)
        for text, child in zip(texts, children, strict=True)
    )


def _names(text: str, name: NormalizedName) -> bool:
    for mark in _CUT_OFF:
        if text.endswith(mark):
            beginning = canonicalize_name(text.removesuffix(mark)).rstrip("-")
            return bool(beginning) and name.startswith(beginning)
    return canonicalize_name(text.removesuffix("/")) == name
