from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.utils import NormalizedName

from driverenv.errors import IndexUnavailable, IntegrityError, LocalVersionMismatch
from driverenv.index.folder import FolderIndex
from driverenv.model.answers import Absent, Found
from driverenv.model.site import Index
from tests.kit.factories import SdistFactory, WheelFactory

SIX = NormalizedName("six")


def ask(folder: Path, project: str = "six") -> Found | Absent:
    return FolderIndex(Index(folder, name="lab")).answer(NormalizedName(project))


def names(answer: Found | Absent) -> list[str]:
    assert isinstance(answer, Found), answer
    return [file.filename for file in answer.files]


def test_wheels_and_sdists_in_nested_folders(
    tmp_path: Path, make_wheel: WheelFactory, make_sdist: SdistFactory
) -> None:
    wheel = make_wheel("six", "1.16.0", tmp_path / "a" / "b")
    sdist = make_sdist("six", "1.15.0", tmp_path)
    make_wheel("Six_Extra", "1.0", tmp_path)
    found = ask(tmp_path)
    assert names(found) == [sdist.name, wheel.name]
    assert isinstance(found, Found)
    assert [file.url for file in found.files] == [str(sdist), str(wheel)]
    assert found.files[1].size == wheel.stat().st_size
    assert found.files[1].hashes == ()
    assert found.page_url == str(tmp_path)
    absent = ask(tmp_path, "seven")
    assert isinstance(absent, Absent)
    assert absent.proof == "its 3 files are of other projects"
    assert absent.notes == ()


@pytest.mark.parametrize(
    ("filename", "project"),
    [
        ("my-2g-tool-1.0.zip", "my-2g-tool"),
        ("widget-latest.tar.gz", "widget"),
        ("foo-1.0-py2.7.egg", "foo"),
        ("foo-1.0.win32.exe", "foo"),
        ("foo-1.0.tar.gz.asc", "foo"),
        ("six-1.16.0 (1).tar.gz", "six"),
    ],
)
def test_whatever_has_the_name_claims_it(tmp_path: Path, filename: str, project: str) -> None:
    (tmp_path / filename).write_bytes(b"")
    assert names(ask(tmp_path, project)) == [filename]


def test_names_are_not_cut_wrongly(tmp_path: Path) -> None:
    (tmp_path / "my-2g-tool-1.0.zip").write_bytes(b"")
    assert isinstance(ask(tmp_path, "my"), Absent)


def test_hidden_and_other_files_do_not_count(tmp_path: Path, make_wheel: WheelFactory) -> None:
    make_wheel("six", "1.0", tmp_path / ".cache")
    make_wheel("six", "1.0", tmp_path, filename=".six-1.0-py3-none-any.whl")
    (tmp_path / "six").mkdir()
    (tmp_path / "six" / "index.html").write_text("<a href='six-1.0.zip'>")
    (tmp_path / "six-1.0.zip").mkdir()
    absent = ask(tmp_path)
    assert isinstance(absent, Absent)
    assert (absent.proof, absent.notes) == ("no distribution file is there at all", ())


def test_the_folder_is_scanned_once(tmp_path: Path, make_wheel: WheelFactory) -> None:
    index = FolderIndex(Index(tmp_path))
    assert isinstance(index.answer(SIX), Absent)
    make_wheel("six", "1.0", tmp_path)
    assert isinstance(index.answer(SIX), Absent)
    assert isinstance(ask(tmp_path), Found)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    for folder in (tmp_path / "gone", tmp_path / "file"):
        (tmp_path / "file").touch()
        with pytest.raises(IndexUnavailable) as caught:
            ask(folder)
        assert caught.value.code == "LOCAL_DOWN"
        assert str(folder) in str(caught.value)


@pytest.mark.skipif(
    sys.platform == "win32" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="rights of others"
)
def test_a_folder_inside_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    with pytest.raises(IndexUnavailable):
        ask(tmp_path)


def test_copies_are_one_file_and_others_an_error(tmp_path: Path, make_wheel: WheelFactory) -> None:
    one = make_wheel("six", "1.0", tmp_path / "a")
    make_wheel("six", "1.0", tmp_path / "b")
    assert [file.url for file in ask(tmp_path).files] == [str(one)]  # type: ignore[union-attr]
    other = make_wheel("six", "1.0", tmp_path / "c", files={"x.txt": "y"})
    with pytest.raises(IntegrityError) as caught:
        ask(tmp_path)
    assert str(one) in str(caught.value)
    assert str(other) in str(caught.value)
    assert isinstance(ask(tmp_path, "seven"), Absent)


