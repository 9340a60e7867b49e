"""HTML in one pass, as the living standard's tokenizer reads it (WHATWG HTML, section 13.2.5).

`html.parser` reads pages otherwise in each patch release of Python, and takes quadratic time over
hostile ones in most. Here whatever is not closed ends the reading, so that no character is searched
twice, and the work is bounded: see `Overgrown`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

_MAX_STEPS = 2_000_000
"""Tags, texts and attributes of a page; 100,000 links in a table come to half of that."""
_MAX_MARKS = 600_000
"""Of "<", and of "&"."""
_MAX_ATTRIBUTES = 1000
"""Of one tag."""
_MARK = re.compile(r"<(?=[a-zA-Z/!?])")
_NAME = re.compile(r"[a-zA-Z][^ \t\r\n\f/>]*")
_BETWEEN = re.compile(r"[ \t\r\n\f/]*")
_ATTRIBUTE = re.compile(
    r"""(=?[^ \t\r\n\f/>=]*)(?:[ \t\r\n\f]*=[ \t\r\n\f]*"""
    r"""(?:"([^"]*)"|'([^']*)'|([^"'> \t\r\n\f][^> \t\r\n\f]*)|(?=>)))?"""
)
_VALUE = re.compile(r"[ \t\r\n\f]*=")
_COMMENT_END = re.compile(r"--!?>")
_RAW = frozenset({"iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp"})
_RAW_ENDS = {name: re.compile(rf"</{name}(?=[ \t\r\n\f/>])", re.IGNORECASE) for name in _RAW}


class Overgrown(Exception):
    """The page has more markup than any page of an index."""


class Token(NamedTuple):
    """A piece of a page."""

    kind: str
    """"text", "start", "end", "comment" (declarations, too), "raw" (a script's text, a title's), or
    "cut": what is left of a page that ends inside of a tag, a comment or a script."""
    text: str
    """The tag's name in lower case; else the text as it stands there, entities and all."""
    attributes: dict[str, str]
    """Of a start tag, as they stand there, by lower-case name; the first of each name counts."""


def tokens(body: str) -> Iterator[Token]:
    """The pieces of `body` in order, every character in one of them. Raises `Overgrown`."""
    if body.count("<") > _MAX_MARKS or body.count("&") > _MAX_MARKS:
        raise Overgrown
    at, steps = 0, 0
    while at < len(body):
        found = _MARK.search(body, at)
        start = found.start() if found else len(body)
        if start > at:
            yield Token("text", body[at:start], {})
        if start == len(body):
            return
        token, at, work = _markup(body, start)
        yield token
        steps += 2 + work
        if token.kind == "start" and token.text in _RAW:
            end = _RAW_ENDS[token.text].search(body, at)
            if end is None:
                yield Token("cut", body[at:], {})
                return
            else:
                yield Token("raw", body[at : end.start()], {})
                at = end.start()
        if steps > _MAX_STEPS:
            raise Overgrown


def resolved(text: str) -> str:
    """`text` with its entities resolved."""
    try:
        return unescape(text) if "&" in text else text
    except ValueError:  # a number of more digits than Python converts
        return text


def _markup(body: str, start: int) -> tuple[Token, int, int]:
    """The tag or comment at `start`, where it ends, and how many attributes were read."""
    is_end = body.startswith("/", start + 1)
    name = _NAME.match(body, start + 1 + is_end)
    if name is None:
        end = _comment_end(body, start)
        return (Token("comment", body[start:end], {}), end, 0) if end else _cut(body, start)
    attributes: dict[str, str] = {}
    end, steps = _read_attributes(body, name.end(), attributes)
    if not end:
        return _cut(body, start)
    kind = "end" if is_end else "start"
    return Token(kind, name.group().lower(), {} if is_end else attributes), end, steps


def _cut(body: str, start: int) -> tuple[Token, int, int]:
    return Token("cut", body[start:], {}), len(body), 0


def _comment_end(body: str, start: int) -> int:
    """Where it ends (0: nowhere), be it a comment, a declaration, or what is read as a comment, such as ``<?xml ?>``."""
    if not body.startswith("<!--", start) or body.startswith((">", "->"), start + 4):
        return body.find(">", start) + 1
    closed = _COMMENT_END.search(body, start + 4)
    return closed.end() if closed else 0


def _read_attributes(body: str, at: int, found: dict[str, str]) -> tuple[int, int]:
    """Where a tag ends (0: nowhere), and how many attributes were added to `found`. Raises `Overgrown`."""
    for steps in range(_MAX_ATTRIBUTES):
        at = _between(body, at)
        if at == len(body):
            return 0, steps
        if body[at] == ">":
            return at + 1, steps
        pair = _ATTRIBUTE.match(body, at)
        if pair is None or (pair.end() == pair.end(1) and _VALUE.match(body, pair.end())):
            return 0, steps  # a quotation mark that is never closed
        name, *values = pair.groups()
        found.setdefault(name.lower(), next((value for value in values if value is not None), ""))
        at = pair.end()
    raise Overgrown


def _between(body: str, at: int) -> int:
    blank = _BETWEEN.match(body, at)
    return blank.end() if blank else at
