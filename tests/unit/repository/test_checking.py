from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from driverenv.errors import ArchiveRejected, RepositoryRefused
from driverenv.repository.checking import Checked, check, digest
from tests.kit.sdists import make_sdist
from tests.kit.wheels import make_wheel


def checked(path: Path, tmp_path: Path) -> Checked:
    return check(path, filename=path.name, shown=f"in/{path.name}")


def test_a_wheel(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, "six", "1.16.0", requires=["seven"])
    found = checked(path, tmp_path)
    assert (found.named.project, found.named.version, found.shown) == ("six", "1.16.0", f"in/{path.name}")
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.size == path.stat().st_size
    assert b"Requires-Dist: seven" in (found.metadata or b"")
    assert found.notes == ()
    assert list(tmp_path.iterdir()) == [path]


def test_an_edited_wheel_is_forgiven_and_noted(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, "six", "1.16.0", record=lambda rows: rows[1:])
    assert checked(path, tmp_path).notes


def test_sdists(tmp_path: Path) -> None:
    assert checked(make_sdist(tmp_path, "six", "1.0"), tmp_path).metadata is not None
    old = make_sdist(tmp_path, "old", "1.0", backend="legacy", metadata_version="1.1", format="zip")
    assert checked(old, tmp_path).metadata is None


def test_the_metadata_says_where_a_name_is_cut(tmp_path: Path) -> None:
    path = make_sdist(tmp_path, "widget", "1.0.post1", filename="widget-1.0-1.tar.gz")
    assert checked(path, tmp_path).named.version == "1.0.post1"


@pytest.mark.parametrize("content", [b"", b"PK", b"half a file"])
def test_what_is_no_archive(tmp_path: Path, content: bytes) -> None:
    for name in ("six-1.0-py3-none-any.whl", "six-1.0.tar.gz", "six-1.0.zip"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ArchiveRejected):
            checked(tmp_path / name, tmp_path)


def test_what_is_inside_is_another_project(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, "six", "1.0", filename="seven-1.0-py3-none-any.whl")
    with pytest.raises(ArchiveRejected):
        checked(path, tmp_path)


def test_what_is_no_distribution(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    with pytest.raises(RepositoryRefused) as caught:
        checked(tmp_path / "notes.txt", tmp_path)
    assert caught.value.code == "NOT_A_DISTRIBUTION"
    assert "in/notes.txt is no file for a repository: it is neither a wheel nor an sdist" in str(caught.value)


def test_digest(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert digest(tmp_path / "x") == (hashlib.sha256(b"abc").hexdigest(), 3)
