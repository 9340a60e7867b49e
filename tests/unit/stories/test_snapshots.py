from __future__ import annotations

from pathlib import Path

import pytest

from driverenv.errors import RepositoryRefused
from driverenv.model.site import Index
from driverenv.stories import snapshots, stocking
from driverenv.stories.snapshots import compare, find, manifest_of, restore, snapshot
from tests.kit.factories import StaticIndexFactory
from tests.kit.wheels import make_wheel

SIX, SEVEN = "six-1.0-py3-none-any.whl", "seven-1.0-py3-none-any.whl"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_wheel(tmp_path / "index", "six", "1.0")
    make_wheel(tmp_path / "index" / "sub", "seven", "1.0")
    return tmp_path / "index"


def paths(folder: Path) -> list[str]:
    return [item.path for item in manifest_of(Index(folder)).items]


def test_written_down_and_restored(folder: Path) -> None:
    made = snapshot(Index(folder), with_files=True)
    assert made.copied == 2
    before = (folder / SIX).read_bytes()
    (folder / SIX).write_bytes(b"edited")
    (folder / "sub" / SEVEN).unlink()
    make_wheel(folder, "eight", "1.0")
    kept = find(made.ident, folder=folder)
    assert kept is not None
    assert restore(kept, folder, dry_run=True).removal == ""
    done = restore(kept, folder)
    assert paths(folder) == [SIX, f"sub/{SEVEN}"]
    assert (folder / SIX).read_bytes() == before
    assert [item.path for item in done.taken] == ["eight-1.0-py3-none-any.whl", SIX]
    assert (len(done.put), done.there) == (2, 0)
    undo = find(done.removal, folder=folder)
    assert undo is not None
    with pytest.raises(RepositoryRefused) as caught:
        restore(undo, folder)
    assert caught.value.code == "OTHER_CONTENT"
    restore(undo, folder, replace=True)
    assert (folder / SIX).read_bytes() == b"edited"


def test_what_is_kept_nowhere_changes_nothing(folder: Path) -> None:
    made = snapshot(Index(folder))
    (folder / SIX).unlink()
    make_wheel(folder, "eight", "1.0")
    kept = find(made.path, folder=None)
    assert kept is not None
    with pytest.raises(RepositoryRefused) as caught:
        restore(kept, folder)
    assert caught.value.code == "CONTENT_MISSING"
    assert "eight-1.0-py3-none-any.whl" in paths(folder)


def test_a_file_of_ones_own_with_its_contents_beside(folder: Path, tmp_path: Path) -> None:
    made = snapshot(Index(folder), output=tmp_path / "monday.json", with_files=True)
    assert (tmp_path / "monday.content").is_dir()
    other = tmp_path / "other"
    other.mkdir()
    kept = find(made.path, folder=None)
    assert kept is not None
    restore(kept, other)
    assert compare(manifest_of(Index(folder)), manifest_of(Index(other))).difference.is_empty


def test_a_removal_is_put_back(folder: Path) -> None:
    removed = stocking.remove(["six"], folder)
    kept = find(removed.removal, folder=folder)
    assert kept is not None
    done = restore(kept, folder)
    assert ([item.path for item in done.put], done.taken) == ([SIX], ())
    assert restore(kept, folder).there == 1
    assert [one.ident for one in snapshots.kept_of(folder)] == [removed.removal]


def test_a_server(folder: Path, tmp_path: Path, static_index: StaticIndexFactory) -> None:
    for path in sorted(folder.rglob("*.whl")):
        path.rename(folder / path.name)
    index = Index(static_index(folder).simple_url)
    made = snapshot(index, output=tmp_path / "server.json")
    found = compare(manifest_of(Index(folder)), made.manifest).difference
    assert found.is_empty
    assert not found.unknown
    with pytest.raises(RepositoryRefused, match="needs a place of its own"):
        snapshot(index)


def test_names_alone_are_read_without_contents(folder: Path) -> None:
    manifest = manifest_of(Index(folder), hashed=False)
    assert {item.sha256 for item in manifest.items} == {None}
    assert find("nothing", folder=folder) is None
    assert find("nothing", folder=folder / "nowhere") is None
