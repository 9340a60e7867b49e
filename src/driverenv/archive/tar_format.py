"""Gzipped tar archives (RFC 1952, POSIX pax, ustar, GNU long names), read once from front to end."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from driverenv.archive.rules import MAX_BYTES, MAX_FILES, Label, check_size

_BLOCK = 512
_CHUNK = 1 << 18
_GZIP = 16 + zlib.MAX_WBITS
_BASE_256 = 0x80
_MAX_EXTENDED_BYTES = 1 << 20
_MAX_ALL_EXTENDED_BYTES = 32 << 20
_USED = frozenset({"path", "linkpath", "size", "hdrcharset"})
_OTHER_CONTENT = ("GNU.sparse", "SUN.holesdata", "SCHILY.realsize", "SCHILY.filetype", "hdrcharset")
"""Keys that make something else of the content, or of names, in readers that know them."""
_PREFIX = slice(345, 500)
"""Where ustar has the first part of long names, and GNU other things; some readers mix them up."""


class Member(NamedTuple):
    """A member as its header has it; `kind` is "file", "folder" or "link"."""

    name: str
    kind: str
    size: int
    executable: bool
    link: str
    """Where a symbolic link points to."""


class _Header(NamedTuple):
    name: str
    kind: bytes
    size: int
    mode: int
    link: str


class GzipStream:
    """The content of a gzip file that has exactly one stream, read in pieces of any size."""

    def __init__(self, file: BinaryIO, packed: int, label: Label) -> None:
        self._file = file
        self._packed = packed
        self._label = label
        self._inflater = zlib.decompressobj(_GZIP)
        self._ready = b""
        self._at = 0
        """How much of it was given out."""
        self._total = 0

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, fewer only at the end."""
        start, self._at = self._at, self._at + size
        if self._at <= len(self._ready):
            return self._ready[start : self._at]
        pieces = [self._ready[start:]]
        have = len(pieces[0])
        while have < size and (piece := self._more()):
            pieces.append(piece)
            have += len(piece)
        self._ready, self._at = b"".join(pieces), size
        return self._ready[:size]

    def _more(self) -> bytes:
        try:
            while not self._inflater.eof:
                chunk = self._inflater.unconsumed_tail or self._file.read(_CHUNK)
                piece = self._inflater.decompress(chunk, _CHUNK)
                if piece:
                    self._total += len(piece)
                    check_size(self._label, packed=self._packed, unpacked=self._total, files=0)
                    return piece
                if not chunk:
                    self._label.refuse("gzip-data", "its gzip stream ends too early")
        except zlib.error as error:
            self._label.refuse("gzip-data", f"it cannot be inflated ({error})")
        return b""

    def finish(self) -> None:
        """Refuse anything after the tar archive but zeros, and anything after the gzip stream."""
        while piece := self.read(_CHUNK):
            if piece.count(0) != len(piece):
                self._label.refuse("tar-data", "something lies behind its end")
        if self._inflater.unused_data or self._file.read(1):
            self._label.refuse("gzip-data", "something lies behind its gzip stream")


