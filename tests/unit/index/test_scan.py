"""What a folder has; `test_folder` has what comes of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from driverenv.index.scan import scan_folder


def found(folder: Path, *, follow: bool = False) -> tuple[list[str], list[str], list[str]]:
    scan = scan_folder(str(folder), follow=follow)
    return (
        sorted(os.path.relpath(entry.path, folder) for entry in scan.entries),
        sorted(f"{kind} {os.path.relpath(path, folder)}" for kind, path in scan.claims),
        sorted(f"{kind} {os.path.relpath(path, folder)}" for kind, path in scan.unseen),
    )


def link(path: Path, target: Path) -> None:
    try:
        path.symlink_to(target, target_is_directory=target.is_dir())
    except OSError:
        pytest.skip("no symbolic links here")


def test_files(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / ".hidden").mkdir()
    for name in (
        "six-1.0.zip",
        "a/six-1.1.zip",
        "README",
        ".hidden/six-1.2.zip",
        ".six-1.3.zip",
        "six-1.4.zip.part",
    ):
        (tmp_path / name).write_bytes(b"abc")
    assert found(tmp_path) == (sorted(["six-1.0.zip", "a/six-1.1.zip", "six-1.4.zip.part"]), [], [])
    assert {entry.stamp[0] for entry in scan_folder(str(tmp_path), follow=False).entries} == {3}


def test_what_cannot_be_looked_into(tmp_path: Path) -> None:
    (tmp_path / "packages.7z").touch()
    (tmp_path / ".six-1.0.zip.aB3dE9").touch()
    assert found(tmp_path) == ([], ["folder-moving six-1.0.zip"], ["folder-archive packages.7z"])


def test_links(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside / "real", inside / ".hidden", outside / "deep"):
        folder.mkdir(parents=True)
    for file in (inside / "real" / "a-1.0.zip", outside / "b-1.0.zip", outside / "deep" / "c-1.0.zip"):
        file.touch()
    link(inside / "a-1.0.zip", inside / "real" / "a-1.0.zip")
    link(inside / "again", inside / "real")
    link(inside / "b-1.0.zip", outside / "b-1.0.zip")
    link(inside / "deep", outside / "deep")
    link(inside / "shown", inside / ".hidden")
    link(inside / "loop", inside / "loop")
    link(inside / "loop.zip", inside / "loop.zip")
    link(inside / "notes.txt", outside / "b-1.0.zip")
    link(outside / "deep" / "up", outside)
    entries, claims, unseen = found(inside)
    assert entries == ["a-1.0.zip", "real/a-1.0.zip"]
    assert claims == ["folder-dangling loop.zip", "folder-link b-1.0.zip"]
    assert unseen == [
        "folder-dangling loop",
        "folder-dangling loop.zip",
        "folder-hidden shown",
        "folder-link deep",
    ]
    entries, claims, unseen = found(inside, follow=True)
    assert "b-1.0.zip" in entries
    assert any(entry.endswith("c-1.0.zip") for entry in entries)
    assert (claims, unseen) == (
        ["folder-dangling loop.zip"],
        ["folder-dangling loop", "folder-dangling loop.zip"],
    )


def test_no_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path / "file"):
        (tmp_path / "file").touch()
        with pytest.raises(OSError):  # noqa: PT011 (which one is up to the system)
            scan_folder(str(path), follow=False)
