"""Gzipped tar archives (RFC 1952, POSIX pax, ustar, GNU long names), read once from front to end."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from driverenv.archive.rules import MAX_BYTES, MAX_FILES, MAX_METADATA_BYTES, Label, check_size

_BLOCK = 512
_CHUNK = 1 << 18
_GZIP = 16 + zlib.MAX_WBITS
_BASE_256 = 0x80


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
        self._total = 0

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, fewer only at the end."""
        pieces = [self._ready]
        have = len(self._ready)
        while have < size and (piece := self._more()):
            pieces.append(piece)
            have += len(piece)
        data = b"".join(pieces)
        self._ready = data[size:]
        return data[:size]

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
        self._count = 0

    def __iter__(self) -> Iterator[Member]:
        """Every member in order; ends after the whole archive was checked."""
        extended: dict[str, str] = {}
        while (header := self._next_header()) is not None:
            if header.kind in b"xgLK":
                self._extend(header, extended)
                continue
            yield self._member(header, extended)
            for _ in self.read():
                pass
            extended = {}
        self._stream.finish()

    def read(self) -> Iterator[bytes]:
        """The content of the current member, in chunks."""
        while self._left:
            chunk = self._stream.read(min(self._left, _CHUNK))
            if not chunk:
                self._label.refuse("tar-data", "it ends inside a member")
            self._left -= len(chunk)
            yield chunk
        padding, self._padding = self._padding, 0
        if len(self._stream.read(padding)) != padding:
            self._label.refuse("tar-data", "it ends inside a member")

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

    def _extend(self, header: _Header, extended: dict[str, str]) -> None:
        if header.size > MAX_METADATA_BYTES:
            self._label.refuse("size", "an extended header is too large", header.name)
        data = b"".join(self.read())
        if header.kind in b"LK":
            extended["path" if header.kind == b"L" else "linkpath"] = _text(data.rstrip(b"\0"), self._label)
            return
        for key, value in _parse_pax(data, self._label):
            if key.startswith("GNU.sparse") or key == "hdrcharset":
                self._label.refuse("member-type", f"the extended header {key} is not for sdists", header.name)
            if header.kind == b"x" or key not in ("path", "linkpath", "size"):
                extended[key] = value
            else:
                self._label.refuse("tar-header", f"a global header sets {key}", header.name)

    def _member(self, header: _Header, extended: dict[str, str]) -> Member:
        name = extended.get("path", header.name)
        if "size" in extended:
            if not (extended["size"].isascii() and extended["size"].isdigit()):
                self._label.refuse("tar-header", "a size is malformed", name)
            self._left = int(extended["size"])
            self._padding = -self._left % _BLOCK
        kind = {b"0": "file", b"\0": "file", b"5": "folder", b"2": "link"}.get(header.kind)
        if kind is None:
            self._label.refuse("member-type", f"a member is of type {header.kind!r}", name)
        if kind == "file" and name.endswith("/"):  # the oldest tars mark folders so
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
    magic = block[257:263]
    if magic == b"ustar\0":
        prefix = _text(block[345:500].partition(b"\0")[0], label)
        name = f"{prefix}/{name}" if prefix else name
    elif magic not in (b"ustar ", b"\0\0\0\0\0\0"):
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
        if length <= len(digits) or not equals or not record.endswith(b"\n"):
            label.refuse("tar-header", "an extended header is malformed")
        name = _text(key, label)
        # only these are used; others (times with odd values, vendors' keys) may be anything
        wanted = name in ("path", "linkpath", "size", "hdrcharset") or name.startswith("GNU.sparse")
        yield name, _text(value[:-1], label) if wanted else ""
        position += length
