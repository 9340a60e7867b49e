"""The root page of a simple repository: what it lists, and whether it cannot be anything else.

A page that lists projects proves that the others are absent, so a home page, a login page or a
listing of other things must never be taken for one. What tells: the index interface's own marks
(PEP 629, PEP 691), a title that only indexes have, or PEP 503's shape, each link a project that its
text names; a page of that shape alone is not `sure` until a project's page behind it has files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from typing import NamedTuple
from urllib.parse import quote, unquote, urljoin, urlsplit

from packaging.utils import NormalizedName, canonicalize_name

from driverenv.index.anchors import Attributes, read
from driverenv.index.filenames import is_distribution
from driverenv.index.page import NotAnIndex, base_of, is_json, json_of, text_of, titled

_BANNER = re.compile(
    r"(?:.{1,80}: )?simple (?:repository |package )?(?:index|list(?:ing)?)(?: (?:\(|of |for ).*)?",
    re.IGNORECASE,
)
_LISTING = re.compile(r"(?:index of|directory listing for) /.*", re.IGNORECASE)
_LINK = re.compile(r"<a\s[^<>]*>([^<]*(?:<(?!/?a\b)[^<>]*>[^<]*)*)</a\s*>", re.IGNORECASE)
_MARKUP = re.compile(r"<[^<>]*>")
_PARENTS = ("..", "../")
_CUT_OFF = ("..>", "...", "\u2026")


class Listed(NamedTuple):
    """A project as the root page lists it; `url` is its page's, absolute."""

    name: NormalizedName
    url: str


class RootPage(NamedTuple):
    """The root page of an index, or, where it is not `sure`, what has the shape of one."""

    listed: tuple[Listed, ...]
    sure: bool


def says_simple(url: str) -> bool:
    """Whether the address itself names a simple index: ``/simple``, ``/+simple``, ``/pypi-simple`` ..."""
    return "simple" in urlsplit(url).path.rstrip("/").rpartition("/")[2].lower()


def parse_root(body: bytes, content_type: str, url: str) -> RootPage:
    """The projects that the root page at `url` lists. Raises `NotAnIndex`."""
    if is_json(content_type):
        return RootPage(_listed_in_json(body, url), sure=True)
    return _judged(text_of(body, content_type), url)


def parse_beginning(body: bytes, content_type: str, url: str) -> RootPage:
    """The same for the beginning of a page that is too large to be read. Raises `NotAnIndex`."""
    if not is_json(content_type):
        return _judged(text_of(body, content_type).rpartition("</a>")[0] + "</a>", url)
    if b'"projects"' not in body and b'"meta"' not in body:
        raise NotAnIndex("is JSON, but not that of a package index")
    return RootPage((), sure=True)


def _listed_in_json(body: bytes, url: str) -> tuple[Listed, ...]:
    rows = json_of(body).get("projects")
    if not isinstance(rows, list):
        raise NotAnIndex("is JSON without a list of projects")
    names = [row.get("name") if isinstance(row, dict) else None for row in rows]
    projects = [canonicalize_name(name) for name in names if isinstance(name, str)]
    if len(projects) != len(rows):
        raise NotAnIndex("is JSON with a project that has no name")
    return tuple(Listed(name, urljoin(url, quote(name) + "/")) for name in projects)


def _judged(body: str, url: str) -> RootPage:
    """What an HTML page lists, and how sure it is that it lists projects. Raises `NotAnIndex`."""
    document = read(body)
    base = base_of(document, url)
    children = [_child(anchor["href"], base) for anchor in document.anchors]
    listed = tuple(child for child in children if child is not None)
    marked = document.version is not None
    banner = _BANNER.fullmatch(document.title) is not None
    listing = _LISTING.fullmatch(document.title) is not None
    if not any(is_distribution(anchor["href"].partition("#")[0]) for anchor in document.anchors):
        if not document.anchors and (marked or (banner and says_simple(url))):
            return RootPage((), sure=True)
        if listed and (marked or banner or (listing and says_simple(url))):
            return RootPage(listed, sure=True)
        alone = listing or _are_alone(document.anchors, children)
        if listed and alone and _are_named(body, children):
            return RootPage(listed, sure=False)
    raise NotAnIndex(f"is no listing of projects{titled(document)}")


def _child(href: str, base: str) -> Listed | None:
    """The project whose page lies right below `base` behind this link, if there is one."""
    try:
        url = urljoin(base, href.strip().partition("#")[0])
    except ValueError:
        return None
    below = url.removeprefix(base) if base.endswith("/") else ""
    name = unquote(below.removesuffix("/"))
    if below == url or not name or "/" in name or "?" in below or name in (".", ".."):
        return None
    return Listed(canonicalize_name(name), url if below.endswith("/") else url + "/")


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
        child is None or _names(unescape(_MARKUP.sub("", text)).strip(), child.name)
        for text, child in zip(texts, children, strict=True)
    )


def _names(text: str, name: NormalizedName) -> bool:
    for mark in _CUT_OFF:
        if text.endswith(mark):
            beginning = canonicalize_name(text.removesuffix(mark)).rstrip("-")
            return bool(beginning) and name.startswith(beginning)
    return canonicalize_name(text.removesuffix("/")) == name
