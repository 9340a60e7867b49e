from __future__ import annotations

from pathlib import Path

import pytest

from driverenv.errors import RepositoryRefused
from driverenv.repository import keeping
from driverenv.repository.checking import digest
from driverenv.repository.folder import CONTENT, Folder
from driverenv.repository.manifest import Item, Manifest


def item(folder: Folder, path: str, content: bytes) -> Item:
    target = folder.path / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return Item(path, "six", "1.0", *digest(target), None)


def test_what_is_taken_out_is_found_again(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    one = item(folder, "sub/six-1.0.zip", b"1")
    kept = keeping.take_out(folder, [one], ident="7", when="now", why="remove six")
    assert not (tmp_path / "sub").exists()
    assert keeping.find(folder, "7") == kept
    assert keeping.find(folder, "8") is None
    assert kept.manifest.kind == "removal"
    (place,) = keeping.contents(kept, folder).values()
    assert place.read_bytes() == b"1"


def test_contents_are_kept_once_by_what_they_are(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    items = [item(folder, "six-1.0.zip", b"1"), item(folder, "sub/six-1.0.zip", b"1")]
    assert keeping.keep_contents(folder, items, folder.own / CONTENT) == 1
    assert keeping.keep_contents(folder, items, folder.own / CONTENT) == 0
    (tmp_path / "six-1.0.zip").write_bytes(b"edited in place")
    kept = keeping.note_at(keeping.place_of(folder, "7"), Manifest("x", "", tuple(items)))
    assert {place.read_bytes() for place in keeping.contents(kept, folder).values()} == {b"1"}


def test_a_damaged_content_is_none(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    one = item(folder, "six-1.0.zip", b"1")
    kept = keeping.take_out(folder, [one], ident="7", when="now", why="")
    (tmp_path / ".driverenv/removed/7/files/six-1.0.zip").write_bytes(b"2")
    assert keeping.contents(kept, folder) == {}
    assert "driverenv index snapshot --with-files" in str(keeping.missing([one], "7"))


def test_a_copy_is_the_same_or_none(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    one = item(folder, "six-1.0.zip", b"1")
    (tmp_path / "six-1.0.zip").write_bytes(b"2")
    with pytest.raises(RepositoryRefused, match="changed while it was copied"):
        keeping.copy(tmp_path / "six-1.0.zip", tmp_path / "copy", one)
    assert [path.name for path in tmp_path.iterdir()] == ["six-1.0.zip"]


def test_all_that_is_kept_in_order_and_without_what_is_damaged(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert keeping.all_kept(folder) == ()
    keeping.note_at(keeping.place_of(folder, "2"), Manifest("x", "", ()))
    keeping.take_out(folder, [], ident="1", when="", why="")
    keeping.place_of(folder, "3").write_bytes(b"{}")
    assert [one.ident for one in keeping.all_kept(folder)] == ["1", "2"]
    with pytest.raises(RepositoryRefused, match="cannot be read"):
        keeping.read(tmp_path / "nothing.json")
