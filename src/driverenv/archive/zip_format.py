"""Zip archives, read so that no two readers can see different things in them (APPNOTE 6.3).

The members must tile the file: the first at offset 0, each where the one before it ends, the
central directory where the last one ends, the end record after it. What the central directory
says of a member must be what its local header says.
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from driverenv.archive.rules import Label, check_size

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_MAX16 = 0xFFFF
_MAX32 = 0xFFFFFFFF
_CHUNK = 1 << 20
_STORED, _DEFLATED = 0, 8
_FLAG_DESCRIPTOR, _FLAG_UTF8 = 1 << 3, 1 << 11
_FLAGS_ALLOWED = 0b110 | _FLAG_DESCRIPTOR | _FLAG_UTF8  # 1 and 2: the deflate level
_UNIX = 3
_EXTRA_ZIP64, _EXTRA_UNICODE_PATH = 0x0001, 0x7075
_MAX_DIRECTORY_BYTES = 128 << 20
_NEWEST_VERSION = 63
"""Of the zip format (APPNOTE 4.4.3), times ten; the standard library reads none that is newer."""


class Member(NamedTuple):
    """A member, as the central directory has it."""

    name: str
    """Without a slash at its end."""
    is_folder: bool
    executable: bool
    size: int
    packed: int
    crc: int
    flags: int
    method: int
    raw_name: bytes
    offset: int
    end: int
    """Where the next member, or the central directory, begins."""


class _End(NamedTuple):
    entries: int
    size: int
    offset: int
    start: int
    """Where the end records begin."""


def read_directory(file: BinaryIO, size: int, label: Label) -> tuple[Member, ...]:
    """All members of the zip archive `file` of `size` bytes, in the order of the file."""
    end = _find_end(file, size, label)
    if end.offset + end.size != end.start or end.size > _MAX_DIRECTORY_BYTES:
        label.refuse("zip-directory", "the central directory is not where the end record says")
    check_size(label, packed=size, unpacked=0, files=end.entries)
    file.seek(end.offset)
    directory = file.read(end.size)
    found = []
    position = 0
    for _ in range(end.entries):
        member, position = _read_central(directory, position, label)
        found.append(member)
    if position != len(directory):
        label.refuse("zip-directory", "the central directory holds more than its members")
    found.sort(key=lambda member: member.offset)
    ends = [*(member.offset for member in found), end.offset][1:]
    if (found[0].offset if found else end.offset) != 0:
        label.refuse("zip-start", "there is something before the first member")
    check_size(label, packed=size, unpacked=sum(member.size for member in found), files=len(found))
    return tuple(member._replace(end=where) for member, where in zip(found, ends, strict=True))


def _find_end(file: BinaryIO, size: int, label: Label) -> _End:
    if size < _END.size:
        label.refuse("zip-end", "it is too short for a zip archive")
    file.seek(size - _END.size)
    values = _END.unpack(file.read(_END.size))
    magic, disk, first_disk, here, entries, directory_size, offset, comment = values
    if magic != b"PK\x05\x06" or comment:
        label.refuse("zip-end", "its end record is missing, has a comment, or something follows it")
    if disk not in (0, _MAX16) or first_disk not in (0, _MAX16) or here != entries:
        label.refuse("zip-end", "it is one part of several")
    plain = _End(entries, directory_size, offset, size - _END.size)
    return _find_end64(file, plain, label) or plain


def _find_end64(file: BinaryIO, plain: _End, label: Label) -> _End | None:
    needed = plain.entries == _MAX16 or _MAX32 in (plain.size, plain.offset)
    start = plain.start - _END64_LOCATOR.size
    locator = b""
    if start >= _END64.size:
        file.seek(start)
        locator = file.read(_END64_LOCATOR.size)
    if locator[:4] != b"PK\x06\x07":
        if needed:
            label.refuse("zip-zip64", "its end record points to ZIP64 records that are not there")
        return None
    _, disk, where, disks = _END64_LOCATOR.unpack(locator)
    if disk or disks not in (0, 1) or where != start - _END64.size:
        label.refuse("zip-zip64", "its ZIP64 locator points elsewhere")
    file.seek(where)
    magic, length, _, _, disk, first_disk, here, entries, directory_size, offset = _END64.unpack(
        file.read(_END64.size)
    )
    if magic != b"PK\x06\x06" or length != _END64.size - 12 or disk or first_disk or here != entries:
        label.refuse("zip-zip64", "its ZIP64 end record is malformed")
    for small, large, limit in (
        (plain.entries, entries, _MAX16),
        (plain.size, directory_size, _MAX32),
        (plain.offset, offset, _MAX32),
    ):
        if small not in (large, limit):
            label.refuse("zip-zip64", "its end records contradict each other")
    return _End(entries, directory_size, offset, where)


def _read_central(directory: bytes, start: int, label: Label) -> tuple[Member, int]:
    if len(directory) - start < _CENTRAL.size:
        label.refuse("zip-directory", "the central directory holds fewer members than it says")
    values = _CENTRAL.unpack_from(directory, start)
    magic, made_by, needed, flags, method, _, _, crc, packed, size = values[:10]
    name_length, extra_length, comment_length, disk, _, attributes, offset = values[10:]
    after_name = start + _CENTRAL.size + name_length
    after_extra = after_name + extra_length
    position = after_extra + comment_length
    if magic != b"PK\x01\x02" or disk or position > len(directory):
        label.refuse("zip-directory", "the central directory is malformed")
    raw_name = directory[start + _CENTRAL.size : after_name]
    name = _decode_name(raw_name, flags, label)
    extra = _read_extra(directory[after_name:after_extra], label, name)
    size, packed, offset = _widen(extra, (size, packed, offset), label, name)
    if extra.get(_EXTRA_UNICODE_PATH, b"\x01    " + raw_name)[5:] != raw_name:
        label.refuse("zip-header", "a member has a second, different name", name)
    if needed > _NEWEST_VERSION:
        label.refuse("zip-method", f"a member needs version {needed / 10} of the zip format", name)
    if flags & ~_FLAGS_ALLOWED or method not in (_STORED, _DEFLATED):
        label.refuse("zip-method", f"a member has flags {flags:#x} and method {method}", name)
    is_folder, executable = _kind(name, made_by >> 8, attributes, label)
    if is_folder and (size or packed > 2):  # noqa: PLR2004 (an empty deflate stream has two bytes)
        label.refuse("member-type", "a folder has content", name)
    stem = name[:-1] if is_folder else name
    member = Member(stem, is_folder, executable, size, packed, crc, flags, method, raw_name, offset, 0)
    return member, position


def _decode_name(raw_name: bytes, flags: int, label: Label) -> str:
    if raw_name.isascii():
        return raw_name.decode("ascii")
    if not flags & _FLAG_UTF8:
        label.refuse("name-encoding", "a name is not ASCII and not marked as UTF-8", repr(raw_name))
    try:
        return raw_name.decode("utf-8")
    except UnicodeDecodeError:
        label.refuse("name-encoding", "a name is not valid UTF-8", repr(raw_name))


def _read_extra(extra: bytes, label: Label, name: str) -> dict[int, bytes]:
    fields: dict[int, bytes] = {}
    position = 0
    while position + 4 <= len(extra):
        tag, length = struct.unpack_from("<2H", extra, position)
        field = extra[position + 4 : position + 4 + length]
        if len(field) != length or tag in fields:
            label.refuse("zip-header", "a member's extra fields are malformed", name)
        fields[tag] = field
        position += 4 + length
    if any(extra[position:]):
        label.refuse("zip-header", "a member's extra fields are malformed", name)
    return fields


def _widen(extra: dict[int, bytes], small: tuple[int, ...], label: Label, name: str) -> tuple[int, ...]:
    """Take from the ZIP64 field what does not fit into 32 bits; a redundant field must agree."""
    field = extra.get(_EXTRA_ZIP64)
    if field is None:
        if _MAX32 in small:
            label.refuse("zip-zip64", "a member's ZIP64 field is missing", name)
        return small
    large = list(struct.unpack(f"<{len(field) // 8}Q", field[: len(field) // 8 * 8]))
    if _MAX32 not in small:
        if any(one != other for one, other in zip(large, small, strict=False)):
            label.refuse("zip-zip64", "a member's ZIP64 field contradicts its header", name)
        return small
    if len(large) < small.count(_MAX32):
        label.refuse("zip-zip64", "a member's ZIP64 field is too short", name)
    if len(large) > small.count(_MAX32):  # sizes that would have fitted are repeated
        if any(value not in (_MAX32, wide) for value, wide in zip(small, large, strict=False)):
            label.refuse("zip-zip64", "a member's ZIP64 field contradicts its header", name)
        return (*large, *small[len(large) :])
    return tuple(large.pop(0) if value == _MAX32 else value for value in small)


def _kind(name: str, system: int, attributes: int, label: Label) -> tuple[bool, bool]:
    mode = attributes >> 16
    kind = stat.S_IFMT(mode)
    is_folder = name.endswith("/")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or (kind == stat.S_IFDIR) > is_folder:
        label.refuse("member-type", f"a member is neither a regular file nor a folder (mode {mode:o})", name)
    return is_folder, bool(mode & 0o111) and system == _UNIX and not is_folder


def stream(file: BinaryIO, member: Member, label: Label) -> Iterator[bytes]:
    """The content of `member`, in chunks, checked against its headers to the last byte."""
    if file.tell() != member.offset:
        file.seek(member.offset)
    start = _check_local(file, member, label)
    checksum = received = 0
    chunks = _inflate(file, member, label) if member.method == _DEFLATED else _copy(file, member)
    for chunk in chunks:
        checksum = zlib.crc32(chunk, checksum)
        received += len(chunk)
        if received > member.size:
            break
        yield chunk
    if received != member.size or checksum != member.crc:
        label.refuse("zip-data", "a member's data is damaged, or not as long as its header says", member.name)
    _check_descriptor(file, member, member.end - start - member.packed, label)


def read(file: BinaryIO, member: Member, label: Label, limit: int) -> bytes:
    """The whole content of `member`, refused beyond `limit` bytes."""
    if member.size > limit:
        label.refuse("size", f"a member is larger than {limit >> 20} MiB", member.name)
    return b"".join(stream(file, member, label))


def _check_local(file: BinaryIO, member: Member, label: Label) -> int:
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
        rule = "zip-tiling" if member.offset else "zip-start"
        label.refuse(rule, "no member begins where the central directory says", member.name)
    _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack(header)
    names = file.read(name_length + extra_length)
    if flags != member.flags or method != member.method or names[:name_length] != member.raw_name:
        label.refuse("zip-header", "a member's two headers differ in name, flags or method", member.name)
    if _MAX32 in (packed, size):
        extra = _read_extra(names[name_length:], label, member.name)
        size, packed = _widen(extra, (size, packed), label, member.name)
    if (crc, packed, size) != (member.crc, member.packed, member.size) and not (
        flags & _FLAG_DESCRIPTOR and not any((crc, packed, size))
    ):
        label.refuse("zip-header", "a member's two headers differ in checksum or sizes", member.name)
    start: int = member.offset + _LOCAL.size + name_length + extra_length
    if start + member.packed > member.end:
        label.refuse("zip-tiling", "a member overlaps the next one", member.name)
    return start


def _check_descriptor(file: BinaryIO, member: Member, gap: int, label: Label) -> None:
    if not member.flags & _FLAG_DESCRIPTOR:
        if gap:
            label.refuse("zip-tiling", f"{gap} bytes lie hidden after a member", member.name)
        return
    if member.method != _DEFLATED and member.size:
        label.refuse("zip-method", "a stored member has a data descriptor", member.name)
    body = struct.pack("<3L", member.crc, member.packed & _MAX32, member.size & _MAX32)
    wide = struct.pack("<L2Q", member.crc, member.packed, member.size)
    found = file.read(gap)
    if found not in (body, b"PK\x07\x08" + body, wide, b"PK\x07\x08" + wide):
        label.refuse(
            "zip-tiling", "a member's data descriptor is wrong, or something lies behind it", member.name
        )


def _copy(file: BinaryIO, member: Member) -> Iterator[bytes]:
    left = member.packed
    while left > 0:
        chunk = file.read(min(left, _CHUNK))
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
