"""What a certificate says of itself (X.509 in DER, RFC 5280): enough to tell a person whose it is, and until when.

Nothing is verified here: that is for TLS. Whoever is on the other side wrote it, so every length is checked.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

_SEQUENCE, _INTEGER, _EXTENSIONS = 0x30, 0x02, 0xA3
_COMMON_NAME, _UNIT, _ORGANIZATION = b"\x55\x04\x03", b"\x55\x04\x0b", b"\x55\x04\x0a"
_ALTERNATIVE_NAMES = b"\x55\x1d\x11"
_DNS, _ADDRESS = 0x82, 0x87
_ENCODINGS = {0x0C: "utf-8", 0x1E: "utf-16-be"}
_TIMES = {0x17: "%y%m%d%H%M%SZ", 0x18: "%Y%m%d%H%M%SZ"}
_LONG = 0x80


class Certificate(NamedTuple):
    """Whose it is, who issued it, for which hosts, and when it is valid (seconds since the epoch)."""

    subject: str
    issuer: str
    hosts: tuple[str, ...]
    begins: float
    ends: float
    is_own: bool
    """Whether it was issued by itself: no authority stands behind it."""


def read(der: bytes) -> Certificate:
    """The certificate. Raises `ValueError`: it is none."""
    try:
        (_, whole), *_ = _elements(der)
        (_, signed), *_ = _elements(whole)
        fields = list(_elements(signed))
        if fields[0][0] != _INTEGER:  # the version, which the oldest leave out
            del fields[0]
        _, _, (_, issuer), (_, validity), (_, subject), *rest = fields
        begins, ends = (_instant(tag, text) for tag, text in _elements(validity))
        hosts = tuple(host for tag, content in rest if tag == _EXTENSIONS for host in _hosts(content))
        return Certificate(_name(subject), _name(issuer), hosts, begins, ends, subject == issuer)
    except (IndexError, UnicodeError) as error:
        raise ValueError("it is no certificate") from error


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tags and contents, one after the other. Raises `ValueError`, `IndexError`."""
    at = 0
    while at < len(data):
        tag, size, start = data[at], data[at + 1], at + 2
        if size >= _LONG:
            count = size - _LONG
            if not 0 < count <= 4:  # noqa: PLR2004 (bytes of a length: 4 GiB are enough)
                raise ValueError("it has a length that is none")
            size, start = int.from_bytes(data[start : start + count], "big"), start + count
        if start + size > len(data):
            raise ValueError("it breaks off")
        yield tag, data[start : start + size]
        at = start + size


def _name(content: bytes) -> str:
    """The common name (or the unit) and the organization of a distinguished name, as far as it has them."""
    found: dict[bytes, str] = {}
    for _, group in _elements(content):
        for _, pair in _elements(group):
            (_, kind), (tag, text), *_ = _elements(pair)
            found.setdefault(kind, text.decode(_ENCODINGS.get(tag, "latin-1"), "replace"))
    name, organization = found.get(_COMMON_NAME) or found.get(_UNIT, ""), found.get(_ORGANIZATION, "")
    if name and organization and name != organization:
        return f"{name} ({organization})"
    return name or organization


def _hosts(content: bytes) -> Iterator[str]:
    """The hosts among the alternative names of the subject."""
    for _, extensions in _elements(content):
        for _, extension in _elements(extensions):
            (_, kind), *rest = _elements(extension)
            if kind != _ALTERNATIVE_NAMES:
                continue
            for _, names in _elements(rest[-1][1]):
                for tag, name in _elements(names):
                    if tag == _DNS:
                        yield name.decode("ascii", "replace")
                    elif tag == _ADDRESS:
                        yield str(ipaddress.ip_address(name))


def _instant(tag: int, text: bytes) -> float:
    if tag not in _TIMES:
        raise ValueError("it has a time that is none")
    return datetime.strptime(text.decode("ascii"), _TIMES[tag]).replace(tzinfo=UTC).timestamp()
