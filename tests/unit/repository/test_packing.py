from __future__ import annotations

import errno
import zipfile
from pathlib import Path

import pytest

from driverenv.errors import RepositoryRefused
from driverenv.repository import packing
from driverenv.repository.bundle import MANIFEST, render
from tests.unit.repository.test_bundle import bundle, item
from tests.unit.resolve.worlds import check_golden


def written(path: Path, content: Path) -> Path:
    made = bundle()
    packing.write(path, made, files={made.items[0].path: content}, texts={"locks/a": b"x"})
    return path


@pytest.fixture
def content(tmp_path: Path) -> Path:
    path = tmp_path / "content"
    path.write_bytes(b"0123456789")
    return path


def test_the_same_bytes_each_time(tmp_path: Path, content: Path) -> None:
    first, second = (written(tmp_path / name, content) for name in ("a.zip", "b.zip"))
    assert first.read_bytes() == second.read_bytes()
    (tmp_path / "scratch").mkdir()
    made, members = packing.unpack(first, scratch=tmp_path / "scratch")
    assert made == bundle()
    assert {name: path.read_bytes() for name, path in members.items()} == {
        MANIFEST: render(made),
        "locks/a": b"x",
        made.items[0].path: b"0123456789",
    }
    assert packing.manifest(first, scratch=tmp_path / "other") == made


def test_what_fails_leaves_nothing(tmp_path: Path, content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "a.zip", content)
    before = path.read_bytes()

    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(packing, "_put", interrupted)
    with pytest.raises(KeyboardInterrupt):
        written(path, content)
    assert path.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.zip", "content"]


def test_places_that_cannot_be_written(tmp_path: Path, content: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path, tmp_path / "file" / "a.zip", tmp_path / "gone" / "a.zip"):
        with pytest.raises(RepositoryRefused) as caught:
            packing.check_place(place)
        assert caught.value.code == "BUNDLE_UNWRITABLE"
    packing.check_place(tmp_path / "new.zip")
    with pytest.raises(RepositoryRefused) as caught:
        written(tmp_path / "gone" / "a.zip", content)
    assert caught.value.code == "BUNDLE_UNWRITABLE"
    big = bundle(item(size=5 << 30))
    with pytest.raises(RepositoryRefused) as caught:
        packing.write(tmp_path / "big.zip", big, files={}, texts={})
    assert caught.value.code == "BUNDLE_TOO_LARGE"


def test_the_texts() -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    check_golden(packing.unwritable(Path("site.zip"), full), "disk")
    check_golden(packing._too_large(Path("site.zip"), 5 << 30), "files")


def test_strange_archives_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    for number, members in enumerate(
        (None, [], ["x"], ["../x", MANIFEST], ["/x", MANIFEST], ["A", "a", MANIFEST])
    ):
        path.write_bytes(b"PK or not")
        if members is not None:
            with zipfile.ZipFile(path, "w") as archive:
                for name in members:
                    archive.writestr(name, b"{}")
        with pytest.raises(RepositoryRefused) as caught:
            packing.unpack(path, scratch=tmp_path / str(number))
        assert caught.value.code == "BUNDLE_INVALID", members
    for other in (tmp_path, tmp_path / "gone"):
        with pytest.raises(RepositoryRefused, match="cannot be read"):
            packing.unpack(other, scratch=tmp_path / "scratch")
    path.write_bytes(b"\x1f\x8b")
    with pytest.raises(RepositoryRefused, match="no zip archive"):
        packing.unpack(path, scratch=tmp_path / "scratch")
