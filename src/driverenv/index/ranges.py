"""One member of a remote zip file, read through range requests (RFC 9110 section 14, APPNOTE 4.3).

A few hundred kilobytes at most. Where the archive or the server is in any way unusual the answer
is None and the whole file must be read; but a server that answers another range than it was asked
for is an error.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable
from typing import NamedTuple

from driverenv._http import Response, Transport, TransportFailure, redacted
from driverenv.errors import IntegrityError, foreign
from driverenv.model.resolution import Candidate

TAIL = 32 * 1024
"""Bytes of the first request: the end of a wheel has its directory, and mostly the METADATA too."""
_MAX_DIRECTORY = 8 * 1024 * 1024
_MAX_PACKED = 2 * 1024 * 1024
_MAX_UNPACKED = 8 * 1024 * 1024
_MARGIN = 512
_OK = 200
_PARTIAL = 206
_END = struct.Struct("<4s4H2LH")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_STORED, _DEFLATED = 0, 8
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class _Member(NamedTuple):
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    name_length: int


class _Unusual(Exception):
    """The archive or the server is not of the plain kind."""


def remote_member(candidate: Candidate, transport: Transport, wanted: Callable[[str], bool]) -> bytes | None:
    """The only member whose name is `wanted`; None: read the whole file. Raises `IntegrityError`."""
    try:
        window = _Window(candidate, transport)
        directory, end = _directory(window)
        found = [member for name, member in _members(directory) if wanted(name)]
        return _content(window, found[0], end) if len(found) == 1 else None
    except (_Unusual, TransportFailure, struct.error, zlib.error):
        return None


class _Window:
    """What is known of the remote file: its end, and what was asked for besides."""

    def __init__(self, candidate: Candidate, transport: Transport) -> None:
        self._candidate = candidate
        self._transport = transport
        self.total = 0
        self._start, self._data = 0, b""
        answer = self._get(TAIL, TAIL)
        if answer.status == _OK:  # no ranges here, but the whole file is small
            self.total, self._data = len(answer.body), answer.body
        else:
            first, last, self.total = self._span(answer)
            if last + 1 != self.total or first != max(0, self.total - TAIL):
                raise self._wrong(answer)
            self._start, self._data = first, answer.body

    @property
    def tail(self) -> bytes:
        """The end of the file."""
        return self._data

    def read(self, offset: int, size: int) -> bytes:
        """So many bytes from `offset` on, fetched where they are not there yet."""
        if offset < 0 or size < 0 or offset + size > self.total:
            raise _Unusual
        if offset >= self._start:
            return self._data[offset - self._start : offset - self._start + size]
        answer = self._get((offset, offset + size - 1), size)
        if self._span(answer) != (offset, offset + size - 1, self.total):
            raise self._wrong(answer)
        return answer.body

    def _get(self, wanted: tuple[int, int] | int, limit: int) -> Response:
        candidate = self._candidate
        answer = self._transport.get(
            candidate.index, candidate.file.url, public=candidate.public, byte_range=wanted, limit=limit
        )
        if answer.status != _PARTIAL and not (answer.status == _OK and isinstance(wanted, int)):
            raise _Unusual
        return answer

    def _span(self, answer: Response) -> tuple[int, int, int]:
        found = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", "").strip())
        if not found:
            raise self._wrong(answer)
        first, last, total = (int(number[:18]) for number in found.groups())
        if last - first + 1 != len(answer.body):
            raise self._wrong(answer)
        return first, last, total

    def _wrong(self, answer: Response) -> IntegrityError:
        told = answer.headers.get("content-range", "nothing")
        return IntegrityError(
            f"the index gives other bytes of {foreign(self._candidate.file.filename)} than it was asked for",
            facts=(
                ("index", str(self._candidate.index)),
                ("file", foreign(redacted(self._candidate.file.url))),
                ("answer", foreign(f"Content-Range: {told}, with {len(answer.body)} bytes")),
            ),
            remedies=("check the index and any proxy in front of it: ranges of files come out wrong",),
            data={"project": self._candidate.project, "file": self._candidate.file.filename},
        )


def _directory(window: _Window) -> tuple[bytes, int]:
    """The central directory, and where it begins."""
    at = window.tail.rfind(b"PK\x05\x06")
    if at < 0:
        raise _Unusual
    _, disk, start_disk, here, count, size, offset, comment = _END.unpack_from(window.tail, at)
    if disk or start_disk or here != count or at + _END.size + comment != len(window.tail):
        raise _Unusual
    end = window.total - len(window.tail) + at
    if size > _MAX_DIRECTORY or offset + size != end:
        raise _Unusual  # ZIP64, or something in front
    return window.read(offset, size), offset


def _members(directory: bytes) -> list[tuple[str, _Member]]:
    found: list[tuple[str, _Member]] = []
    at = 0
    while at < len(directory):
        row = _ENTRY.unpack_from(directory, at)
        if row[0] != b"PK\x01\x02":
            raise _Unusual
        _, _, _, flags, method, _, _, crc, packed, size, name, extra, comment, _, _, _, offset = row
        text = directory[at + _ENTRY.size : at + _ENTRY.size + name].decode("utf-8", "replace")
        found.append((text, _Member(flags, method, crc, packed, size, offset, name)))
        at += _ENTRY.size + name + extra + comment
    return found


def _content(window: _Window, member: _Member, end: int) -> bytes:
    """The member's bytes, checked against size and CRC."""
    encrypted = member.flags & 0x2041
    if encrypted or member.packed > _MAX_PACKED or member.size > _MAX_UNPACKED:
        raise _Unusual
    guess = _LOCAL.size + member.name_length + member.packed + _MARGIN
    raw = window.read(member.offset, min(guess, end - member.offset))
    row = _LOCAL.unpack_from(raw)
    start = _LOCAL.size + row[9] + row[10]
    if row[0] != b"PK\x03\x04" or row[3] != member.method or start + member.packed > len(raw):
        raise _Unusual
    packed = raw[start : start + member.packed]
    if member.method == _STORED:
        data = packed
    elif member.method == _DEFLATED:
        data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, member.size + 1)
    else:
        raise _Unusual
    if len(data) != member.size or zlib.crc32(data) != member.crc:
        raise _Unusual
    return data
