from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from cryptography import x509 as other
from hypothesis import given
from hypothesis import strategies as st

from driverenv._http import x509

AUTHORITY = trustme.CA(organization_name="Lab", organization_unit_name="Lab CA")
BEGINS = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def der(*hosts: str, ends: datetime = BEGINS + timedelta(days=90), name: str | None = None) -> bytes:
    leaf = AUTHORITY.issue_cert(
        *hosts, not_before=BEGINS, not_after=ends, common_name=name, organization_name="Mill"
    )
    return ssl.PEM_cert_to_DER_cert(leaf.cert_chain_pems[0].bytes().decode())


def test_what_it_says() -> None:
    found = x509.read(der("pypi.lab", "*.lab", "10.0.0.5", "fd00::1", name="pypi"))
    assert found == x509.Certificate(
        subject="pypi (Mill)",
        issuer="Lab CA (Lab)",
        hosts=("pypi.lab", "*.lab", "10.0.0.5", "fd00::1"),
        begins=BEGINS.timestamp(),
        ends=(BEGINS + timedelta(days=90)).timestamp(),
        is_own=False,
    )


def test_an_authority_stands_for_itself() -> None:
    found = x509.read(ssl.PEM_cert_to_DER_cert(AUTHORITY.cert_pem.bytes().decode()))
    assert found.is_own
    assert found.issuer == found.subject == "Lab CA (Lab)"
    assert found.hosts == ()


def test_another_reader_says_the_same() -> None:
    """Times after 2049 are written otherwise."""
    for ends in (datetime(2049, 12, 31, tzinfo=UTC), datetime(2051, 1, 1, tzinfo=UTC)):
        raw = der("pypi.lab", ends=ends)
        known = other.load_der_x509_certificate(raw)
        found = x509.read(raw)
        assert (found.begins, found.ends) == (
            known.not_valid_before_utc.timestamp(),
            known.not_valid_after_utc.timestamp(),
        )


WHOLE = der("pypi.lab")


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_whatever_stands_there_it_is_a_certificate_or_it_is_none(at: int, byte: int) -> None:
    broken = WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 :]
    for data in (broken, WHOLE[:at], broken[at:]):
        try:
            found = x509.read(data)
        except ValueError:
            continue
        assert isinstance(found.subject, str)


@pytest.mark.parametrize(
    "data", [b"", b"\x30", b"\x30\x80", b"\x30\x85\x01\x01\x01\x01\x01", b"\x30\x03abc", b"x" * 100]
)
def test_what_is_none(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        x509.read(data)
