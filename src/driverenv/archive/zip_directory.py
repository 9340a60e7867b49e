"""The central directory of a zip archive, and the end records that lead to it (APPNOTE 6.3)."""

from __future__ import annotations

import stat
import struct
from typing import BinaryIO, NamedTuple

from driverenv.archive.names import MAX_NAME_BYTES
from driverenv.archive.rules import Label, check_size

STORED, DEFLATED = 0, 8
FLAG_DESCRIPTOR, FLAG_UTF8 = 1 << 3, 1 << 11
MAX16 = 0xFFFF
MAX32 = 0xFFFFFFFF
ZIP64 = 0x0001
_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_FLAGS_ALLOWED = 0b110 | FLAG_DESCRIPTOR | FLAG_UTF8  # 1 and 2: the deflate level
_UNIX = 3
_DOS_NO_FILE = 0x18  # a volume's label, a folder: some readers go by it, others by the name
_UNICODE_PATH = 0x7075
_SECOND_NATURES = {
    0x000D: "a link's target",
    0x0017: "encryption",
    0x2605: "a name for Macintosh",
    0x2705: "a name for Macintosh",
    0x334D: "attributes of Macintosh",
    0x756E: "a mode and a link's target",
    0x9901: "encryption",
}
"""Extra fields that make something else of a member in readers that know them."""
_MAX_DIRECTORY_BYTES = 16 << 20
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
    offset: int
    end: int
    """Where the next member, or the central directory, begins."""
    raw_name: bytes
    """As the headers have it."""


class _End(NamedTuple):
    entries: int
    size: int
    offset: int
    start: int
    """Where the end records begin."""


def read_directory(file: BinaryIO, size: int, label: Label) -> tuple[Member, ...]:
    """All members of the zip archive `file` of `size` bytes, in the order of the file."""
    end = _find_end(file, size, label)
    if end.offset + end.size != end.start:
        label.refuse("zip-directory", "the central directory is not where the end record says")
    check_size(label, packed=size, unpacked=0, files=end.entries)
    if end.size > _MAX_DIRECTORY_BYTES:
        label.refuse("size", f"its central directory has more than {_MAX_DIRECTORY_BYTES >> 20} MiB")
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
    for member, where in zip(found, ends, strict=True):
        if member.offset >= where:
            label.refuse("zip-tiling", "a member begins where another does, or behind all", member.name)
    if (found[0].offset if found else end.offset) != 0:
        label.refuse("zip-start", "there is something before the first member")
    check_size(label, packed=size, unpacked=sum(member.size for member in found), files=len(found))
    return tuple(Member(*one[:-2], where, one.raw_name) for one, where in zip(found, ends, strict=True))


def _find_end(file: BinaryIO, size: int, label: Label) -> _End:
    if size < _END.size:
        label.refuse("zip-end", "it is too short for a zip archive")
    file.seek(size - _END.size)
    record = file.read(_END.size)
    magic, disk, first_disk, here, entries, directory_size, offset, comment = _END.unpack(record)
    if magic != b"PK\x05\x06" or comment or record.find(magic, 1) > 0:
        label.refuse("zip-end", "its end record is missing, has a comment, or something follows it")
    if disk not in (0, MAX16) or first_disk not in (0, MAX16) or here != entries:
        label.refuse("zip-end", "it is one part of several")
    plain = _End(entries, directory_size, offset, size - _END.size)
    return _find_end64(file, plain, label) or plain


def _find_end64(file: BinaryIO, plain: _End, label: Label) -> _End | None:
    needed = plain.entries == MAX16 or MAX32 in (plain.size, plain.offset)
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
        (plain.entries, entries, MAX16),
        (plain.size, directory_size, MAX32),
        (plain.offset, offset, MAX32),
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
    extra = read_extra(directory[after_name:after_extra], name, label) if extra_length else {}
    size, packed, offset = widen(extra.get(ZIP64), (size, packed, offset), name, label)
    if needed > _NEWEST_VERSION:
        label.refuse("zip-method", f"a member needs version {needed / 10} of the zip format", name)
    if flags & ~_FLAGS_ALLOWED or method not in (STORED, DEFLATED):
        label.refuse("zip-method", f"a member has flags {flags:#x} and method {method}", name)
    if flags & FLAG_DESCRIPTOR and method == STORED:
        label.refuse("zip-method", "a stored member has a data descriptor", name)
    is_folder, executable = _kind(name, made_by >> 8, attributes, label)
    if is_folder and (size or packed > 2):  # noqa: PLR2004 (an empty deflate stream has two bytes)
        label.refuse("member-type", "a folder has content", name)
    stem = name[:-1] if is_folder else name
    return Member(
        stem, is_folder, executable, size, packed, crc, flags, method, offset, 0, raw_name
    ), position


def _decode_name(raw_name: bytes, flags: int, label: Label) -> str:
    if len(raw_name) > MAX_NAME_BYTES + 1:  # at once: fifty thousand long ones would fill the memory
        label.refuse("name-length", f"a name is longer than {MAX_NAME_BYTES} bytes", repr(raw_name[:80]))
    if raw_name.isascii():
        return raw_name.decode("ascii")
    if not flags & FLAG_UTF8:
        label.refuse("name-encoding", "a name is not ASCII and not marked as UTF-8", repr(raw_name))
    try:
        return raw_name.decode("utf-8")
    except UnicodeDecodeError:
        label.refuse("name-encoding", "a name is not valid UTF-8", repr(raw_name))


def read_extra(extra: bytes, name: str, label: Label) -> dict[int, bytes]:
    """The extra fields of a header of the member `name`, none of which gives it a second name or nature."""
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
    if _UNICODE_PATH in fields and fields[_UNICODE_PATH][5:] != name.encode():
        label.refuse("zip-header", "a member has a second, different name", name)
    for tag in fields.keys() & _SECOND_NATURES.keys():
        label.refuse("zip-header", f"a member has an extra field with {_SECOND_NATURES[tag]}", name)
    return fields


def widen(field: bytes | None, small: tuple[int, ...], name: str, label: Label) -> tuple[int, ...]:
    """Take from a ZIP64 field what does not fit into 32 bits; a redundant field must agree."""
    wanted = small.count(MAX32)
    if field is None:
        if wanted:
            label.refuse("zip-zip64", "a member's ZIP64 field is missing", name)
        return small
    whole, rest = divmod(len(field), 8)
    large = list(struct.unpack_from(f"<{whole}Q", field))
    if field[whole * 8 :] not in (b"", bytes(4)) or (rest and whole != len(small)):  # the number of a disk
        label.refuse("zip-zip64", "a member's ZIP64 field is malformed", name)
    if not wanted:
        if large != list(small[: len(large)]):
            label.refuse("zip-zip64", "a member's ZIP64 field contradicts its header", name)
        return small
    if len(large) != wanted:
        label.refuse(
            "zip-zip64", "a member's ZIP64 field has more or less than is missing in its header", name
        )
    return tuple(large.pop(0) if value == MAX32 else value for value in small)


def _kind(name: str, system: int, attributes: int, label: Label) -> tuple[bool, bool]:
    mode = attributes >> 16
    kind = stat.S_IFMT(mode)
    is_folder = name.endswith("/")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or (kind == stat.S_IFDIR) > is_folder:
        label.refuse("member-type", f"a member is neither a regular file nor a folder (mode {mode:o})", name)
    if attributes & _DOS_NO_FILE and not is_folder:
        label.refuse(
            "member-type", "a member is called a file and marked as a folder or a disk's label", name
        )
    return is_folder, bool(mode & 0o111) and system == _UNIX and not is_folder
