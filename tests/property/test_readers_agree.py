"""What we accept, every other reader understands alike: the same names, the same contents."""

from __future__ import annotations

import dataclasses
import struct
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driverenv.archive import sdist, zip_format
from driverenv.archive.names import Names, check_unique
from driverenv.archive.rules import Label
from driverenv.archive.tree import Nowhere, Tree
from driverenv.errors import ArchiveRejected
from tests.kit import readers
from tests.kit.forged import BENIGN, Hostile
from tests.kit.forged.case import raws
from tests.kit.forged.raw import DESCRIPTOR, UTF8, Block, Raw, deflated, extra_field, pax, tarred, zipped

LABEL = Label("a")
FEW, MANY = 60, 1000
ZIPS = [one for one in BENIGN if not one.filename.endswith(".tar.gz")]
TARS = [one for one in BENIGN if one.filename.endswith(".tar.gz")]


def our_zip(path: Path) -> readers.Files:
    with path.open("rb") as file:
        members = zip_format.read_directory(file, path.stat().st_size, LABEL)
        names = Names(LABEL)
        for member in members:
            names.check(member.name)
        check_unique(
            LABEL,
            (member.name for member in members if not member.is_folder),
            [member.name for member in members if member.is_folder],
        )
        return {
            member.name: readers.sha256(b"".join(zip_format.stream(file, member, LABEL)))
            for member in members
            if not member.is_folder or any(zip_format.stream(file, member, LABEL))
        }


def our_tar(path: Path) -> readers.Files:
    found: dict[str, str] = {}

    class Noting(Nowhere):
        def file(self, name: str, content: Iterator[bytes], *, executable: bool) -> bool:
            found[name] = readers.sha256(b"".join(content))
            return True

    with sdist._open(path, LABEL) as members:
        Tree(Noting(), LABEL).run(members)
    return found


def agree(data: bytes, *, is_zip: bool = True) -> bool:
    """Whether we accept it; fails where another reader then sees something else."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "archive")
        path.write_bytes(data)
        try:
            ours = our_zip(path) if is_zip else our_tar(path)
        except ArchiveRejected:
            return False
        for read in (readers.by_zipfile, readers.by_headers) if is_zip else (readers.by_tarfile,):
            assert read(path) == ours
    return True


@pytest.mark.parametrize("one", ZIPS, ids=lambda one: one.title)
def test_good_archives(one: Hostile) -> None:
    if "zeros" not in one.title:
        assert agree(one.content())


def test_good_sdists() -> None:
    assert [one.title for one in TARS if not agree(one.content(), is_zip=False)] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(readers.programs()))
def test_programs_of_this_machine(name: str, tmp_path: Path) -> None:
    read = readers.programs()[name]
    path = tmp_path / "archive"
    odd = {  # as other programs have it, and not in doubt
        "a member without a mode": "unzip gives it the rights of nobody",
    }
    for one in ZIPS:
        if one.title not in odd:
            path.write_bytes(one.content())
            assert read(path) == our_zip(path), one.title


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(readers.tar_programs()))
def test_tar_programs_of_this_machine(name: str, tmp_path: Path) -> None:
    read = readers.tar_programs()[name]
    path = tmp_path / "archive"
    for one in TARS:
        path.write_bytes(one.content())
        assert read(path) == our_tar(path), one.title


# ------------------------------------------------------------------------- archives that nobody wrote


@st.composite
def members(draw: st.DrawFn) -> Raw:
    """A member with one or two fields that may be anything, mostly near the truth."""
    data = draw(st.binary(max_size=40))
    packed = deflated(data)
    name = draw(st.sampled_from(["a", "b", "a/b", "c/", "\u00e4", "d.py", "../e", "a\\b"]))
    method = draw(st.sampled_from([0, 8, 8, 8, 12]))
    flags = draw(st.sampled_from([0, 0, UTF8, DESCRIPTOR, DESCRIPTOR | UTF8, 1, 6]))
    sizes = [len(data), len(packed), 0, 1, 0xFFFFFFFF]
    lie: st.SearchStrategy[dict[str, int]] = st.one_of(
        st.just({}),
        st.dictionaries(st.sampled_from(["crc", "packed", "size"]), st.sampled_from([*sizes, 8]), max_size=1),
        st.dictionaries(
            st.sampled_from(["flags", "method", "version"]), st.sampled_from([0, 8, 20, 45]), max_size=1
        ),
    )
    wide = extra_field(1, struct.pack("<2Q", *draw(st.lists(st.sampled_from(sizes), min_size=2, max_size=2))))
    extra = st.sampled_from([b"", b"", wide, extra_field(1, bytes(16)), extra_field(0x5455, b"x"), b"\0\0"])
    marked = draw(st.sampled_from([b"", b"PK\x07\x08"]))
    shape = draw(st.sampled_from(["<3L", "<L2Q"]))
    true = struct.pack(shape, zlib.crc32(data), len(packed), len(data))
    local = draw(lie)
    if flags & DESCRIPTOR and draw(st.booleans()):
        local |= {"crc": 0, "packed": 0, "size": 0}
    return Raw(
        name,
        data,
        method=method,
        flags=flags if name.isascii() else flags | UTF8,
        local=local,
        central=draw(lie),
        extra=draw(extra),
        local_extra=draw(extra),
        descriptor=marked + true if flags & DESCRIPTOR else draw(st.sampled_from([b"", b"", true])),
        behind=draw(st.sampled_from([b"", b"", b"", b"PK\x03\x04", b"\0"])),
        is_listed=draw(st.sampled_from([True, True, True, False])),
        mode=draw(st.sampled_from([0o100644, 0o100755, 0, 0o40755])),
    )


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Bytes cut out, doubled, replaced."""
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 30)))
        data = (
            data[:start]
            + draw(st.sampled_from([b"", data[start:end] * 2, b"\0", b"\xff", b"PK"]))
            + data[end:]
        )
    return data


