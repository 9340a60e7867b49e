from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driverenv.archive.rules import Label
from driverenv.archive.tar_format import Member, TarReader
from driverenv.errors import ArchiveRejected

LABEL = Label("a.tar.gz")
LONG = "d" * 90 + "/" + "e" * 90 + "/" + "f" * 90 + "/\u00e4.txt"


def make(*infos: tuple[tarfile.TarInfo, bytes], format: int = tarfile.PAX_FORMAT) -> bytes:  # noqa: A002
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for info, data in infos:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def member(name: str, data: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def packed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def read(data: bytes) -> list[tuple[Member, bytes]]:
    reader = TarReader(io.BytesIO(data), len(data), LABEL)
    return [(found, b"".join(reader.read())) for found in reader]


def rule_of(data: bytes) -> str:
    with pytest.raises(ArchiveRejected) as caught:
        read(data)
    return str(caught.value.data["rule"])


@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_good(format: int) -> None:  # noqa: A002
    infos = (
        member("p", type=tarfile.DIRTYPE),
        member("p/a", b"alpha" * 1000, mode=0o755),
        member(LONG, b"x" * 512),
        member("p/link", type=tarfile.SYMTYPE, linkname="x" * 150),
        member("p/empty"),
    )
    found = read(packed(make(*infos, format=format)))
    assert [one for one, _ in found] == [
        Member(found[0][0].name, "folder", 0, found[0][0].executable, ""),
        Member("p/a", "file", 5000, True, ""),
        Member(LONG, "file", 512, False, ""),
        Member("p/link", "link", 0, False, "x" * 150),
        Member("p/empty", "file", 0, False, ""),
    ]
    assert [data for _, data in found] == [b"", b"alpha" * 1000, b"x" * 512, b"", b""]


def test_unread_members_are_passed_over() -> None:
    data = packed(make(member("a", b"1" * 9999), member("b", b"2")))
    reader = TarReader(io.BytesIO(data), len(data), LABEL)
    assert [found.name for found in reader] == ["a", "b"]


def test_ustar_prefix() -> None:
    name = "p" * 100 + "/" + "n" * 90
    assert read(packed(make(member(name, b"x"), format=tarfile.USTAR_FORMAT)))[0][0].name == name


def test_global_header_with_a_comment() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", pax_headers={"comment": "abc"}) as archive:
        archive.addfile(*_entry())
    assert [found.name for found, _ in read(packed(out.getvalue()))] == ["a"]


def _entry() -> tuple[tarfile.TarInfo, io.BytesIO]:
    info = tarfile.TarInfo("a")
    info.size = 1
    return info, io.BytesIO(b"x")


def with_global(**headers: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", pax_headers=headers) as archive:
        archive.addfile(*_entry())
    return packed(out.getvalue())


PLAIN = make(member("p/a", b"alpha" * 200), member("p/b", b"beta"))


def broken(position: int, value: bytes) -> bytes:
    return packed(PLAIN[:position] + value + PLAIN[position + len(value) :])


HOSTILE: list[tuple[str, Callable[[], bytes], str]] = [
    ("hard link", lambda: packed(make(member("a", type=tarfile.LNKTYPE, linkname="b"))), "member-type"),
    ("device", lambda: packed(make(member("a", type=tarfile.CHRTYPE))), "member-type"),
    ("block device", lambda: packed(make(member("a", type=tarfile.BLKTYPE))), "member-type"),
    ("pipe", lambda: packed(make(member("a", type=tarfile.FIFOTYPE))), "member-type"),
    ("contiguous", lambda: packed(make(member("a", type=tarfile.CONTTYPE))), "member-type"),
    ("sparse", lambda: packed(make(member("a", type=tarfile.GNUTYPE_SPARSE))), "member-type"),
    (
        "sparse by pax",
        lambda: packed(make(member("a", b"x", pax_headers={"GNU.sparse.major": "1"}))),
        "member-type",
    ),
    ("global path", lambda: with_global(path="evil"), "tar-header"),
    ("checksum", lambda: broken(0, b"q"), "tar-header"),
    ("checksum of the second", lambda: broken(512 + 1024, b"q"), "tar-header"),
    ("no end", lambda: packed(PLAIN[: 512 + 1024]), "tar-data"),
    ("cut member", lambda: packed(PLAIN[:700]), "tar-data"),
    ("something behind", lambda: packed(PLAIN + b"x"), "tar-data"),
    ("second archive behind", lambda: packed(PLAIN + PLAIN), "tar-data"),
    ("second gzip stream", lambda: packed(PLAIN) + packed(PLAIN), "gzip-data"),
    ("behind the gzip stream", lambda: packed(PLAIN) + b"\0", "gzip-data"),
    ("cut gzip stream", lambda: packed(PLAIN)[:-4], "gzip-data"),
    ("gzip checksum", lambda: packed(PLAIN)[:-8] + b"\0\0\0\0" + packed(PLAIN)[-4:], "gzip-data"),
    ("no gzip", lambda: PLAIN, "gzip-data"),
    ("no tar", lambda: packed(b"hello" * 1000), "tar-header"),
    ("empty", lambda: packed(b""), "tar-data"),
    ("bomb", lambda: packed(make(member("a", b"\0" * (80 << 20)))), "size"),
]


@pytest.mark.parametrize(("data", "rule"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_hostile(data: Callable[[], bytes], rule: str) -> None:
    assert rule_of(data()) == rule


@given(st.integers(0, len(PLAIN) - 1), st.integers(0, 255))
def test_any_changed_byte_is_refused_or_read_alike(position: int, value: int) -> None:
    data = PLAIN[:position] + bytes([value]) + PLAIN[position + 1 :]
    try:
        found = {one.name: content for one, content in read(packed(data))}
    except ArchiveRejected:
        return
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        theirs = {one.name: archive.extractfile(one) for one in archive if one.isreg()}
        assert found == {name: file.read() for name, file in theirs.items() if file}


@given(st.binary(max_size=2000))
def test_never_crashes(data: bytes) -> None:
    for one in (data, packed(data)):
        with pytest.raises(ArchiveRejected):
            read(one)
