from __future__ import annotations

import ssl

import pytest

from driverenv._http.terms import Terms
from driverenv._http.tls import HEAD, case_of, told

OURS = Terms(client_cert="/me.pem")


def unverified(code: int, message: str = "why") -> ssl.SSLError:
    error = ssl.SSLCertVerificationError(1, f"certificate verify failed: {message}")
    error.verify_code, error.verify_message = code, message
    return error


@pytest.mark.parametrize(
    ("code", "case", "text"),
    [
        (10, "expired", "its certificate has expired, or one of its authority's has"),
        (9, "early", "its certificate is not valid yet, by the clock of this machine"),
        (62, "host", "its certificate is for another host"),
        (64, "host", "its certificate is for another host"),
        (20, "authority", "its certificate is of an authority (CA) that is not in this system's trust store"),
        (18, "authority", "its certificate is of an authority (CA) that is not in this system's trust store"),
        (
            0x800B0109,
            "authority",
            "its certificate is of an authority (CA) that is not in this system's trust store",
        ),
        (-67818, "expired", "its certificate has expired, or one of its authority's has"),
        (23, "", ""),
    ],
)
def test_certificates_that_are_not_believed(code: int, case: str, text: str) -> None:
    error = unverified(code)
    assert case_of(error, Terms()) == case
    assert told(error, Terms()) == (f"{HEAD}: {text} (why)" if text else f"{HEAD} (why)")


def test_which_trust_it_was() -> None:
    assert "is not in the file /ca.pem (why)" in told(unverified(20), Terms(ca_file="/ca.pem"))


@pytest.mark.parametrize(
    ("message", "case"),
    [
        ("[SSL: TLSV1_ALERT_PROTOCOL_VERSION] tlsv1 alert protocol version (_ssl.c:1006)", "protocol"),
        ("[SSL: UNSUPPORTED_PROTOCOL] unsupported protocol (_ssl.c:1006)", "protocol"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)", "plain"),
        ("[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required", "client"),
        ("[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] sslv3 alert handshake failure", "handshake"),
        ("[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca", "client"),
        ("[SSL: SSLV3_ALERT_BAD_CERTIFICATE] sslv3 alert bad certificate", "client"),
        ("[SSL: SSLV3_ALERT_CERTIFICATE_EXPIRED] sslv3 alert certificate expired", "client"),
        ("[SSL] PEM lib", ""),
    ],
)
def test_handshakes_that_break_off(message: str, case: str) -> None:
    error = ssl.SSLError(1, message)
    assert case_of(error, Terms()) == case
    assert "_ssl.c" not in told(error, Terms())


def test_who_hangs_up_did_not_like_our_certificate() -> None:
    error = ssl.SSLEOFError(8, "EOF occurred in violation of protocol (_ssl.c:2427)")
    assert case_of(error, Terms()) == "handshake"
    assert case_of(error, OURS) == "client"
    assert (
        told(error, OURS)
        == f"{HEAD}: it did not accept our certificate, /me.pem (EOF occurred in violation of protocol)"
    )