def test_same_size_other_bytes(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "six-1.0.zip").write_text(str(number))
    with pytest.raises(IntegrityError):
        ask(tmp_path)


def test_links_out_of_the_folder_prove_nothing(tmp_path: Path, make_wheel: WheelFactory) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    wheel = make_wheel("six", "1.0", outside)
    mine = make_wheel("seven", "1.0", inside / "real")
    try:
        (inside / wheel.name).symlink_to(wheel)
        (inside / "loop").symlink_to(inside, target_is_directory=True)
        (inside / "eight-1.0.zip").symlink_to(inside / "nowhere")
        (inside / mine.name).symlink_to(mine)
    except OSError:
        pytest.skip("no symbolic links here")
    with pytest.raises(IndexUnavailable, match="link") as caught:
        ask(inside)
    assert (caught.value.code, dict(caught.value.facts)["asked"]) == ("LOCAL_DOWN", str(inside / wheel.name))
    assert isinstance(ask(inside, "eight"), Absent)
    (inside / "README").symlink_to(wheel)
    assert isinstance(ask(inside, "nine"), Absent)
    for target in (outside, tmp_path / "not-mounted"):
        (inside / "more").symlink_to(target, target_is_directory=True)
        with pytest.raises(IndexUnavailable, match="an index of its own") as caught:
            ask(inside, "nine")
        assert caught.value.code == "LOCAL_DOWN"
        assert names(ask(inside, "seven")) == [mine.name]
        (inside / "more").unlink()
    (inside / "real" / wheel.name).write_bytes(wheel.read_bytes())
    assert names(ask(inside)) == [wheel.name]


def zipped(path: Path, *files: Path, below: str = "") -> None:
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            archive.write(file, f"{below}{file.name}")


@pytest.mark.parametrize(
    "name",
    [
        "OfflinePackageRepository.zip",
        "cloudshell-orch-core-3.1-reqs.zip",
        "nested/OfflinePackageRepository.zip",
        "OfflinePackageRepository-9.3.ZIP",
    ],
)
@pytest.mark.parametrize("below", ["", "packages/python/"])
def test_an_unextracted_bundle_fails(tmp_path: Path, make_wheel: WheelFactory, name: str, below: str) -> None:
    folder = tmp_path / "repository"
    folder.mkdir()
    zipped(folder / name, make_wheel("six", "1.0"), make_wheel("six", "1.1"), below=below)
    with pytest.raises(LocalVersionMismatch) as caught:
        ask(folder)
    assert caught.value.code == "LOCAL_NO_MATCH"
    assert caught.value.remedies[0] == f"extract {folder / name} into the folder of the index"
    assert "six-1.0-py3-none-any.whl, six-1.1-py3-none-any.whl" in str(caught.value)
    assert isinstance(ask(folder, "other"), Absent)


def test_a_bundle_that_was_extracted_does_no_harm(tmp_path: Path, make_wheel: WheelFactory) -> None:
    folder = tmp_path / "repository"
    old, new = make_wheel("six", "1.0", folder / "extracted"), make_wheel("six", "1.1")
    zipped(folder / "Offline.zip", old)
    assert names(ask(folder)) == [old.name]
    zipped(folder / "Offline.zip", old, new)
    with pytest.raises(LocalVersionMismatch, match=r"six-1\.1-py3") as caught:
        ask(folder)
    assert "six-1.0-py3" not in str(caught.value)


def test_a_zipped_source_tree_is_no_bundle(tmp_path: Path, make_wheel: WheelFactory) -> None:
    wheel = make_wheel("six", "1.0")
    with zipfile.ZipFile(tmp_path / "widget-latest.zip", "w") as archive:
        archive.write(wheel, f"widget/vendored/{wheel.name}")
        archive.writestr("widget/setup.py", "")
    (tmp_path / "broken.zip").write_bytes(b"PK\x05\x06")
    assert names(ask(tmp_path, "widget")) == ["widget-latest.zip"]
    assert names(ask(tmp_path, "broken")) == ["broken.zip"]
    with pytest.raises(IndexUnavailable, match="cannot be seen") as caught:
        ask(tmp_path, "other")
    assert (caught.value.code, dict(caught.value.facts)["asked"]) == (
        "LOCAL_DOWN",
        str(tmp_path / "broken.zip"),
    )
