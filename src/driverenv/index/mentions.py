"""Names that a root page has in other ways than PEP 503's, and whether it is the whole listing.

Absence is proven by a page that does not have the name. So a name counts wherever it stands alone: as
the text of a link that leads elsewhere, in a path, in a comment, in another field; prose does not count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from packaging.utils import NormalizedName, canonicalize_name

from driverenv.index.anchors import Attributes
from driverenv.index.filenames import named_in
from driverenv.index.markup import Overgrown, resolved

_MARKUP = re.compile(r"<[^<>]*>")
_LINK = re.compile(r"<a\s[^<>]*>([^<]*(?:<(?!/?a\b)[^<>]*>[^<]*)*)</a\s*>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--([^>]*)")
_TAG = re.compile(r"<([a-z][a-z0-9]*)\s([^<>]*)>", re.IGNORECASE)
_VALUE = re.compile(
    r"""(?<![a-z0-9-])([a-z][a-z0-9-]*+)\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)
_NAMING = re.compile(r"href|src|action|title|value|name|id|data-[a-z0-9-]+")
_SILENT_TAGS = frozenset({"html", "head", "meta", "link", "body", "img", "script", "style", "base", "form"})
_BETWEEN = re.compile(r"[\r\n\t,;|]+|  +")
_WORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_VERSION_FOLLOWS = re.compile(r"\s*(?:[=<>~!(\[@:/]|v?\d|$)", re.IGNORECASE)
_AROUND = " \t*-\u2022\u2013\u2014\u00b7\"'[](){}/\\"
_SORTED = re.compile(r"\?(?:[CO]=[NMSDA][;&]?){1,2}|\?[NMSD][=AD]{0,2}")
_SORT_HEADERS = frozenset({"name", "size", "description", "last-modified"})
_PAGERS = frozenset(
    [
        *(
            "next",
            "next page",
            "more",
            "load more",
            "show more",
            "show all",
            "view all",
            "older",
            "last page",
        ),
        *(">", ">>", "\u203a", "\u00bb", "\u2192", "\u2026", "..."),
    ]
)
_NEXT = re.compile(
    r"^_?(?:next|prev|cursor|continu|has_?more|page|total_?page|links$|truncated)", re.IGNORECASE
)
_PAGED = re.compile(r"(?:^|/)page[s/=_-]*\d+(?:\.\w+)?/?$", re.IGNORECASE)
_NUMBERED = re.compile(r"pages?-?\d+(?:-[a-z]+)?")
_ELSEWHERE = re.compile(r"<(?:i?frame|frameset|object|embed)\b", re.IGNORECASE)
_RELATION = re.compile(r"""\brel\s*+=\s*+["']?[^"'>=]{0,60}\b(?:next|prev)""", re.IGNORECASE)
_REFRESH = re.compile(r"""http-equiv\s*+=\s*+["']?\s*+refresh""", re.IGNORECASE)
_SCRIPT = re.compile(r"<script\b", re.IGNORECASE)
_MAX_PIECES = 500_000
_LONGEST = 300
"""Characters: what is longer is prose."""


def plain_name(text: str) -> NormalizedName:
    """The project that a text names, however it is encoded: normalised, without what nobody sees."""
    for _ in range(3 if "%" in text else 0):
        text = unquote(text)
    if not text.isascii() or not text.isprintable():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(one for one in text if unicodedata.category(one)[0] != "C")
    return canonicalize_name(text.strip())


def mentions(
    body: str, dropped: Sequence[Attributes], base: str, known: Collection[str], *, is_plain: bool
) -> set[NormalizedName]:
    """The names that an HTML page has besides those that are `known` from the links to projects' pages.

    `dropped` are the links that lead elsewhere; a page that `is_plain` has no other ones, nor comments.
    Raises `Overgrown`: there is more text than any index has.
    """
    found: set[NormalizedName] = set()
    left = _MAX_PIECES
    for text in _texts(body):
        short = text.strip(" \r\n\t/")
        if short and short.lower() not in known:
            pieces = _BETWEEN.split(resolved(short), maxsplit=left)
            left -= len(pieces)
            if left <= 0:
                raise Overgrown
            found.update(name for piece in pieces for name in _in_piece(piece))
    for anchor in dropped:
        found.update(_in_address(anchor["href"], base))
    for tag, attributes in _TAG.findall(body):
        if tag.lower() not in _SILENT_TAGS:
            found.update(_in_attributes(attributes, base, hrefs=not (is_plain and tag in "aA")))
    is_sorted = any(_SORTED.fullmatch(anchor["href"].strip()) for anchor in dropped)
    return found.difference(known, _SORT_HEADERS if is_sorted else ())


