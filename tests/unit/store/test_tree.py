from __future__ import annotations

from pathlib import Path

import pytest

from driverenv.store.tree import FILE, LINK, leaf, leaves, parse, render


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "made"
    (made / "lib" / "empty").mkdir(parents=True)
    (made / "lib" / "x.txt").write_text("x")
    (made / "python").symlink_to("/usr/bin/python3")
    (made / "lib64").symlink_to("lib")
    return made


def test_files_and_links_are_leaves(folder: Path) -> None:
    found = leaves(folder)
    assert [(one.path, one.kind) for one in found] == [("lib/x.txt", FILE), ("lib64", LINK), ("python", LINK)]
    assert [leaf(str(folder), one.path) for one in found] == list(found)
    assert parse(render(found)) == found


def test_nothing_at_all(tmp_path: Path) -> None:
    assert parse(render(leaves(tmp_path))) == ()


def test_any_damage_is_seen(folder: Path) -> None:
    good = render(leaves(folder))
    for position in range(len(good)):
        assert parse(good[:position] + bytes([good[position] ^ 1]) + good[position + 1 :]) is None
        assert parse(good[:position]) is None
