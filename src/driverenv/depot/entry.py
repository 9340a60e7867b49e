"""What is said of a shared wheel, and by whom: a manifest under a signature (HMAC-SHA256, RFC 2104).

Nothing of an entry is looked at before its signature fits. What it says is then held against what was asked for, so
that an entry that was moved or copied to another name is none.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from driverenv.model.build import BuildRecord, Sought

LIMIT = 256 * 1024
"""Bytes of an entry."""
LARGEST = 1 << 30
"""Bytes of a wheel."""
_KIND = "driverenv-fleet 1"
_SIGNED = re.compile(rb"driverenv-fleet 1\nkey ([0-9a-f]{16})\nhmac-sha256 ([0-9a-f]{64})\n")
_WHEEL = re.compile(r"[A-Za-z0-9_.+!-]{1,200}\.whl", re.ASCII)
_UNREADABLE = "it cannot be read: another version of driverenv wrote it"
_ELSEWHERE = "it is about something else, and was put there under this name"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Refused(Exception):
    """What lies there is not to be believed; the text ends a sentence."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A wheel that was built of an sdist, how, and by whom."""

    sought: Sought
    record: BuildRecord
    size: int
    """Bytes of the wheel."""
    built_by: str
    """The name of the machine."""
    built_at: str
    """ISO 8601, UTC."""


def key_id(key: str) -> str:
    """By what a key is told from others; it does not give the key away."""
    return hashlib.sha256(b"driverenv-fleet key\0" + key.encode()).hexdigest()[:16]


def sealed(entry: Entry, key: str) -> bytes:
    """The entry as a file."""
    said = {"sought": asdict(entry.sought), "record": entry.record.as_dict(), "size": entry.size}
    return signed({**said, "built_by": entry.built_by, "built_at": entry.built_at}, key)


def opened(data: bytes, key: str, sought: Sought) -> Entry:
    """The entry, which is about what is `sought`. Raises `Refused`."""
    try:
        entry = _read(verified(data, key, sought))
    except (ValueError, TypeError, KeyError) as error:
        raise Refused(_UNREADABLE) from error
    if entry.record.sdist_sha256 != sought.sha256:
        raise Refused(_ELSEWHERE)
    return entry


def signed(said: Mapping[str, Any], key: str) -> bytes:
    """What is said, under a signature."""
    manifest = json.dumps(said, indent=1, sort_keys=True).encode() + b"\n"
    head = f"{_KIND}\nkey {key_id(key)}\nhmac-sha256 {_signature(manifest, key)}\n"
    return head.encode() + manifest


def verified(data: bytes, key: str, sought: Sought) -> Mapping[str, Any]:
    """What is said about what is `sought`, by somebody who has the key. Raises `Refused`."""
    found = _SIGNED.match(data)
    if found is None:
        raise Refused("it is no entry of a fleet store")
    if found[1].decode() != key_id(key):
        raise Refused("it was signed with another key")
    manifest = data[found.end() :]
    if not hmac.compare_digest(found[2].decode(), _signature(manifest, key)):
        raise Refused("its signature is wrong: somebody without the key wrote or changed it")
    try:
        said = json.loads(manifest)
        about = Sought(**said["sought"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Refused(_UNREADABLE) from error
    if about != sought:
        raise Refused(_ELSEWHERE)
    return dict(said)


def _signature(manifest: bytes, key: str) -> str:
    return hmac.new(key.encode(), f"{_KIND}\n".encode() + manifest, hashlib.sha256).hexdigest()


def _read(said: Mapping[str, Any]) -> Entry:
    record, size = BuildRecord.from_dict(said["record"]), said["size"]
    if not (_WHEEL.fullmatch(record.wheel) and _SHA256.fullmatch(record.wheel_sha256)):
        raise ValueError("no wheel")
    if type(size) is not int or not 0 < size <= LARGEST:
        raise ValueError("no size")
    return Entry(Sought(**said["sought"]), record, size, str(said["built_by"]), str(said["built_at"]))
