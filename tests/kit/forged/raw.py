"""Zip and tar archives written byte by byte, so that every field can lie."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

STORED, DEFLATED = 0, 8
DESCRIPTOR, UTF8 = 1 << 3, 1 << 11
_MIB = 1 << 20
DOS_DATE = 0x5021  # 2020-01-01
_LOCAL = (
    "version",
    "flags",
    "method",
    "time",
    "date",
    "crc",
    "packed",
    "size",
    "name_length",
    "extra_length",
)
_CENTRAL = (
    "made_by",
    *_LOCAL,
    "comment_length",
    "disk",
    "internal",
    "attributes",
    "offset",
)
_END = ("disk", "first_disk", "here", "entries", "directory_size", "directory_offset", "comment_length")


@dataclass(frozen=True)
class Raw:
    """One member: true in everything, but for the fields that `local` and `central` replace."""

    name: str | bytes
    data: bytes = b""
    method: int = DEFLATED
    flags: int | None = None
    """None: what the name needs."""
    mode: int = 0o100644
    packed: bytes | None = None
    """The bytes in the archive, where they are not the data compressed."""
    local: Mapping[str, int] = field(default_factory=dict)
    central: Mapping[str, int] = field(default_factory=dict)
    both: Mapping[str, int] = field(default_factory=dict)
    local_name: str | bytes | None = None
    local_extra: bytes = b""
    extra: bytes = b""
    comment: bytes = b""
    descriptor: bytes = b""
    """What stands behind the data."""
    behind: bytes = b""
    """And behind that."""
    is_listed: bool = True
    """Whether the central directory has it."""

    def fields(self) -> dict[str, int]:
        """What is true of it."""
        packed = self.bytes()
        flags = self.flags if self.flags is not None else 0 if _raw(self.name).isascii() else UTF8
        return {
            "made_by": 0x0314,
            "version": 20,
            "flags": flags,
            "method": self.method,
            "time": 0,
            "date": DOS_DATE,
            "crc": zlib.crc32(self.data),
            "packed": len(packed),
            "size": len(self.data),
            "disk": 0,
            "internal": 0,
            "attributes": self.mode << 16 | (0x10 if _raw(self.name).endswith(b"/") else 0),
        } | dict(self.both)

    def bytes(self) -> bytes:
        """The data as it lies in the archive."""
        if self.packed is not None:
            return self.packed
        return deflated(self.data) if self.method == DEFLATED else self.data


def deflated(data: bytes) -> bytes:
    """A raw deflate stream."""
    worker = zlib.compressobj(9, zlib.DEFLATED, -15)
    if len(data) > _MIB and not len(data) % _MIB and data == bytes(len(data)):
        once = worker.compress(bytes(_MIB)) + worker.flush(
            zlib.Z_FULL_FLUSH
        )  # from here on it may be repeated
        return once * (len(data) // _MIB) + worker.flush()
    return worker.compress(data) + worker.flush()


def _raw(name: str | bytes) -> bytes:
    return name.encode() if isinstance(name, str) else name


def zipped(
    members: Sequence[Raw],
    *,
    before: bytes = b"",
    shift: int = 0,
    gap: bytes = b"",
    end: Mapping[str, int] | None = None,
    zip64: bytes = b"",
    comment: bytes = b"",
    behind: bytes = b"",
) -> bytes:
    """The archive. `before`: in front; `shift`: what offsets leave out of it; `gap`: before the directory."""
    out = bytearray(before)
    directory = bytearray()
    for member in members:
        fields = member.fields()
        offset = len(out) - shift
        name = _raw(member.name)
        local_name = name if member.local_name is None else _raw(member.local_name)
        head = {**fields, "name_length": len(local_name), "extra_length": len(member.local_extra)}
        out += struct.pack("<4s5H3L2H", b"PK\x03\x04", *({**head, **member.local}[key] for key in _LOCAL))
        out += local_name + member.local_extra + member.bytes() + member.descriptor + member.behind
        if member.is_listed:
            row = {**fields, "name_length": len(name), "extra_length": len(member.extra), "offset": offset}
            row |= {"comment_length": len(member.comment), **member.central}
            directory += struct.pack("<4s6H3L5H2L", b"PK\x01\x02", *(row[key] for key in _CENTRAL))
            directory += name + member.extra + member.comment
    out += gap
    listed = sum(member.is_listed for member in members)
    last = dict.fromkeys(_END, 0) | {"here": listed, "entries": listed, "comment_length": len(comment)}
    last |= {"directory_size": len(directory), "directory_offset": len(out) - shift, **(end or {})}
    record = struct.pack("<4s4H2LH", b"PK\x05\x06", *(last[key] for key in _END))
    return bytes(out + directory) + zip64 + record + comment + behind


def zip64_end(entries: int, size: int, offset: int, *, where: int | None = None, more: bytes = b"") -> bytes:
    """The ZIP64 end record and its locator; `where` is what the locator says, the true place by default."""
    record = struct.pack(
        "<4sQ2H2L4Q", b"PK\x06\x06", 44 + len(more), 45, 45, 0, 0, entries, entries, size, offset
    )
    place = offset + size if where is None else where
    return record + more + struct.pack("<4sLQL", b"PK\x06\x07", 0, place, 1)


def extra_field(tag: int, content: bytes) -> bytes:
    """One extra field."""
    return struct.pack("<2H", tag, len(content)) + content


@dataclass(frozen=True)
class Block:
    """One tar member (or extended header), true in everything but what is given otherwise."""

    name: str | bytes
    data: bytes = b""
    kind: bytes = b"0"
    link: str = ""
    mode: bytes = b"0000644\0"
    magic: bytes = b"ustar\x0000"
    prefix: bytes = b""
    size: int | None = None
    checksum: int | None = None

    def bytes(self) -> bytes:
        """Header, data, padding."""
        size = len(self.data) if self.size is None else self.size
        head = bytearray(512)
        name = _raw(self.name)[:100]
        head[: len(name)] = name
        head[100:108] = self.mode
        head[108:124] = b"0000000\x000000000\x00"
        head[124:136] = b"%011o\0" % size
        head[136:148] = b"%011o\0" % 1577836800
        head[148:156] = b" " * 8
        head[156:157] = self.kind
        link = self.link.encode()[:100]
        head[157 : 157 + len(link)] = link
        head[257:265] = self.magic
        head[345 : 345 + len(self.prefix)] = self.prefix
        total = sum(head) if self.checksum is None else self.checksum
        head[148:156] = b"%06o\0 " % total
        return bytes(head) + self.data + bytes(-len(self.data) % 512)


def pax(**records: str) -> Block:
    """An extended header."""
    return Block("PaxHeader", b"".join(pax_record(key, value) for key, value in records.items()), b"x")


def pax_record(key: str, value: str) -> bytes:
    """One record, with its own length in front."""
    body = f" {key}={value}\n".encode()
    length = len(body) + 1
    while length != len(body) + len(str(length)):
        length = len(body) + len(str(length))
    return str(length).encode() + body


def tarred(blocks: Sequence[Block], *, end: bytes = bytes(1024), behind: bytes = b"") -> bytes:
    """The gzipped archive."""
    return gzip.compress(b"".join(block.bytes() for block in blocks) + end, mtime=0) + behind
