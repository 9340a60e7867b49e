"""Whether a file that begins as something else is a zip archive as well, for readers that look at its end first."""

from __future__ import annotations

import struct
from typing import BinaryIO

_END = struct.Struct("<4s4H2LH")
_LOOKED_AT = (1 << 16) + _END.size
"""An end record, and the longest comment that may follow it."""


def hides_a_zip(file: BinaryIO, size: int) -> bool:
    """Whether a zip archive's end record is so near the end of `file` that its directory would be found.

    A sequence of four bytes is not enough, for it comes about by chance in compressed data: there must be a
    central directory in front of it, or none at all to be found.
    """
    file.seek(max(0, size - _LOOKED_AT))
    start = file.tell()
    tail = file.read(_LOOKED_AT)
    position = tail.rfind(b"PK\x05\x06")
    while position >= 0:
        record = tail[position : position + _END.size]
        if len(record) == _END.size and _leads_to_a_directory(file, start + position, record):
            return True
        position = tail.rfind(b"PK\x05\x06", 0, position)
    return False


def _leads_to_a_directory(file: BinaryIO, end: int, record: bytes) -> bool:
    _, _, _, _, entries, length, _, _ = _END.unpack(record)
    if not entries and not length:
        return True
    if not 0 < length <= end:
        return False
    file.seek(end - length)
    return file.read(4) == b"PK\x01\x02"
