"""What archives hold: told from the list of their members, never from half of it."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from driverenv.index.bundles import NOTHING, Content, content
from tests.kit.factories import WheelFactory

SIX = "six-1.0-py3-none-any.whl"


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)
    return path


def tarred(path: Path, *members: str, mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name in members:
            info = tarfile.TarInfo(name)
            info.size = 700
            archive.addfile(info, io.BytesIO(bytes(700)))
    return path


def test_wheels_and_sdists_at_any_depth(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "a.zip", **{SIX: b"", "a__b__seven-1.0.tar.gz": b"", "README.md": b"", "install.py": b""}
    )
    assert content(str(path)) == Content(frozenset({SIX, "seven-1.0.tar.gz"}))
    for mode, name in (("w", "a.tar"), ("w:gz", "a.tar.gz"), ("w:bz2", "a.tar.bz2"), ("w:xz", "a.tgz")):
        path = tarred(tmp_path / name, "install.py", f"x/{SIX}", mode=mode)
        assert content(str(path)) == Content(frozenset({SIX}))


@pytest.mark.parametrize("mark", ["PKG-INFO", "six-1.0/PKG-INFO", "./six-1.0/setup.py", "pyproject.toml"])
def test_a_source_tree_holds_nothing(tmp_path: Path, mark: str) -> None:
    assert content(str(tarred(tmp_path / "a.tar", f"six-1.0/tests/{SIX}", mark))) == NOTHING
    assert (
        content(str(zipped(tmp_path / "a.zip", **{f"x__{SIX}": b"", mark.removeprefix("./"): b""})))
        == NOTHING
    )


def test_a_source_tree_deep_inside_is_none(tmp_path: Path) -> None:
    path = tarred(tmp_path / "a.tar", SIX, "docs/sample/setup.py")
    assert content(str(path)) == Content(frozenset({SIX}))


@pytest.mark.parametrize("name", ["packages.zip", "packages.7z", "packages.tar", "x.zip.part"])
def test_archives_inside(tmp_path: Path, name: str) -> None:
    found = content(str(tarred(tmp_path / "a.tar", name)))
    assert found is not None
    assert found.is_nested
    assert content(str(tarred(tmp_path / "b.tar", "manual.pdf", "six-1.0.zip"))) == Content(
        frozenset({"six-1.0.zip"})
    )


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.zip", "a-1.0.zip"])
def test_no_half_of_an_archive_can_be_seen(tmp_path: Path, make_wheel: WheelFactory, name: str) -> None:
    wheels = [make_wheel(f"p{number}", "1.0", tmp_path) for number in range(3)]
    path = tmp_path / name
    if "zip" in name:
        zipped(path, **{wheel.name: wheel.read_bytes() for wheel in wheels})
    else:
        with tarfile.open(
            path, "w:gz" if name.endswith("gz") else "w", format=tarfile.USTAR_FORMAT
        ) as archive:
            for wheel in wheels:
                archive.add(wheel, wheel.name)
    whole = path.read_bytes()
    assert content(str(path)) == Content(frozenset(wheel.name for wheel in wheels))
    for size in range(0, len(whole), 7):
        path.write_bytes(whole[:size])
        found = content(str(path))
        assert found is None or size > len(whole) - 10_240, size


def test_other_files(tmp_path: Path) -> None:
    for name in ("a.zip", "a.tar.gz", "a.7z"):
        (tmp_path / name).write_bytes(b"<html>")
        assert content(str(tmp_path / name)) is None
    assert content(str(tmp_path / "missing.zip")) is None
    (tmp_path / "a.zip").unlink()
    assert content(str(tarred(tmp_path / "a.zip", SIX))) == Content(frozenset({SIX}))


def test_too_much_to_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with path.open("wb") as out:
        info = tarfile.TarInfo("large")
        info.size = 1 << 29
        out.write(info.tobuf(tarfile.USTAR_FORMAT))
        out.seek(info.size, io.SEEK_CUR)
        info = tarfile.TarInfo(SIX)
        out.write(info.tobuf(tarfile.USTAR_FORMAT) + bytes(1024))
    assert content(str(path)) is None
