"""Bytes of a requirements file -> logical lines that know where each character stands (pip's rules)."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark starts with that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CODING = re.compile(rb"coding[:=]\s*([-\w.]+)")
_BREAK = re.compile(r"\r\n|\n|\r")
_NO_CHARSETS = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"})
"""What Python calls text encodings, too, and nobody saves a file in."""
_SURROGATE = re.compile("[\ud800-\udfff]")


class Undecodable(NamedTuple):
    """Where and why the bytes are no text."""

    line: int
    column: int
    raw: str
    detail: str


class Piece(NamedTuple):
    """A physical line inside a logical one: `start` is its offset there, `column` (0-based) where it begins."""

    start: int
    line: int
    column: int
    raw: str


class Logical(NamedTuple):
    """A line after continuations were joined and the comment was taken off; never empty."""

    text: str
    pieces: tuple[Piece, ...]

    @property
    def line(self) -> int:
        """The number of its first physical line."""
        return self.pieces[0].line

    def place(self, offset: int) -> tuple[int, int, str]:
        """Line and column (both 1-based) and the physical line of the character at `offset`."""
        at = bisect_right(self.pieces, max(offset, 0), key=lambda piece: piece.start)
        piece = self.pieces[max(at - 1, 0)]
        return piece.line, piece.column + max(offset, 0) - piece.start + 1, piece.raw


def comment(text: str) -> int:
    """Where the comment of a line begins, with the blanks in front of it; the line's end where it has none."""
    at = text.find("#")
    while at > 0 and not text[at - 1].isspace():
        at = text.find("#", at + 1)
    return len(text) if at < 0 else len(text[:at].rstrip())


def decode(data: bytes) -> str | Undecodable:
    """By byte order mark, else by a PEP 263 comment, else UTF-8; bytes that are none may stand in comments only."""
    text = _decoded(data)
    if not isinstance(text, str):
        return text
    half = _SURROGATE.search(text)
    if half is not None:
        detail = "half a character stands in it; save it as UTF-8"
        return _at(_SURROGATE.sub("?", text), half.start(), detail)
    if "\0" in text:
        detail = "a zero character stands in it; save it as UTF-8 (or UTF-16 with a byte order mark)"
        return _at(text.replace("\0", "?"), text.index("\0"), detail)
    return text


def _at(text: str, offset: int, detail: str) -> Undecodable:
    start = text.rfind("\n", 0, offset) + 1
    raw = text[start:].partition("\n")[0]
    return Undecodable(text.count("\n", 0, offset) + 1, offset - start + 1, raw, detail)


def _decoded(data: bytes) -> str | Undecodable:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding, "its byte order mark says so")
    for line in data.split(b"\n", 2)[:2]:
        found = _CODING.search(line) if line.lstrip().startswith(b"#") else None
        if found:
            encoding = found.group(1).decode("ascii", "replace")
            return _strict(data, encoding, "its coding comment says so")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _latin_1_in_comments(data)


def _strict(data: bytes, encoding: str, why: str) -> str | Undecodable:
    try:
        return data.decode(_charset(encoding))
    except LookupError:
        return Undecodable(1, 1, "", f"{encoding!r} is no encoding that Python knows")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "replace")
        line, _, last = before.rpartition("\n")
        number = line.count("\n") + 2 if _ else 1
        return Undecodable(number, len(last) + 1, "", f"it is not {encoding}, though {why}")


def _charset(encoding: str) -> str:
    """The encoding itself. Raises `LookupError` where it is none of files."""
    if codecs.lookup(encoding).name.replace("-", "_") in _NO_CHARSETS:
        raise LookupError(encoding)
    return encoding


def _latin_1_in_comments(data: bytes) -> str | Undecodable:
    lines = []
    for number, raw in enumerate(re.split(rb"(\r\n|\n|\r)", data)):
        try:
            lines.append(raw.decode("utf-8"))
        except UnicodeDecodeError as error:
            text = raw.decode("latin-1")
            if error.start < comment(text):
                detail = f"byte 0x{raw[error.start]:02x} is not UTF-8; only comments may have such"
                return Undecodable(number // 2 + 1, error.start + 1, text, detail)
            lines.append(text)
    return "".join(lines)


def logical_lines(text: str) -> Iterator[Logical]:
    """Join lines that end in a backslash, take comments off, leave out what is empty."""
    joined: list[str] = []
    length = 0
    pieces: list[Piece] = []
    for number, raw in enumerate(_BREAK.split(text), 1):
        is_comment = raw.lstrip().startswith("#")
        if raw.endswith("\\") and not is_comment:
            pieces.append(Piece(length, number, 0, raw))
            joined.append(raw[:-1])
            length += len(raw) - 1
            continue
        # A blank in front, so that a comment line at the end of a continuation is seen as one.
        if is_comment and length:
            joined.append(" ")
            length += 1
        pieces.append(Piece(length, number, 0, raw))
        yield from _finish("".join([*joined, raw]), pieces)
        joined, length, pieces = [], 0, []
    yield from _finish("".join(joined), pieces)


def _finish(joined: str, pieces: list[Piece]) -> Iterator[Logical]:
    bare = joined[: comment(joined)]
    left = len(bare) - len(bare.lstrip())
    text = bare.strip()
    if not text:
        return
    moved = [
        Piece(max(piece.start - left, 0), piece.line, max(left - piece.start, 0), piece.raw)
        for number, piece in enumerate(pieces)
        if number + 1 == len(pieces) or pieces[number + 1].start > left
    ]
    yield Logical(text, tuple(moved))