def _texts(body: str) -> Iterator[str]:
    """What stands between any two tags, and the whole of each link's text."""
    at = 0
    for tag in _MARKUP.finditer(body):
        yield body[at : tag.start()]
        at = tag.end()
    yield body[at:]
    for comment in _COMMENT.finditer(body):
        yield comment.group(1).rstrip("-")
    for link in _LINK.finditer(body):
        if "<" in link.group(1):
            yield _MARKUP.sub("", link.group(1))


def mentions_in_json(document: Mapping[str, Any], base: str) -> set[NormalizedName]:
    """The names that a JSON listing has besides those of its projects: in other fields."""
    rows = document.get("projects", [])
    waiting: list[object] = [value for key, value in document.items() if key not in ("meta", "projects")]
    for row in rows:
        if isinstance(row, dict) and len(row) > 1:
            waiting += [value for key, value in row.items() if key != "name"]
    found: set[NormalizedName] = set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found.update(_in_address(value, base) if "/" in value else _in_text(value))
        elif isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
    return found


def why_partial(body: str, dropped: Iterable[Attributes], base: str, listed: Iterable[NormalizedName]) -> str:
    """What tells that an HTML page is not the whole listing; "" for nothing."""
    if _REFRESH.search(body):
        return "it sends its readers on to another page"
    if _ELSEWHERE.search(body):
        return "it shows another page inside of it"
    names = set(listed)
    if not names and _SCRIPT.search(body):
        return "it has a script in place of links"
    texts = {" ".join(resolved(_MARKUP.sub("", text)).lower().split()) for text in _LINK.findall(body)}
    pagers = {text for text in texts if text in _PAGERS or text.isdigit()}
    turned = any(plain_name(text) not in names for text in pagers) or any(map(_NUMBERED.fullmatch, names))
    if turned or _RELATION.search(body) or any(_turns(anchor["href"].strip(), base) for anchor in dropped):
        return "it has links to further pages"
    return ""


def why_json_is_partial(document: Mapping[str, Any]) -> str:
    """What tells that a JSON document is not the whole listing; "" for nothing."""
    meta = document.get("meta")
    fields = [*document.items(), *(meta.items() if isinstance(meta, dict) else ())]
    return next((f"it has more under {key!r}" for key, value in fields if value and _NEXT.match(key)), "")


def is_paged(link: str) -> bool:
    """Whether an answer's ``Link`` header (RFC 8288) leads to a further page."""
    return _RELATION.search(link) is not None


def _turns(href: str, base: str) -> bool:
    """Whether a link leads to another part of the listing: the same page with a query, or a numbered one."""
    try:
        url = urlsplit(urljoin(base, href))
        here = urlsplit(base)
    except ValueError:
        return False
    if url.netloc.lower() != here.netloc.lower():
        return False
    same = url.path.rstrip("/") == here.path.rstrip("/")
    if same and url.query and not _SORTED.fullmatch("?" + url.query):
        return True
    return _PAGED.search(url.path.removeprefix(here.path)) is not None


def _in_attributes(text: str, base: str, *, hrefs: bool) -> Iterator[NormalizedName]:
    for key, *values in _VALUE.findall(text):
        name, value = key.lower(), resolved("".join(values))
        if not _NAMING.fullmatch(name) or (name == "href" and not hrefs):
            continue
        if name in ("href", "src", "action") or "/" in value:
            yield from _in_address(value, base)
        else:
            yield from _in_text(value)


def _in_text(text: str) -> Iterator[NormalizedName]:
    for piece in _BETWEEN.split(text):
        yield from _in_piece(piece)


def _in_piece(text: str) -> Iterator[NormalizedName]:
    """The name that stands alone in a text, or before a version: "six", "six (1.0)"."""
    part = text.strip(_AROUND) if len(text) <= 2 * _LONGEST else ""
    if part and not (part.isascii() and part.isprintable()):
        part = plain_name(part)
    word = _WORD.match(part) if len(part) <= _LONGEST else None
    if word and _VERSION_FOLLOWS.match(part, word.end()):
        yield from named_in(word.group())


def _in_address(href: str, base: str) -> Iterator[NormalizedName]:
    """The names that the path of a link has, below `base` if it leads there."""
    try:
        url, here = urlsplit(urljoin(base, href.strip().partition("#")[0])), urlsplit(base)
    except ValueError:
        url, here = urlsplit(""), urlsplit(base)
        yield from _in_text(href)
    if url.scheme not in ("http", "https", "file", "ftp", ""):
        return
    if here.path.startswith(url.path.rstrip("/") + "/") and not url.query:
        return  # a link to the page itself, or to a parent
    for segment in url.path.removeprefix(here.path).split("/"):
        if len(segment) > _LONGEST:
            continue
        name = plain_name(segment.partition(";")[0])
        yield from named_in(name)
        yield from named_in(re.sub(r"-(?:html?|json|php|aspx?)$", "", name))
