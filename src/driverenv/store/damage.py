"""What is wrong with files of the store, found by their contents; what can be set right is."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from driverenv import _fs, warm
from driverenv.errors import IntegrityError, foreign
from driverenv.store import manifest
from driverenv.store.stamps import NUMBERS, Part, Row, Stamps

_EXECUTABLE, _PLAIN = 0o555, 0o444
_SHOWN = 3
_CHUNK = 1 << 20


class Finding(NamedTuple):
    """A file that is not what it was when it was checked in."""

    path: str
    """Absolute."""
    how: str
    """What differs, as the end of a sentence."""

    def __str__(self) -> str:
        """As messages show it."""
        return f"{foreign(self.path)}: {self.how}"


class Damaged(Exception):
    """Files of one wheel of the store are damaged; whoever meets it has it renewed, or tells it as an error.

    Args:
        root: the wheel's folder.
        findings: the files, at least one.
        byte_code: the folder of byte code that they lie in; "" where they are the wheel's own files.
    """

    def __init__(self, root: str, findings: Sequence[Finding], byte_code: str = "") -> None:
        super().__init__(root, findings, byte_code)
        self.root = root
        self.sha256 = os.path.basename(root)
        self.findings = tuple(findings)
        self.byte_code = byte_code

    def __str__(self) -> str:
        """The files, a few of them."""
        more = len(self.findings) - _SHOWN
        shown = "; ".join(map(str, self.findings[:_SHOWN]))
        return f"{shown} (and {more} more)" if more > 0 else shown

    def told(self, *, renewed: bool) -> str:
        """What happened, for people."""
        anew = "compiled anew, some time" if self.byte_code else "unpacked anew from its archive"
        what = "byte code of the store" if self.byte_code else "the store's copy of a wheel"
        return f"{what} was put aside, and is {anew if renewed else 'fetched anew'}: {self}"

    def as_error(self) -> IntegrityError:
        """The same for people, where nothing else can be done."""
        first = self.findings[0]
        return IntegrityError(
            f"a file in driverenv's store is damaged, and the store cannot mend it: {first.how}",
            facts=(("file", foreign(first.path)),),
            remedies=(
                "run it again: the wheel was put aside, and is fetched and checked anew",
                "look for more of the kind: driverenv store verify --contents",
            ),
            data={"path": first.path, "wheel": self.sha256},
        )


def settled(part: Part, recorded: Stamps | None) -> tuple[Stamps, tuple[Finding, ...]]:
    """The stamps of `part`, and what is damaged: files whose stamps are not as `recorded` are judged by their content.

    Modes and times that were changed are set right. Raises `OSError` where the system refuses.
    """
    found: list[int] = []
    findings = []
    before = _by_file(part, recorded)
    for row in part.rows:
        path = f"{part.folder}/{row.path}"
        stamp, how = _judged(path, row, next(before), part.mtime)
        found += stamp
        if how:
            findings.append(Finding(path, how))
    split = NUMBERS * len(part.shared)
    return Stamps(found[:split], found[split:]), tuple(findings)


def by_contents(part: Part) -> tuple[Finding, ...]:
    """What is damaged in `part` by the contents of all its files, whatever their stamps say. Raises `OSError`."""
    findings = []
    for row in part.rows:
        path = f"{part.folder}/{row.path}"
        how = file_differs(path, row.size, row.sha256)
        if how:
            findings.append(Finding(path, how))
    return tuple(findings)


def file_differs(path: str, size: int, sha256: str) -> str:
    """How what lies at `path` differs from the regular file that it should be; "" where it does not."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return "it is no regular file any more"
        return content_differs(path, size, sha256)
    except (FileNotFoundError, NotADirectoryError):
        return "it is gone"


def _by_file(part: Part, recorded: Stamps | None) -> Iterator[list[int]]:
    """The recorded stamp of each row; an empty one where it is not known."""
    flat = [] if recorded is None else recorded.shared + recorded.other
    known = len(flat) == NUMBERS * len(part.rows)
    for number in range(len(part.rows)):
        yield flat[NUMBERS * number : NUMBERS * (number + 1)] if known else []


def _judged(path: str, row: Row, before: list[int], mtime: int | None) -> tuple[list[int], str]:
    try:
        stamp = _stamp(path)
        if stamp == before:
            return stamp, ""
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode):
            return stamp, "it is no regular file any more"
        _set_right(path, status, row, mtime)
        stamp = _stamp(path)  # before its content is looked at: what is edited meanwhile is seen next time
        return stamp, content_differs(path, row.size, row.sha256)
    except (FileNotFoundError, NotADirectoryError):
        return [0] * NUMBERS, "it is gone"


def _stamp(path: str) -> list[int]:
    stamp: list[int] = []
    folder, name = os.path.split(path)
    warm.measure(folder, [name], stamp)
    return stamp


def _set_right(path: str, status: os.stat_result, row: Row, mtime: int | None) -> None:
    """Mode and time, which every environment that shares the file sees."""
    mode = _EXECUTABLE if row.executable else _PLAIN
    wrong = status.st_mode & 0o222 if os.name == "nt" else status.st_mode & 0o7777 != mode
    moved = mtime is not None and status.st_mtime != mtime
    if moved and mtime is not None:
        with contextlib.suppress(PermissionError):  # Windows sets no time of a read-only file
            os.utime(path, (mtime, mtime))
    if wrong:
        os.chmod(path, mode)


def content_differs(path: str, size: int, sha256: str) -> str:
    """How the file at `path` differs from what it should be; "" where it does not. `sha256` is as in RECORD."""
    with _fs.opened(path) as file:
        length = os.fstat(file.fileno()).st_size
        if length != size:
            return f"it has {length} bytes, not {size}"
        digest = hashlib.file_digest(file, "sha256").digest()
    same = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == sha256
    return "" if same else "its content was changed"


def check_archive(path: Path, sha256: str, what: str) -> None:
    """An archive of the store that was damaged there must not be laid at the index's door.

    Raises `IntegrityError`, and removes it, where its content is not that of `sha256`; `HomeUnusable`.
    """
    digest = hashlib.sha256()
    with _fs.translated(path):
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
        except FileNotFoundError:  # it was in nobody's use until now, and goes at this moment
            raise manifest.removed(path, what) from None
        if digest.hexdigest() != sha256:
            path.chmod(0o600)  # Windows does not delete read-only files
            path.unlink()
            raise manifest.removed(path, what)
