from __future__ import annotations

import os
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from packaging.utils import NormalizedName

from driverenv.errors import IndexUnavailable, IntegrityError, LocalVersionMismatch
from driverenv.index.folder import FolderIndex
from driverenv.index.settling import Settling
from driverenv.model.answers import Absent, Evidence, Found
from driverenv.model.site import Index
from tests.kit.factories import SdistFactory, WheelFactory

SIX = NormalizedName("six")


STILL = Settling(sleep=lambda _: None)


def ask(folder: Path, project: str = "six", *, settling: Settling = STILL, **terms: bool) -> Found | Absent:
    index = FolderIndex(Index(folder, name="lab", **terms), settling=settling)  # type: ignore[arg-type]
    return index.answer(NormalizedName(project))


def down(folder: Path, project: str = "six", *, settling: Settling = STILL, **terms: bool) -> str:
    """What is told of a folder that cannot answer."""
    with pytest.raises(IndexUnavailable) as caught:
        ask(folder, project, settling=settling, **terms)
    assert caught.value.code == "LOCAL_DOWN"
    return str(caught.value)


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
    assert absent.evidence == Evidence(absent.index.location, listing=absent.proof)
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
    zipped(tmp_path / "my-2g-tool-1.0.zip")
    assert isinstance(ask(tmp_path, "my"), Absent)


def test_hidden_and_other_files_do_not_count(tmp_path: Path, make_wheel: WheelFactory) -> None:
    make_wheel("six", "1.0", tmp_path / ".cache")
    make_wheel("six", "1.0", tmp_path, filename=".six-1.0-py3-none-any.whl")
    (tmp_path / "six").mkdir()
    (tmp_path / "six" / "index.html").write_text("<a href='six-1.0.zip'>")
    (tmp_path / "six-1.0.zip").mkdir()
    absent = ask(tmp_path)
    assert isinstance(absent, Absent)
    assert absent.proof == "no distribution file is there at all"
    assert absent.notes == (f"the folder lab ({tmp_path}) has no distribution file at all",)
    assert absent.lists_nothing


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
    with pytest.raises(IndexUnavailable, match="leads nowhere") as caught:
        ask(inside, "eight")
    assert caught.value.code == "LOCAL_DOWN"
    (inside / "README").symlink_to(wheel)
    assert isinstance(ask(inside, "nine"), Absent)
    for target in (outside, tmp_path / "not-mounted"):
        (inside / "more").symlink_to(target, target_is_directory=True)
        with pytest.raises(IndexUnavailable, match=r"an index of its own|leads nowhere") as caught:
            ask(inside, "nine")
        assert caught.value.code == "LOCAL_DOWN"
        assert names(ask(inside, "seven")) == [mine.name]
        (inside / "more").unlink()
    (inside / "real" / wheel.name).write_bytes(wheel.read_bytes())
    assert names(ask(inside)) == [wheel.name]


def link(path: Path, target: Path) -> None:
    try:
        path.symlink_to(target, target_is_directory=target.is_dir())
    except OSError:
        pytest.skip("no symbolic links here")


def test_links_may_be_followed(tmp_path: Path, make_wheel: WheelFactory) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    wheel = make_wheel("six", "1.0", outside)
    other = make_wheel("seven", "1.0", outside / "deep")
    inside.mkdir()
    link(inside / "more", outside)
    link(inside / wheel.name, wheel)
    link(outside / "back", inside)
    assert names(ask(inside, follow_symlinks=True)) == [wheel.name]
    assert names(ask(inside, "seven", follow_symlinks=True)) == [other.name]
    absent = ask(inside, "eight", follow_symlinks=True)
    assert isinstance(absent, Absent)
    link(inside / "eight-1.0.zip", tmp_path / "nowhere")
    link(inside / "share", tmp_path / "not-mounted")
    for project in ("eight", "nine"):
        assert "leads nowhere" in down(inside, project, follow_symlinks=True)


def test_a_link_to_a_hidden_folder_inside(tmp_path: Path, make_wheel: WheelFactory) -> None:
    wheel = make_wheel("six", "1.0", tmp_path / ".hidden" / "deep")
    link(tmp_path / "shown", wheel.parent)
    assert "hidden" in down(tmp_path)
    assert names(ask(tmp_path, follow_symlinks=True)) == [wheel.name]
    (tmp_path / "shown").unlink()
    link(tmp_path / wheel.name, wheel)
    assert names(ask(tmp_path)) == [wheel.name]


def test_links_to_archives_outside(tmp_path: Path, make_wheel: WheelFactory) -> None:
    (tmp_path / "inside").mkdir()
    zipped(tmp_path / "Offline.zip", make_wheel("six", "1.0"))
    for target in (tmp_path / "Offline.zip", tmp_path / "nowhere.zip"):
        link(tmp_path / "inside" / "Offline.zip", target)
        down(tmp_path / "inside")
        (tmp_path / "inside" / "Offline.zip").unlink()


@pytest.mark.parametrize(
    "name",
    [
        "six-1.0-py3-none-any.whl.part",
        "six-1.0-py3-none-any.whl.crdownload",
        "six-1.0.tar.gz.tmp",
        "six-1.0.zip.filepart",
        "six-1.0.zip.bak",
        "Copy of six-1.0.zip",
        "six-latest-py3-none-any.whl",
    ],
)
def test_leftovers_of_a_file_claim_its_project(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"half")
    assert names(ask(tmp_path)) == [name]


@pytest.mark.parametrize("name", [".six-1.0-py3-none-any.whl.aB3dE9", "~syncthing~six-1.0.zip.tmp"])
def test_a_file_on_its_way_claims_its_project(tmp_path: Path, make_wheel: WheelFactory, name: str) -> None:
    (tmp_path / name).write_bytes(b"half")
    assert "still being written" in down(tmp_path)
    assert isinstance(ask(tmp_path, "seven"), Absent)
    there = make_wheel("six", "1.0", tmp_path)
    if "whl" in name:
        assert names(ask(tmp_path)) == [there.name]


