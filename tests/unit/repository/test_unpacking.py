from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from driverenv.errors import ArchiveRejected
from driverenv.repository.unpacking import extract

Make = Callable[..., Path]


def zipped(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, f"content of {name}")
    return path


def tarred(path: Path, *names: str) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            data = f"content of {name}".encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def is_wheel(name: str) -> bool:
    return name.endswith(".whl")


def extracted(path: Path, into: Path) -> list[tuple[str, str, str]]:
    found = extract(path, into=into, wanted=is_wheel, shown=path.name)
    return [(one.member, one.path.name, one.path.read_text("utf-8")) for one in found]


@pytest.mark.parametrize("make", [zipped, tarred])
def test_only_what_is_wanted_is_written(tmp_path: Path, make: Make) -> None:
    path = make(tmp_path / "bundle.zip", "a/six.whl", "b/six.whl", "readme.txt")
    assert extracted(path, tmp_path / "into") == [
        ("a/six.whl", "six.whl", "content of a/six.whl"),
        ("b/six.whl", "six.whl", "content of b/six.whl"),
    ]


def test_separators_of_windows(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = "folder\\six.whl"
        archive.writestr(info, "1")
    assert [one[:2] for one in extracted(path, tmp_path / "into")] == [("folder/six.whl", "six.whl")]


@pytest.mark.parametrize("make", [zipped, tarred])
@pytest.mark.parametrize("name", ["../six.whl", "/six.whl", "a/../../six.whl"])
def test_nothing_is_written_elsewhere(tmp_path: Path, make: Make, name: str) -> None:
    with pytest.raises(ArchiveRejected):
        extracted(make(tmp_path / "bundle.zip", name), tmp_path / "into")
    assert not (tmp_path / "into").exists()


def test_twice_the_same_member(tmp_path: Path) -> None:
    with pytest.raises(ArchiveRejected):
        extracted(tarred(tmp_path / "bundle.tar.gz", "six.whl", "six.whl"), tmp_path / "into")


def test_half_an_archive(tmp_path: Path) -> None:
    for make in (zipped, tarred):
        path = make(tmp_path / "bundle.zip", "six.whl")
        path.write_bytes(path.read_bytes()[:-30])
        with pytest.raises(ArchiveRejected):
            extracted(path, tmp_path / make.__name__)
