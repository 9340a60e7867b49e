"""Zip structure: what two readers could understand differently is refused, by name of the rule."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driverenv.archive import zip_format
from driverenv.archive.rules import Label
from driverenv.errors import ArchiveRejected

LABEL = Label("a.whl")
CONTENT = {"a.txt": b"alpha" * 100, "b/c.txt": b"", "b/d.bin": bytes(range(256)) * 9000}


def make(content: dict[str, bytes] | None = None, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in (CONTENT if content is None else content).items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def read(data: bytes) -> dict[str, bytes]:
    file = io.BytesIO(data)
    members = zip_format.read_directory(file, len(data), LABEL)
    return {member.name: b"".join(zip_format.stream(file, member, LABEL)) for member in members}


def rule_of(data: bytes) -> str:
    with pytest.raises(ArchiveRejected) as caught:
        read(data)
    return str(caught.value.data["rule"])


def patched(data: bytes, signature: bytes, offset: int, value: bytes, *, last: bool = False) -> bytes:
    start = (data.rindex if last else data.index)(signature) + offset
    return data[:start] + value + data[start + len(value) :]


CENTRAL, LOCAL, END = b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_good(method: int) -> None:
    assert read(make(method=method)) == CONTENT


def test_empty() -> None:
    assert read(make({})) == {}


class _Unseekable(io.BytesIO):
    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise OSError

    def seek(self, *_: int) -> int:
        raise OSError


def streamed(content: dict[str, bytes], *, wide: bool = False) -> bytes:
    out = _Unseekable()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=wide) as member:
                member.write(data)
    return out.getvalue()


@pytest.mark.parametrize("wide", [False, True])
def test_data_descriptors(wide: bool) -> None:
    assert read(streamed(CONTENT, wide=wide)) == CONTENT


def test_redundant_zip64_sizes() -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a", "w", force_zip64=True) as member,
    ):
        member.write(b"x" * 1000)
    assert read(out.getvalue()) == {"a": b"x" * 1000}


def folder_member(mode: int) -> bytes:
    info = zipfile.ZipInfo("a/")
    info.external_attr = mode << 16
    return with_info(info, b"")


def with_info(info: zipfile.ZipInfo, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, data)
    return out.getvalue()


def mode_member(mode: int, name: str = "a") -> bytes:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return with_info(info, b"x")


def comment(data: bytes) -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.comment = b"hello"
    return out.getvalue()


def hidden_gap() -> bytes:
    """Two members with a third between them that the central directory does not list."""
    data = make({"a": b"1", "b": b"2", "c": b"3"})
    positions = [found for found in range(len(data)) if data.startswith(CENTRAL, found)]
    without = data[: positions[1]] + data[positions[2] :]
    end = without.rindex(END)
    size = positions[2] - positions[1]
    fields = list(struct.unpack("<4s4H2LH", without[end:]))
    fields[3:6] = [2, 2, fields[5] - size]
    return without[:end] + struct.pack("<4s4H2LH", *fields)


HOSTILE: list[tuple[str, Callable[[], bytes], str]] = [
    ("prefix", lambda: b"#!/bin/sh\n" + make(), "zip-directory"),
    ("suffix", lambda: make() + b"x", "zip-end"),
    ("comment", lambda: comment(make()), "zip-end"),
    ("not a zip", lambda: b"hello" * 100, "zip-end"),
    ("short", lambda: b"PK", "zip-end"),
    ("several disks", lambda: patched(make(), END, 4, b"\x01\x00", last=True), "zip-end"),
    (
        "directory elsewhere",
        lambda: patched(make(), END, 16, b"\x01\x00\x00\x00", last=True),
        "zip-directory",
    ),
    ("one entry fewer", lambda: patched(make(), END, 8, b"\x02\x00\x02\x00", last=True), "zip-directory"),
    ("one entry more", lambda: patched(make(), END, 8, b"\x04\x00\x04\x00", last=True), "zip-directory"),
    ("zip64 missing", lambda: patched(make(), END, 8, b"\xff\xff\xff\xff", last=True), "zip-zip64"),
    ("size missing", lambda: patched(make(), CENTRAL, 24, b"\xff\xff\xff\xff"), "zip-zip64"),
    ("other local name", lambda: patched(make(), LOCAL, 30, b"z"), "zip-header"),
    ("other local method", lambda: patched(make(), LOCAL, 8, b"\x00\x00"), "zip-header"),
    ("other local flags", lambda: patched(make(), LOCAL, 6, b"\x00\x08"), "zip-header"),
    ("other local checksum", lambda: patched(make(), LOCAL, 14, b"abcd"), "zip-header"),
    ("other local size", lambda: patched(make(), LOCAL, 22, b"\x01\x00\x00\x00"), "zip-header"),
    ("encrypted", lambda: patched(make(), CENTRAL, 8, b"\x01\x00"), "zip-method"),
    ("strong encryption", lambda: patched(make(), CENTRAL, 8, b"\x40\x00"), "zip-method"),
    ("version of the future", lambda: patched(make(), CENTRAL, 6, b"\x40\x00"), "zip-method"),
    ("lzma", lambda: make(method=zipfile.ZIP_LZMA), "zip-method"),
    ("bzip2", lambda: make(method=zipfile.ZIP_BZIP2), "zip-method"),
    ("overlap", lambda: patched(make(), CENTRAL, 42, b"\x00\x00\x00\x00", last=True), "zip-tiling"),
    ("hidden member", hidden_gap, "zip-tiling"),
    ("symlink", lambda: mode_member(stat.S_IFLNK | 0o777), "member-type"),
    ("device", lambda: mode_member(stat.S_IFCHR | 0o666), "member-type"),
    ("pipe", lambda: mode_member(stat.S_IFIFO | 0o666), "member-type"),
    ("socket", lambda: mode_member(stat.S_IFSOCK | 0o666), "member-type"),
    ("folder without slash", lambda: mode_member(stat.S_IFDIR | 0o755), "member-type"),
    ("folder with content", lambda: mode_member(0, "a/"), "member-type"),
    ("cp437 name", lambda: make({"abcd": b""}).replace(b"abcd", b"ab\x81d"), "name-encoding"),
    ("broken UTF-8", lambda: make({"\u00e4": b""}).replace("\u00e4".encode(), b"\xc3\xff"), "name-encoding"),
    ("damaged data", lambda: patched(make(), LOCAL, 30 + 5 + 2, b"\xff\xff"), "zip-data"),
    ("stored and damaged", lambda: make(method=0).replace(b"alpha", b"alphb", 1), "zip-data"),
    ("descriptor lies", lambda: patched(streamed({"a": b"x" * 99}), b"PK\x07\x08", 4, b"abcd"), "zip-tiling"),
]


@pytest.mark.parametrize(("data", "rule"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_hostile(data: Callable[[], bytes], rule: str) -> None:
    assert rule_of(data()) == rule


def test_second_name_in_an_extra_field() -> None:
    info = zipfile.ZipInfo("a.txt")
    info.extra = struct.pack("<2HB4s", 0x7075, 10, 1, b"crc.") + b"b.txt"
    assert rule_of(with_info(info, b"x")) == "zip-header"


@pytest.mark.parametrize("extra", [b"\x01", b"\x99\x99\x10\x00ab", b"\x55\x55\x00\x00\x55\x55\x00\x00"])
def test_malformed_extra_fields(extra: bytes) -> None:
    info = zipfile.ZipInfo("a.txt")
    info.extra = extra
    assert rule_of(with_info(info, b"x")) == "zip-header"


def test_zip64_field_that_contradicts() -> None:
    info = zipfile.ZipInfo("a.txt")
    info.extra = struct.pack("<2H2Q", 1, 16, 5, 5)
    assert rule_of(with_info(info, b"x")) == "zip-zip64"


def test_a_liar_about_its_size_is_not_inflated_further() -> None:
    data = make({"a": b"\0" * (8 << 20)})
    small = struct.pack("<L", 10)
    lied = patched(patched(data, CENTRAL, 24, small), LOCAL, 22, small)
    assert rule_of(lied) == "zip-data"


def test_executable_bits_count_only_from_unix() -> None:
    for system, expected in ((3, True), (0, False)):
        info = zipfile.ZipInfo("a")
        info.create_system = system
        info.external_attr = (stat.S_IFREG | 0o6755) << 16
        data = with_info(info, b"x")
        assert zip_format.read_directory(io.BytesIO(data), len(data), LABEL)[0].executable is expected


def test_read_is_bounded() -> None:
    data = make()
    file = io.BytesIO(data)
    member = zip_format.read_directory(file, len(data), LABEL)[0]
    assert zip_format.read(file, member, LABEL, 500) == CONTENT["a.txt"]
    with pytest.raises(ArchiveRejected):
        zip_format.read(file, member, LABEL, 499)


GOOD = make({"a.txt": b"alpha" * 10, "b/": b"", "b/c": b"y"})


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_any_flipped_byte_is_refused_or_changes_nothing_read(position: int, value: int) -> None:
    data = GOOD[:position] + bytes([value]) + GOOD[position + 1 :]
    try:
        found = read(data)
    except ArchiveRejected:
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert found == {name.rstrip("/"): archive.read(name) for name in archive.namelist()}


@given(st.binary(max_size=300))
def test_never_crashes(data: bytes) -> None:
    with pytest.raises(ArchiveRejected):
        read(data + b"?")
