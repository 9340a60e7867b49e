"""Other readers of archives, to hold ours against: each gives every file with the sha256 of its content.

`by_headers` reads a zip archive from front to end without its directory, as a program does that unpacks
while it downloads. What a reader cannot make sense of is a `ReaderError`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
import subprocess
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

Files = Mapping[str, str]
Reader = Callable[[Path], Files]

_LOCAL = struct.Struct("<4s5H3L2H")
_DESCRIPTOR = 1 << 3
_MAX32 = 0xFFFFFFFF


class ReaderError(Exception):
    """A reader gave up."""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def by_zipfile(path: Path) -> Files:
    """The standard library, which goes by the directory."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            files = {one.filename: sha256(archive.read(one)) for one in infos if not one.is_dir()}
            return _once(files, sum(not one.is_dir() for one in infos))
    except (
        OSError,
        zipfile.BadZipFile,
        zlib.error,
        ValueError,
        NotImplementedError,
        EOFError,
        RuntimeError,
    ) as error:
        raise ReaderError(str(error)) from error


def _once(files: Files, count: int) -> Files:
    if len(files) != count:
        raise ReaderError("a name is there twice")
    return files


def by_headers(path: Path) -> Files:
    """From front to end, and never back."""
    with path.open("rb") as file:
        data = file.read()
    files: dict[str, str] = {}
    position = count = 0
    while data[position : position + 4] == b"PK\x03\x04":
        name, content, position = _next(data, position)
        if not name.endswith("/"):
            files[name] = sha256(content)
            count += 1
    if data[position : position + 4] not in (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06"):
        raise ReaderError("something stands between the members")
    return _once(files, count)


def _next(data: bytes, start: int) -> tuple[str, bytes, int]:
    """A member's name and content, and where the next one begins."""
    try:
        _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack_from(
            data, start
        )
    except struct.error as error:
        raise ReaderError("a header ends in the middle") from error
    after_name = start + _LOCAL.size + name_length
    begin = after_name + extra_length
    try:
        name = data[start + _LOCAL.size : after_name].decode()
    except UnicodeDecodeError as error:
        raise ReaderError("a name is no text") from error
    wide = _zip64(data[after_name:begin])
    if wide and _MAX32 in (packed, size):
        size, packed = wide
    later = bool(flags & _DESCRIPTOR)
    content, used = _content(data[begin:], method, None if later and not packed else packed)
    end = begin + used
    if later:
        crc, size, end = _after(data, end, wide=wide is not None)
    if zlib.crc32(content) != crc or len(content) != size:
        raise ReaderError("a checksum or size is wrong")
    return name, content, end


def _zip64(extra: bytes) -> tuple[int, int] | None:
    while len(extra) >= 4:
        tag, length = struct.unpack_from("<2H", extra)
        if tag == 1 and length >= 16:
            size, packed = struct.unpack_from("<2Q", extra, 4)
            return size, packed
        extra = extra[4 + length :]
    return None


def _content(rest: bytes, method: int, packed: int | None) -> tuple[bytes, int]:
    if method == 0 and packed is not None:
        return rest[:packed], packed
    if method != 8:
        raise ReaderError("it cannot be known where a member ends")
    inflater = zlib.decompressobj(-15)
    try:
        content = inflater.decompress(rest if packed is None else rest[:packed])
    except zlib.error as error:
        raise ReaderError(str(error)) from error
    if not inflater.eof:
        raise ReaderError("a member does not end")
    used = len(rest if packed is None else rest[:packed]) - len(inflater.unused_data)
    if packed is not None and used != packed:
        raise ReaderError("a member ends early")
    return content, used


def _after(data: bytes, start: int, *, wide: bool) -> tuple[int, int, int]:
    """Checksum, size and end of a data descriptor."""
    marked = data[start : start + 4] == b"PK\x07\x08"
    shape = struct.Struct("<L2Q" if wide else "<3L")
    try:
        crc, _, size = shape.unpack_from(data, start + (4 if marked else 0))
    except struct.error as error:
        raise ReaderError("a data descriptor ends in the middle") from error
    return crc, size, start + shape.size + (4 if marked else 0)


def by_tarfile(path: Path) -> Files:
    """The standard library."""
    try:
        with tarfile.open(path, "r:gz") as archive:
            infos = [one for one in archive if one.isreg()]
            contents = ((one.name, archive.extractfile(one)) for one in infos)
            return _once({_plain(name): sha256(file.read()) for name, file in contents if file}, len(infos))
    except (OSError, tarfile.TarError, zlib.error, ValueError, EOFError) as error:
        raise ReaderError(str(error)) from error


def _plain(name: str) -> str:
    return name.removeprefix("./")


def programs() -> dict[str, Reader]:
    """The readers of zip archives among the programs of this machine."""
    found: dict[str, Reader] = {}
    if shutil.which("unzip"):
        found["unzip"] = lambda path: unpacked(["unzip", "-qq", "-o", str(path)])
    if shutil.which("bsdtar"):
        found["bsdtar"] = lambda path: unpacked(["bsdtar", "-xf", str(path)])
        found["bsdtar, from a pipe"] = lambda path: unpacked(["bsdtar", "-xf", "-"], path)
    return found


def tar_programs() -> dict[str, Reader]:
    """The readers of gzipped tar archives among the programs of this machine."""
    found: dict[str, Reader] = {}
    for name in ("tar", "bsdtar"):
        if shutil.which(name):
            found[name] = lambda path, name=name: unpacked([name, "-xzf", str(path)])  # type: ignore[misc]
    return found


def unpacked(command: Sequence[str], piped: Path | None = None) -> Files:
    """What a program leaves in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            command,
            cwd=folder,
            input=piped.read_bytes() if piped else None,
            stdin=None if piped else subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        if done.returncode:
            raise ReaderError(done.stderr.decode(errors="replace")[-500:])
        return dict(_walked(Path(folder)))


def _walked(folder: Path) -> Iterator[tuple[str, str]]:
    for path in folder.rglob("*"):
        if path.is_symlink():
            continue
        if path.is_file():
            path.chmod(0o600)
            yield path.relative_to(folder).as_posix(), sha256(path.read_bytes())
