"""Zip archives, read so that no two readers can see different things in them (APPNOTE 6.3).

The members must tile the file: the first at offset 0, each where the one before it ends, the
central directory where the last one ends, the end record after it. What the central directory
says of a member must be what its local header says.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from driverenv.archive.rules import Label
from driverenv.archive.zip_directory import (
    DEFLATED,
    FLAG_DESCRIPTOR,
    MAX32,
    ZIP64,
    Member,
    read_directory,
    read_extra,
    widen,
)

__all__ = ["Member", "read", "read_directory", "small", "stream"]

_LOCAL = struct.Struct("<4s5H3L2H")
_SIGNATURE = b"PK\x07\x08"
_PACKED_CHUNK, _CHUNK = 1 << 17, 1 << 18
"""Measured: larger ones leave the processor's cache, smaller ones cost calls."""
_AT_ONCE = 1 << 20
"""Bytes, packed and not, up to which a member is read by one call, headers and all."""


def stream(file: BinaryIO, member: Member, label: Label) -> Iterator[bytes]:
    """The content of `member`, in chunks, checked against its headers to the last byte."""
    data = small(file, member, label)
    if data is not None:
        if data:
            yield data
        return
    if file.tell() != member.offset:
        file.seek(member.offset)
    header = file.read(_LOCAL.size)
    names = file.read(sum(_LOCAL.unpack(header)[-2:])) if len(header) == _LOCAL.size else b""
    start, wide = _check_local(header + names, member, label)
    checksum = received = 0
    chunks = _inflate(file, member, label) if member.method == DEFLATED else _copy(file, member)
    for chunk in chunks:
        checksum = zlib.crc32(chunk, checksum)
        received += len(chunk)
        if received > member.size:
            break
        yield chunk
    if received != member.size or checksum != member.crc:
        _damaged(member, label)
    gap = member.end - member.offset - start - member.packed
    _check_descriptor(file.read(gap) if member.flags & FLAG_DESCRIPTOR else b"", gap, member, wide, label)


def small(file: BinaryIO, member: Member, label: Label) -> bytes | None:
    """The content of a member that is not large, checked as `stream` does; None of one that is."""
    span = member.end - member.offset
    if span > _AT_ONCE or member.size > _AT_ONCE:
        return None
    if file.tell() != member.offset:
        file.seek(member.offset)
    return _at_once(file.read(span), member, label)


def read(file: BinaryIO, member: Member, label: Label, limit: int) -> bytes:
    """The whole content of `member`, refused beyond `limit` bytes."""
    if member.size > limit:
        label.refuse("size", f"a member is larger than {limit >> 20} MiB", member.name)
    return b"".join(stream(file, member, label))


def _at_once(span: bytes, member: Member, label: Label) -> bytes:
    """The content of a small member, from all the bytes between it and the next."""
    start, wide = _check_local(span, member, label)
    after = start + member.packed
    data = span[start:after]
    if member.method == DEFLATED:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            data = inflater.decompress(data, member.size + 1)
        except zlib.error as error:
            label.refuse("zip-data", f"a member cannot be inflated ({error})", member.name)
        if len(data) <= member.size and (not inflater.eof or inflater.unused_data):
            label.refuse("zip-data", "a member's data ends too early or too late", member.name)
    if len(data) != member.size or zlib.crc32(data) != member.crc:
        _damaged(member, label)
    _check_descriptor(span[after:], len(span) - after, member, wide, label)
    return data


def _damaged(member: Member, label: Label) -> None:
    label.refuse("zip-data", "a member's data is damaged, or not as long as its header says", member.name)


def _check_local(header: bytes, member: Member, label: Label) -> tuple[int, bool]:
    """Where in `header` the data begins, and whether sizes that follow it are wide."""
    if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
        rule = "zip-tiling" if member.offset else "zip-start"
        label.refuse(rule, "no member begins where the central directory says", member.name)
    _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack_from(header)
    after_name = _LOCAL.size + name_length
    start = after_name + extra_length
    if (
        flags != member.flags
        or method != member.method
        or header[_LOCAL.size : after_name] != member.raw_name
    ):
        label.refuse("zip-header", "a member's two headers differ in name, flags or method", member.name)
    if member.offset + start + member.packed > member.end:
        label.refuse("zip-tiling", "a member overlaps the next one", member.name)
    wide = None
    is_later = flags & FLAG_DESCRIPTOR and not (crc or packed or size)
    if extra_length or MAX32 in (packed, size):
        shown = member.name + ("/" if member.is_folder else "")
        wide = read_extra(header[after_name:start], shown, label).get(ZIP64)
        if not (is_later and wide == bytes(16)):
            size, packed = widen(wide, (size, packed), member.name, label)
            is_later = flags & FLAG_DESCRIPTOR and not (crc or packed or size)
    if not is_later and (crc, packed, size) != (member.crc, member.packed, member.size):
        label.refuse("zip-header", "a member's two headers differ in checksum or sizes", member.name)
    return start, wide is not None


def _check_descriptor(found: bytes, gap: int, member: Member, wide: bool, label: Label) -> None:  # noqa: FBT001
    if not member.flags & FLAG_DESCRIPTOR:
        if gap:
            label.refuse("zip-tiling", f"{gap} bytes lie hidden after a member", member.name)
        return
    sizes = (member.packed, member.size) if wide else (member.packed & MAX32, member.size & MAX32)
    body = struct.pack("<L2Q" if wide else "<3L", member.crc, *sizes)
    unsigned = body if not body.startswith(_SIGNATURE) else b""  # else nobody knows which of the two it is
    if not found or found not in (_SIGNATURE + body, unsigned):
        label.refuse(
            "zip-tiling", "a member's data descriptor is wrong, or something lies behind it", member.name
        )


def _copy(file: BinaryIO, member: Member) -> Iterator[bytes]:
    left = member.packed
    while left > 0:
        chunk = file.read(min(left, _PACKED_CHUNK))
        if not chunk:
            return
        left -= len(chunk)
        yield chunk


def _inflate(file: BinaryIO, member: Member, label: Label) -> Iterator[bytes]:
    stream_end = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for chunk in _copy(file, member):
            pending = chunk
            while pending and not stream_end.eof:
                yield stream_end.decompress(pending, min(member.size + 1, _CHUNK))
                pending = stream_end.unconsumed_tail
        while not stream_end.eof and (rest := stream_end.decompress(b"", _CHUNK)):
            yield rest  # all input is taken, some output still to come
    except zlib.error as error:
        label.refuse("zip-data", f"a member cannot be inflated ({error})", member.name)
    if not stream_end.eof or stream_end.unused_data:
        label.refuse("zip-data", "a member's data ends too early or too late", member.name)
