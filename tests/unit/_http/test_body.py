from __future__ import annotations

import gzip

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driverenv._http.body import decoded, is_complete
from driverenv._http.exchange import Response, TransportFailure


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=5000), st.integers(1, 500))
def test_gzip_in_any_pieces(data: bytes, size: int) -> None:
    packed = gzip.compress(data)
    pieces = iter([packed[at : at + size] for at in range(0, len(packed), size)])
    assert b"".join(decoded(pieces, "GZIP")) == data


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.binary(max_size=500), min_size=1, max_size=4), st.integers(1, 100))
def test_gzip_in_several_members_is_read_to_its_end(parts: list[bytes], size: int) -> None:
    """RFC 1952 section 2.2: half a page would look like a whole one."""
    packed = b"".join(map(gzip.compress, parts))
    pieces = iter([packed[at : at + size] for at in range(0, len(packed), size)])
    assert b"".join(decoded(pieces, "gzip")) == b"".join(parts)


@pytest.mark.parametrize("more", [b"\x00", b"<a href='six-2.0.zip'>", gzip.compress(b"x", mtime=0)[:-1]])
def test_what_follows_gzip_and_is_none_fails(more: bytes) -> None:
    with pytest.raises(TransportFailure):
        list(decoded(iter([gzip.compress(b"page"), more]), "gzip"))


def test_pieces_are_bounded() -> None:
    packed = gzip.compress(bytes(1 << 24))
    assert max(map(len, decoded(iter([packed]), "gzip"))) <= 64 * 1024


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200))
def test_no_gzip_fails_as_such(data: bytes) -> None:
    with pytest.raises(TransportFailure):
        list(decoded(iter([b"\x00" + data]), "gzip"))


@pytest.mark.parametrize(
    ("headers", "body", "complete"),
    [
        ({"content-length": "1"}, b"x", True),
        ({"transfer-encoding": "chunked"}, b"x", True),
        ({"content-type": "text/html"}, b"<a></HTML>\n", True),
        ({"content-type": "text/html"}, b"<a>", False),
        ({"content-type": "application/vnd.pypi.simple.v1+json"}, b"{}\n", True),
        ({"content-type": "application/vnd.pypi.simple.v1+json"}, b'{"files": [', False),
        ({"content-type": "application/octet-stream"}, b"x", True),
    ],
)
def test_completeness(headers: dict[str, str], body: bytes, complete: bool) -> None:
    assert is_complete(Response(200, headers, body, "http://x/")) is complete
