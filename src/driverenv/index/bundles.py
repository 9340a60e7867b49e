"""Archives of distributions that nobody extracted: what they hold, told from their lists of members.

An sdist is an archive, too. What tells them apart are the files of a source tree; an sdist may well
hold wheels, for its tests or to vendor them, and these are nobody's.
"""

from __future__ import annotations

import contextlib
import io
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from driverenv.index.filenames import has_version, is_archive, is_distribution, is_opaque

_DRIVER_FILES = frozenset({"drivermetadata.xml", "shell-definition.yaml", "tosca.meta", "shellconfig.xml"})
_SOURCE_FILES = frozenset({"PKG-INFO", "setup.py", "pyproject.toml"})
_BLOCK = 512
_MAX_MEMBERS = 100_000
_MAX_BYTES = 1 << 29
"""Unpacked bytes of a tar file that are passed over to find its members."""
_BROKEN = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
)


class Content(NamedTuple):
    """What an archive holds that a project could be served from."""

    files: frozenset[str]
    """Names of distributions; none for a source tree."""
    is_nested: bool = False
    """Whether there are archives in it that would have to be looked into in their turn."""
    is_source: bool = False
    """Whether it is a source tree, so most likely an sdist."""
    is_driver: bool = False
    """Whether a driver or a shell is in it."""


NOTHING = Content(frozenset(), is_source=True)


def content(path: str) -> Content | None:
    """What the archive at `path` holds; None: that cannot be seen, since it is cut off or of an unknown kind."""
    if is_opaque(path):
        return None
    for read in (_of_zip, _of_tar) if ".zip" in os.path.basename(path).lower() else (_of_tar, _of_zip):
        with contextlib.suppress(*_BROKEN):
            return read(path)
    return None


def _of_zip(path: str) -> Content:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if members and all(member.header_offset for member in members):
            raise ValueError(path)  # the end of a wheel inside, where the archive itself was cut off
        return _judged(member.filename for member in members)


def _of_tar(path: str) -> Content:
    with tarfile.open(path, "r:*") as archive:
        found = _judged(_members(archive))
        source: object = archive.fileobj
        if found is not NOTHING and isinstance(source, io.BufferedReader):  # not compressed
            source.seek(-_BLOCK, os.SEEK_END)
            if source.read() != bytes(_BLOCK):
                raise ValueError(path)  # cut off between two members
        return found


def _members(archive: tarfile.TarFile) -> Iterator[str]:
    """Their names; those of folders end with a slash."""
    for count, member in enumerate(archive):
        if count > _MAX_MEMBERS or member.offset_data > _MAX_BYTES:
            raise ValueError(member.name)
        yield member.name if member.isreg() else member.name + "/"


def _judged(members: Iterable[str]) -> Content:
    """What the members come to; reads on until it is known that this is a source tree, or to the end."""
    files: set[str] = set()
    is_nested = is_driver = False
    for member in members:
        name = member.rpartition("/")[2]
        if name in _SOURCE_FILES and member.removeprefix("./").count("/") <= 1:
            return NOTHING
        if is_distribution(name):
            files.add(name)
        is_nested = is_nested or is_opaque(name) or (is_archive(name) and not has_version(name))
        is_driver = is_driver or name.lower() in _DRIVER_FILES
    return Content(frozenset(files), is_nested, is_driver=is_driver)
