"""RECORD (PEP 376, PEP 627): what a wheel says of its members, compared with what they are."""

from __future__ import annotations

import base64
import csv
import hashlib
from typing import NamedTuple

from driverenv.archive.rules import Label

STRONG = frozenset({"sha256", "sha384", "sha512"})


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


def parse(data: bytes) -> tuple[Row, ...]:
    """The rows of a RECORD file. Raises `ValueError` where it is none."""
    text = data.decode("utf-8-sig")
    if "\0" in text:
        raise ValueError("it has a NUL character")
    if '"' in text:
        try:
            cells = list(csv.reader(text.splitlines()))
        except csv.Error as error:
            raise ValueError(str(error)) from None
    else:
        cells = [line.rsplit(",", 2) for line in text.splitlines()]
    rows = [Row(*row) for row in cells if len(row) == len(Row._fields)]
    if len(rows) != sum(1 for row in cells if row and row != [""]):
        raise ValueError("a row has not three columns")
    return tuple(rows)


def encoded(digest: bytes) -> str:
    """`digest` as RECORD writes it: base64url without padding."""
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


class Check:
    """Compares members with RECORD's rows, one by one.

    In a `strict` check a difference refuses the archive; else it is noted, and the note kept.
    """

    def __init__(self, rows: tuple[Row, ...], record: str, label: Label, *, strict: bool) -> None:
        self._record = record
        self._label = label
        self._strict = strict
        self._rows: dict[str, Row] = {}
        self.notes: list[str] = []
        for row in rows:
            if row.path in self._rows and self._rows[row.path] != row:
                self._differs("RECORD lists a member twice, differently", row.path)
            self._rows[row.path] = row
        own = self._rows.pop(record, None)
        if own and own.digest:
            self._differs("RECORD gives a hash for itself", record)

    def extra_algorithm(self, path: str) -> str | None:
        """The algorithm that must be computed beside sha256 for the member at `path`."""
        row = self._rows.get(path)
        return row.algorithm if row and row.algorithm in STRONG - {"sha256"} else None

    def member(self, path: str, size: int, digests: dict[str, str]) -> None:
        """Compare the member at `path` with its row; `digests` by algorithm, base64url."""
        row = self._rows.pop(path, None)
        if row is None:
            self._differs("a member is not in RECORD", path)
        elif row.size not in ("", str(size)):
            self._differs(f"a member has {size} bytes, RECORD says {row.size}", path)
        elif row.algorithm not in STRONG:
            self._differs("RECORD has no sha256 (or better) for a member", path)
        elif digests[row.algorithm] != row.digest.partition("=")[2].rstrip("="):
            self._differs(f"a member's {row.algorithm} is not the one in RECORD", path)

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


def hasher(algorithm: str) -> hashlib._Hash:
    """A fresh hash; never for security's sake refused by the system's crypto policy."""
    return hashlib.new(algorithm, usedforsecurity=False)
