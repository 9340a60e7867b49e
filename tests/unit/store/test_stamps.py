from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driverenv import warm
from driverenv.model.plan import CODE, DATA
from driverenv.store import stamps
from driverenv.store.manifest import StoredFile
from driverenv.store.stamps import Part, Stamps

NUMBERS = st.lists(st.integers(min_value=0, max_value=2**64 - 1))


def part_of(root: Path) -> Part:
    entries = [
        StoredFile("purelib", "a/x.py", 1, "h", executable=False, kind=CODE),
        StoredFile("purelib", "a/x.ini", 1, "h", executable=False, kind=DATA),
        StoredFile("purelib", "b/y.py", 1, "h", executable=True, kind=CODE),
    ]
    for one in entries:
        path = root / "files" / one.scheme / one.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    return stamps.of_files(str(root), entries)


@given(NUMBERS, NUMBERS)
def test_there_and_back(shared: list[int], other: list[int]) -> None:
    assert stamps.parse(stamps.render(Stamps(shared, other))) == Stamps(shared, other)


def test_the_head_is_what_a_warm_launch_reads(tmp_path: Path) -> None:
    (tmp_path / "stamps").write_bytes(stamps.render(Stamps([1, 2, 3, 4], [])))
    assert warm.recorded(str(tmp_path / "stamps")) == warm.summary([1, 2, 3, 4])
    (tmp_path / "stamps").write_bytes(b"")
    with pytest.raises(ValueError, match="no record"):
        warm.recorded(str(tmp_path / "stamps"))


def test_any_damage_is_seen_or_harmless() -> None:
    found = Stamps([1, 2, 3, 4, 2**63, 6, 7, 8], [9, 10, 11, 12])
    good = stamps.render(found)
    for position in range(len(good)):
        for bit in (1, 64, 128):
            bad = good[:position] + bytes([good[position] ^ bit]) + good[position + 1 :]
            assert stamps.parse(bad) is None
        assert stamps.parse(good[:position]) is None


@given(st.binary())
def test_nothing_else_is_a_record(data: bytes) -> None:
    assert stamps.parse(data) is None
    assert stamps.parse(warm.STAMPS_HEADER + data) is None


def test_what_is_shared_comes_first(tmp_path: Path) -> None:
    part = part_of(tmp_path)
    assert [row.path for row in part.shared] == ["purelib/a/x.py", "purelib/b/y.py"]
    assert [row.path for row in part.other] == ["purelib/a/x.ini"]
    now = part.now()
    assert now is not None
    assert [len(now.shared), len(now.other)] == [8, 4]
    status = os.stat(tmp_path / "files/purelib/b/y.py")
    assert now.shared[4:6] == [status.st_size, status.st_mtime_ns]
    assert now.shared[7] == status.st_ino


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    part = part_of(tmp_path)
    (tmp_path / "files/purelib/a/x.ini").unlink()
    assert part.now() is None


def test_a_record_is_written_in_place(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "stamps", os.O_RDWR | os.O_CREAT)
    try:
        for found in (Stamps([1] * 400, [2] * 8), Stamps([3] * 4, [])):
            stamps.write(descriptor, found)
            assert stamps.parse(stamps.content(descriptor)) == found
    finally:
        os.close(descriptor)


def test_a_link_changes_nothing_but_the_ctime(tmp_path: Path) -> None:
    part = part_of(tmp_path)
    before = part.measured(part.shared)
    os.link(tmp_path / "files/purelib/a/x.py", tmp_path / "linked")
    after = part.measured(part.shared)
    assert stamps.only_links_changed(before, after)
    assert stamps.only_links_changed(before, before)
    (tmp_path / "linked").write_text("y")
    assert not stamps.only_links_changed(before, part.measured(part.shared))
    assert not stamps.only_links_changed(before, before[4:])