def forged_zips(count: int) -> None:
    """Random members, random directories."""

    @settings(max_examples=count, deadline=None)
    @given(
        st.lists(members(), max_size=4),
        st.dictionaries(
            st.sampled_from(["entries", "here", "directory_offset"]), st.integers(0, 4), max_size=1
        ),
        st.sampled_from([b"", b"", b"", b"x"]),
    )
    def attempt(chosen: list[Raw], end: dict[str, int], behind: bytes) -> None:
        agree(zipped(chosen, end=end, behind=behind))

    attempt()


PLAIN_ZIP = zipped(raws())
PLAIN_TAR = b"".join(
    one.bytes()
    for one in (Block("p/", kind=b"5"), Block("p/a", b"alpha"), pax(path="p/b"), Block("x", b"beta"))
)


def damaged_archives(count: int) -> None:
    """A wheel and an sdist with pieces cut, doubled and replaced."""

    @settings(max_examples=count, deadline=None)
    @given(damaged(PLAIN_ZIP))
    def attempt(data: bytes) -> None:
        agree(data)

    attempt()


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    """A header of a tar archive, or an extended one, near the truth."""
    kind = draw(st.sampled_from([b"0", b"0", b"\0", b"5", b"2", b"x", b"g", b"L", b"1"]))
    record = draw(
        st.sampled_from([b"15 path=p/long\n", b"9 size=0\n", b"9 size=3\n", b"12 comment=\n", b"p/gnu\0"])
    )
    data = record if kind in b"xgL" else draw(st.sampled_from([b"", b"abc", Block("p/in", b"x").bytes()]))
    return dataclasses.replace(
        Block(draw(st.sampled_from(["p/a", "p/b", "p/c/", "./p/d", "p/a/../e"])), data, kind),
        size=draw(st.sampled_from([None, None, None, 0, 3])),
        magic=draw(st.sampled_from([b"ustar\x0000", b"ustar  \0", bytes(8)])),
        prefix=draw(st.sampled_from([b"", b"", b"", b"q"])),
    )


def forged_tars(count: int) -> None:
    """Random headers."""

    @settings(max_examples=count, deadline=None)
    @given(st.lists(blocks(), max_size=4))
    def attempt(chosen: list[Block]) -> None:
        agree(tarred(chosen), is_zip=False)

    attempt()


@pytest.mark.parametrize("attempt", [forged_zips, damaged_archives, forged_tars])
def test_a_few(attempt: object) -> None:
    attempt(FEW)  # type: ignore[operator]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("attempt", [forged_zips, damaged_archives, forged_tars])
def test_many(attempt: object) -> None:
    attempt(MANY)  # type: ignore[operator]
