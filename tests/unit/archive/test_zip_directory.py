"""The directory alone; what it says of members is held against them in `test_zip_format`."""

from __future__ import annotations

import io
import struct

import pytest

from driverenv.archive.rules import Label
from driverenv.archive.zip_directory import MAX32, Member, read_directory, read_extra, widen
from driverenv.errors import ArchiveRejected
from tests.kit.forged.raw import Raw, extra_field, zip64_end, zipped

LABEL = Label("a.whl")


def read(data: bytes) -> tuple[Member, ...]:
    return read_directory(io.BytesIO(data), len(data), LABEL)


def test_members_in_the_order_of_the_file() -> None:
    data = zipped([Raw("a", b"x"), Raw("b/", mode=0o40755), Raw("\u00e4", b"y", mode=0o100755)])
    first, folder, last = read(data)
    assert (first.name, first.is_folder, first.executable, first.size) == ("a", False, False, 1)
    assert (folder.name, folder.is_folder, folder.raw_name) == ("b", True, b"b/")
    assert (last.name, last.executable, last.raw_name) == ("\u00e4", True, "\u00e4".encode())
    assert (first.offset, first.end, folder.end) == (0, folder.offset, last.offset)


def test_zip64_records() -> None:
    data = zipped([Raw("a", b"x")])
    count, size, offset = struct.unpack("<H2L", data[-12:-2])
    wide = {"entries": 0xFFFF, "here": 0xFFFF, "directory_size": MAX32, "directory_offset": MAX32}
    for end in ({}, wide):
        both = zipped([Raw("a", b"x")], zip64=zip64_end(count, size, offset), end=end)
        assert [member.name for member in read(both)] == ["a"]


@pytest.mark.parametrize(
    ("field", "small", "large"),
    [
        (None, (1, 2, 3), (1, 2, 3)),
        ((5,), (MAX32, 2, 3), (5, 2, 3)),
        ((5, 6), (MAX32, MAX32, 3), (5, 6, 3)),
        ((7,), (1, 2, MAX32), (1, 2, 7)),
        ((1, 2), (1, 2, 3), (1, 2, 3)),
    ],
)
def test_widened(field: tuple[int, ...] | None, small: tuple[int, ...], large: tuple[int, ...]) -> None:
    raw = None if field is None else struct.pack(f"<{len(field)}Q", *field)
    assert widen(raw, small, "a", LABEL) == large


@pytest.mark.parametrize(
    ("field", "small"),
    [(None, (MAX32, 2)), ((5,), (1, 2)), ((5,), (MAX32, MAX32)), ((5, 6), (MAX32, 6)), ((), (MAX32, 6))],
)
def test_not_widened(field: tuple[int, ...] | None, small: tuple[int, ...]) -> None:
    raw = None if field is None else struct.pack(f"<{len(field)}Q", *field)
    with pytest.raises(ArchiveRejected) as caught:
        widen(raw, small, "a", LABEL)
    assert caught.value.data["rule"] == "zip-zip64"


def test_extra_fields() -> None:
    assert read_extra(extra_field(0x5455, b"abc") + bytes(3), "a", LABEL) == {0x5455: b"abc"}
    same = extra_field(0x7075, b"\x01crc.a")
    assert read_extra(same, "a", LABEL)
    with pytest.raises(ArchiveRejected):
        read_extra(same, "b", LABEL)


def test_fifty_thousand_long_names_take_little_memory() -> None:
    data = zipped([Raw("x" * 60_000)])
    with pytest.raises(ArchiveRejected) as caught:
        read(data)
    assert caught.value.data["rule"] == "name-length"
