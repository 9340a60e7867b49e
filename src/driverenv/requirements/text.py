"""Bytes of a requirements file -> logical lines that know where each character stands (pip's rules)."""

from __future__ import annotations

import codecs
import re
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
_COMMENT = re.compile(r"(^|\s+)#.*$", re.DOTALL)


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
        piece = next(piece for piece in reversed(self.pieces) if piece.start <= max(offset, 0))
        return piece.line, piece.column + max(offset, 0) - piece.start + 1, piece.raw


def decode(data: bytes) -> str | Undecodable:
    """By byte order mark, else by a PEP 263 comment, else UTF-8; bytes that are none may stand in comments only."""
    text = _decoded(data)
    if isinstance(text, str) and "\0" in text:
        before, _, rest = text.partition("\0")
        number, start = before.count("\n") + 1, before.rfind("\n") + 1
        detail = "a zero character stands in it; save it as UTF-8 (or UTF-16 with a byte order mark)"
        return Undecodable(
            number, len(before) - start + 1, before[start:] + "?" + rest.partition("\n")[0], detail
        )
    return text


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
        return data.decode(encoding)
    except LookupError:
        return Undecodable(1, 1, "", f"{encoding!r} is no encoding that Python knows")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "replace")
        line, _, last = before.rpartition("\n")
        number = line.count("\n") + 2 if _ else 1
        return Undecodable(number, len(last) + 1, "", f"it is not {encoding}, though {why}")


def _latin_1_in_comments(data: bytes) -> str | Undecodable:
    lines = []
    for number, raw in enumerate(re.split(rb"(\r\n|\n|\r)", data)):
        try:
            lines.append(raw.decode("utf-8"))
        except UnicodeDecodeError as error:
            text = raw.decode("latin-1")
            comment = _COMMENT.search(text)
            if comment is None or error.start < comment.start():
                detail = f"byte 0x{raw[error.start]:02x} is not UTF-8; only comments may have such"
                return Undecodable(number // 2 + 1, error.start + 1, text, detail)
            lines.append(text)
    return "".join(lines)


def logical_lines(text: str) -> Iterator[Logical]:
    """Join lines that end in a backslash, take comments off, leave out what is empty."""
    joined = ""
    pieces: list[Piece] = []
    for number, raw in enumerate(_BREAK.split(text), 1):
        pieces.append(Piece(len(joined), number, 0, raw))
        is_comment = raw.lstrip().startswith("#")
        if raw.endswith("\\") and not is_comment:
            joined += raw[:-1]
            continue
        # A blank in front, so that a comment line at the end of a continuation is seen as one.
        if is_comment and joined:
            joined += " "
            pieces[-1] = Piece(len(joined), number, 0, raw)
        yield from _finish(joined + raw, pieces)
        joined, pieces = "", []
    yield from _finish(joined, pieces)


def _finish(joined: str, pieces: list[Piece]) -> Iterator[Logical]:
    bare = _COMMENT.sub("", joined)
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
