"""Bundles on disk: written whole or not at all, the same bytes each time; read as a stranger's archive."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

from driverenv import _fs
from driverenv.archive.rules import MAX_BYTES
from driverenv.errors import ArchiveRejected, RepositoryRefused, foreign
from driverenv.repository import unpacking
from driverenv.repository.bundle import MANIFEST, Bundle, invalid, parse, render

_EPOCH = (1980, 1, 1, 0, 0, 0)
_ZIP64 = 1 << 31
_LARGEST_MANIFEST = 256 << 20


def write(path: Path, bundle: Bundle, *, files: Mapping[str, Path], texts: Mapping[str, bytes]) -> int:
    """Write a bundle: `files` by their place in it, `texts` likewise; gives its size in bytes.

    Raises `RepositoryRefused` (`BUNDLE_UNWRITABLE`, `BUNDLE_TOO_LARGE`); then what was there is as it was.
    """
    total = sum(one.size for one in bundle.inside)
    if total > MAX_BYTES:
        raise _too_large(path, total)
    staged = _fs.temporary_name(path)
    try:
        with staged.open("xb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                archive.writestr(_member(MANIFEST), render(bundle))
                for name in sorted(texts):
                    archive.writestr(_member(name), texts[name])
                for name in sorted(files):
                    _put(archive, name, files[name])
            file.flush()
            os.fsync(file.fileno())
        os.replace(staged, path)
        return path.stat().st_size
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        _fs.remove(staged)


def _member(name: str, size: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.create_system = 3
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    info.file_size = size
    return info


def _put(archive: zipfile.ZipFile, name: str, source: Path) -> None:
    size = source.stat().st_size
    with (
        source.open("rb") as file,
        archive.open(_member(name, size), "w", force_zip64=size >= _ZIP64) as into,
    ):
        shutil.copyfileobj(file, into, 1 << 20)


def check_place(path: Path) -> None:
    """Raise `RepositoryRefused` (`BUNDLE_UNWRITABLE`) where no file can be written at `path`; before any work."""
    if path.is_dir():
        raise unwritable(path, OSError(0, "it is a folder", str(path)))
    staged = _fs.temporary_name(path)
    try:
        with staged.open("xb"):
            pass
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        _fs.remove(staged)


def manifest(path: Path, *, scratch: Path) -> Bundle:
    """What a bundle says of itself; its files are not looked at. Raises `RepositoryRefused` (`BUNDLE_INVALID`)."""
    return _manifest(path, _extracted(path, scratch, only=MANIFEST))


def unpack(path: Path, *, scratch: Path) -> tuple[Bundle, dict[str, Path]]:
    """The same, with all that is in it below the empty folder `scratch`, by its place in the bundle."""
    members = _extracted(path, scratch)
    return _manifest(path, members), members


def _extracted(path: Path, scratch: Path, only: str = "") -> dict[str, Path]:
    shown = str(path)
    try:
        with path.open("rb") as file:
            if file.read(2) != b"PK":
                raise invalid(shown, "it is no zip archive")
        inner = unpacking.extract(
            path, into=scratch, wanted=lambda name: not only or name == only, shown=shown
        )
    except ArchiveRejected as error:
        raise invalid(shown, error.summary, facts=error.facts[1:]) from error
    except OSError as error:
        raise invalid(shown, f"it cannot be read: {error.strerror or error}") from error
    return {one.member: one.path for one in inner}


def _manifest(path: Path, members: Mapping[str, Path]) -> Bundle:
    place = members.get(MANIFEST)
    if place is None:
        raise invalid(str(path), f"it has no {MANIFEST}: driverenv bundle create did not make it")
    if place.stat().st_size > _LARGEST_MANIFEST:
        raise invalid(str(path), f"its {MANIFEST} is larger than {_LARGEST_MANIFEST >> 20} MiB")
    return parse(place.read_bytes(), path=str(path))


def unwritable(path: Path, error: OSError) -> RepositoryRefused:
    """The error for a bundle that cannot be written."""
    return RepositoryRefused(
        f"the bundle {foreign(path)} cannot be written: {error.strerror or error}",
        code="BUNDLE_UNWRITABLE",
        facts=(("file", foreign(path)),),
        remedies=("name another file with -o, in a folder that this account may write to and that has room",),
        data={"file": str(path)},
    )


def _too_large(path: Path, total: int) -> RepositoryRefused:
    return RepositoryRefused(
        f"the files for {foreign(path)} are {total / (1 << 30):.1f} GiB together, "
        f"and a bundle holds at most {MAX_BYTES >> 30} GiB",
        code="BUNDLE_TOO_LARGE",
        remedies=(
            "make several bundles, for some of the drivers or targets each",
            "or leave out what the site has already: --since or --since-snapshot",
        ),
        data={"file": str(path), "bytes": total},
    )
