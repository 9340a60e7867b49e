"""RECORD (PEP 376, PEP 627): what a wheel says of its members, compared with what they are."""

from __future__ import annotations

import csv
import hashlib
import re
from binascii import b2a_base64
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from driverenv.archive.rules import MAX_FILES, Label

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
STRONG = frozenset({"sha256", "sha384", "sha512"})
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Row(NamedTuple):
    """One row: all empty but the path for what is not hashed."""

    path: str
    digest: str
    """"sha256=" and the digest in base64url without padding."""
    size: str

    @property
    def algorithm(self) -> str:
        """E.g. "sha256"; Python 2.7 wrote it in capitals."""
        return self.digest.partition("=")[0].lower()


def parse(data: bytes) -> Iterator[Row]:
    """The rows of a RECORD file, one by one. Raises `ValueError` where it is none."""
    text = data.decode("utf-8")
    if _CONTROL.search(text):
        raise ValueError("it has control characters")
    count = 0
    for cells in _cells(text.replace("\r\n", "\n")):
        if not cells or cells == [""]:
            continue
        count += 1
        if len(cells) != len(Row._fields):
            raise ValueError("a row has not three columns")
        if count > 2 * MAX_FILES:
            raise ValueError("it has more rows than an archive may have members")
        yield Row(*cells)


def _cells(text: str) -> Iterator[list[str]]:
    """As `csv` splits them: only without quotes is there a faster way."""
    if '"' not in text and "\r" not in text:
        for line in text.split("\n"):
            yield line.split(",")
        return
    try:
        yield from csv.reader(text.split("\n"), strict=True)
    except csv.Error as error:
        raise ValueError(str(error)) from None


def encoded(digest: bytes) -> str:
    """`digest` as RECORD writes it: base64url without padding."""
    return b2a_base64(digest, newline=False).translate(_URL_SAFE, b"=").decode("ascii")


class Check:
    """Compares members with RECORD's rows, one by one.

    In a `strict` check a difference refuses the archive; else it is noted, and the note kept.
    """

    def __init__(self, rows: Iterable[Row], record: str, label: Label, *, strict: bool) -> None:
        self._record = record
        self._label = label
        self._strict = strict
        self._rows: dict[str, Row] = {}
        self.notes: list[str] = []
        for row in rows:
            if row.path in self._rows:
                self._differs("RECORD lists a member twice", row.path)
            self._rows[row.path] = row
        own = self._rows.pop(record, None)
        if own is None:
            self._differs("RECORD does not list itself", record)
        elif own.digest:
            self._differs("RECORD gives a hash for itself", record)

    def extra_algorithm(self, path: str) -> str | None:
        """The algorithm that must be computed beside sha256 for the member at `path`."""
        row = self._rows.get(path)
        if row is None or row.digest.startswith("sha256="):
            return None
        return row.algorithm if row.algorithm in STRONG - {"sha256"} else None

    def member(self, path: str, size: int, sha256: str, more: str = "") -> None:
        """Compare the member at `path` with its row; `sha256` in base64url, `more` by the row's own algorithm."""
        row = self._rows.pop(path, None)
        if row is None:
            self._differs("a member is not in RECORD", path)
        elif row.size != str(size):
            self._differs(f"a member has {size} bytes, RECORD says {row.size or 'nothing'}", path)
        elif row.digest != f"sha256={sha256}":
            self._compare(row, sha256, more)

    def _compare(self, row: Row, sha256: str, more: str) -> None:
        algorithm = row.algorithm
        if algorithm not in STRONG:
            self._differs("RECORD has no sha256 (or better) for a member", row.path)
        elif row.digest.partition("=")[2].rstrip("=") != (sha256 if algorithm == "sha256" else more):
            self._differs(f"a member's {algorithm} is not the one in RECORD", row.path)

    def unhashed(self, path: str) -> None:
        """Take the member at `path` as it is: a signature of RECORD."""
        self._rows.pop(path, None)

    def finish(self) -> None:
        """Refuse (or note) rows without a member."""
        for path in self._rows:
            self._differs("RECORD lists a member that is not there", path)

    def _differs(self, detail: str, member: str) -> None:
        if self._strict:
            self._label.refuse("record", detail, member)
        self.notes.append(f"{detail}: {member}")


def hasher(algorithm: str, data: bytes = b"") -> hashlib._Hash:
    """A hash that has taken `data`; never for security's sake refused by the system's crypto policy."""
    if algorithm == "sha256":  # which is asked for each file: by name it takes three times as long
        return hashlib.sha256(data, usedforsecurity=False)
    return hashlib.new(algorithm, data, usedforsecurity=False)