class TarReader:
    """Iterates over the members of one archive; `read` gives the content of the last one given."""

    def __init__(self, file: BinaryIO, packed: int, label: Label) -> None:
        self._stream = GzipStream(file, packed, label)
        self._label = label
        self._left = self._padding = 0
        self._count = self._extended_bytes = 0

    def __iter__(self) -> Iterator[Member]:
        """Every member in order; ends after the whole archive was checked."""
        extended: dict[str, str] = {}
        before = last = b""
        while (header := self._next_header()) is not None:
            last = header.kind
            if header.kind in b"xgLK":
                before = self._follows(before, header)
                self._extend(header, extended)
                continue
            yield self._member(header, extended)
            for _ in self.read():
                pass
            extended, before = {}, b""
        if before or last == b"g":
            self._label.refuse("tar-header", "an extended header belongs to no member")
        self._stream.finish()

    def read(self) -> Iterator[bytes]:
        """The content of the current member, in chunks."""
        while self._left:
            chunk = self._stream.read(min(self._left, _CHUNK))
            if not chunk:
                self._label.refuse("tar-data", "it ends inside a member")
            self._left -= len(chunk)
            yield chunk
        self._pad()

    def _pad(self) -> bytes:
        """Read what fills the member's last block."""
        padding, self._padding = self._padding, 0
        filling = self._stream.read(padding)
        if len(filling) != padding:
            self._label.refuse("tar-data", "it ends inside a member")
        return filling

    def _next_header(self) -> _Header | None:
        block = self._stream.read(_BLOCK)
        if len(block) < _BLOCK:
            self._label.refuse("tar-data", "its end mark is missing")
        if not block.strip(b"\0"):
            return None
        self._count += 1
        check_size(self._label, packed=1, unpacked=0, files=self._count if self._count > 2 * MAX_FILES else 0)
        header = _parse(block, self._label)
        self._left = header.size
        self._padding = -header.size % _BLOCK
        return header

    def _follows(self, before: bytes, header: _Header) -> bytes:
        """The extended headers of the next member so far; refuses two of them that could contradict each other."""
        kind = header.kind
        if kind == b"g" and not before:
            return before
        if kind == b"g" or kind in before or (before and b"x" in (kind, before)):
            self._label.refuse("tar-header", "a member has extended headers of several kinds", header.name)
        return before + kind

    def _extend(self, header: _Header, extended: dict[str, str]) -> None:
        self._extended_bytes += header.size
        if header.size > _MAX_EXTENDED_BYTES or self._extended_bytes > _MAX_ALL_EXTENDED_BYTES:
            self._label.refuse("size", "an extended header is too large", header.name)
        data = self._stream.read(self._left)
        if len(data) != self._left:
            self._label.refuse("tar-data", "it ends inside a member")
        self._left = 0
        filling = self._pad()
        if header.kind in b"LK":
            if filling.strip(b"\0"):
                self._label.refuse("tar-header", "a long name goes on behind its end", header.name)
            name = _text(data.rstrip(b"\0"), self._label)
            if "\0" in name:
                self._label.refuse("tar-header", "a long name ends in the middle", header.name)
            extended["path" if header.kind == b"L" else "linkpath"] = name
            return
        for key, value in _parse_pax(data, self._label):
            if key.startswith(_OTHER_CONTENT):
                self._label.refuse("member-type", f"the extended header {key} is not for sdists", header.name)
            if key in extended or (header.kind == b"g" and key in _USED):
                self._label.refuse(
                    "tar-header", f"an extended header sets {key} twice or for all", header.name
                )
            if key in _USED:
                extended[key] = value

    def _member(self, header: _Header, extended: dict[str, str]) -> Member:
        name = extended.get("path", header.name)
        if extended.get("size", str(header.size)) != str(header.size):
            self._label.refuse("tar-header", "a member's two headers differ in size", name)
        kind = {b"0": "file", b"\0": "file", b"5": "folder", b"2": "link"}.get(header.kind)
        if kind is None:
            self._label.refuse("member-type", f"a member is of type {header.kind!r}", name)
        if header.kind == b"\0" and name.endswith("/"):  # the oldest tars mark folders so
            kind = "folder"
        if kind != "file" and self._left:
            self._label.refuse("tar-header", "a folder or link has content", name)
        return Member(
            name, kind, self._left, bool(header.mode & 0o111), extended.get("linkpath", header.link)
        )


def _parse(block: bytes, label: Label) -> _Header:
    name = _text(block[:100].partition(b"\0")[0], label)
    stated = _number(block[148:156], label, name)
    if stated != sum(block[:148]) + 8 * 32 + sum(block[156:]):
        label.refuse("tar-header", "a header's checksum is wrong", name)
    magic = block[257:265]
    if magic[:6] == b"ustar\0":
        prefix = _text(block[_PREFIX].partition(b"\0")[0], label)
        name = f"{prefix}/{name}" if prefix else name
    elif magic not in (b"ustar  \0", bytes(8)) or any(block[_PREFIX]):
        label.refuse("tar-header", "a header has an unknown format", name)
    size = _number(block[124:136], label, name)
    if size > MAX_BYTES:
        label.refuse("size", f"a member is larger than {MAX_BYTES >> 30} GiB", name)
    link = _text(block[157:257].partition(b"\0")[0], label)
    return _Header(name, block[156:157], size, _number(block[100:108], label, name), link)


def _number(field: bytes, label: Label, name: str) -> int:
    if field[0] == _BASE_256:
        return int.from_bytes(field[1:], "big")
    text = field.partition(b"\0")[0].strip(b" ")
    if not text:
        return 0
    if text.strip(b"01234567"):
        label.refuse("tar-header", "a number in a header is malformed", name)
    return int(text, 8)


def _text(raw: bytes, label: Label) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        label.refuse("name-encoding", "a name is not valid UTF-8", repr(raw))


def _parse_pax(data: bytes, label: Label) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(data):
        digits = data[position : position + 12].partition(b" ")[0]
        length = int(digits) if digits.isdigit() else 0
        record = data[position + len(digits) + 1 : position + length]
        key, equals, value = record.partition(b"=")
        if not len(digits) < length <= len(data) - position or not equals or not record.endswith(b"\n"):
            label.refuse("tar-header", "an extended header is malformed")
        name = _text(key, label)
        # only some are used; others (times with odd values, vendors' keys) may be anything
        yield name, _text(value[:-1], label) if name in _USED else ""
        position += length