def test_what_is_no_file_claims_its_name(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes here")
    os.mkfifo(tmp_path / "six-1.0.zip")
    assert "that is none" in down(tmp_path)


@pytest.mark.parametrize("name", ["Offline.zip", "Offline-9.3.zip", "Offline.tar.gz", "six-1.0.tar.gz"])
def test_a_cut_archive_may_hold_anything(tmp_path: Path, make_wheel: WheelFactory, name: str) -> None:
    wheel = make_wheel("six", "1.0", tmp_path / "source")
    path = tmp_path / "index" / name
    path.parent.mkdir()
    if name.endswith(".zip"):
        zipped(path, wheel)
    else:
        tarred(path, wheel)
    path.write_bytes(path.read_bytes()[:-300])
    assert "cannot be seen" in down(path.parent, "other")


@pytest.mark.parametrize("name", ["packages.7z", "packages.rar", "packages.tar.zst", "packages.zip.part"])
def test_an_archive_of_another_kind_may_hold_anything(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"7z")
    assert "cannot be seen" in down(tmp_path)


@pytest.mark.parametrize("name", ["Offline.tar", "Offline.tar.gz", "Offline-9.3.tgz", "Offline-9.3.tar.xz"])
@pytest.mark.parametrize("below", ["", "./packages/"])
def test_tar_files_are_bundles_too(tmp_path: Path, make_wheel: WheelFactory, name: str, below: str) -> None:
    path = tmp_path / "index" / name
    path.parent.mkdir()
    tarred(path, make_wheel("six", "1.0", tmp_path), below=below)
    with pytest.raises(LocalVersionMismatch) as caught:
        ask(path.parent)
    assert caught.value.code == "LOCAL_NO_MATCH"
    assert caught.value.remedies[0] == f"extract {path} into the folder of the index"
    assert isinstance(ask(path.parent, "other"), Absent)


def test_an_archive_in_an_archive(tmp_path: Path, make_wheel: WheelFactory) -> None:
    zipped(tmp_path / "packages.zip", make_wheel("six", "1.0", tmp_path / "source"))
    folder = tmp_path / "index"
    zipped(folder / "Offline-9.3.zip", tmp_path / "packages.zip")
    assert "cannot be seen" in down(folder)


def test_sdists_are_no_bundles(tmp_path: Path, make_sdist: SdistFactory) -> None:
    make_sdist("six", "1.0", tmp_path, format="tar.gz")
    make_sdist("six", "1.1", tmp_path, format="zip")
    assert isinstance(ask(tmp_path, "other"), Absent)


def test_a_file_that_is_being_copied_is_waited_for(tmp_path: Path, make_wheel: WheelFactory) -> None:
    whole = make_wheel("six", "1.0", tmp_path / "source").read_bytes()
    path = tmp_path / "index" / "six-1.0-py3-none-any.whl"
    path.parent.mkdir()
    path.write_bytes(whole[:100])
    sizes = iter((200, 300, len(whole), len(whole)))

    def copy_on(_: float) -> None:
        path.write_bytes(whole[: next(sizes)])
        os.utime(path, ns=(1, 1))

    index = FolderIndex(Index(path.parent), settling=Settling(sleep=copy_on))
    assert isinstance(index.answer(NormalizedName("other")), Absent)
    copy_on(0)
    found = index.answer(SIX)
    assert isinstance(found, Found)
    assert found.files[0].size == len(whole)


def test_a_file_that_never_rests(tmp_path: Path, make_wheel: WheelFactory) -> None:
    path = make_wheel("six", "1.0", tmp_path)
    slept: list[float] = []

    def write_more(seconds: float) -> None:
        slept.append(seconds)
        with path.open("ab") as file:
            file.write(b"x")

    index = FolderIndex(Index(tmp_path), settling=Settling(sleep=write_more))
    assert isinstance(index.answer(NormalizedName("other")), Absent)
    write_more(0)
    with pytest.raises(IndexUnavailable, match="still being written"):
        index.answer(SIX)
    assert sum(slept) == 5


def test_a_bundle_that_is_being_copied_is_waited_for(tmp_path: Path, make_wheel: WheelFactory) -> None:
    zipped(tmp_path / "whole.zip", make_wheel("six", "1.0", tmp_path / "source"))
    whole = (tmp_path / "whole.zip").read_bytes()
    path = tmp_path / "index" / "Offline.zip"
    path.parent.mkdir()
    path.write_bytes(whole[:100])
    with pytest.raises(LocalVersionMismatch):
        ask(path.parent, settling=Settling(sleep=lambda _: (path.write_bytes(whole), None)[1]))


def test_one_name_in_two_spellings_with_other_bytes(tmp_path: Path) -> None:
    for folder, name, text in (("a", "Corp_Util-1.0.zip", "1"), ("b", "corp.util-1.0.zip", "2")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(text)
    with pytest.raises(IntegrityError):
        ask(tmp_path, "corp-util")
    (tmp_path / "b" / "corp.util-1.0.zip").write_text("1")
    assert names(ask(tmp_path, "corp-util")) == ["Corp_Util-1.0.zip"]


def tarred(path: Path, *files: Path, below: str = "") -> None:
    modes = {".tar": "w", ".tgz": "w:gz", ".gz": "w:gz", ".xz": "w:xz"}
    with tarfile.open(path, modes[path.suffix]) as archive:  # type: ignore[call-overload]
        for file in files:
            archive.add(file, f"{below}{file.name}")


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
