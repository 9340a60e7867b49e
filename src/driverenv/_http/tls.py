"""What a failure of TLS means (RFC 8446, RFC 5280), told apart where the remedies differ."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

    from driverenv._http.terms import Terms

HEAD = "no trusted TLS connection could be made"
_BY_CODE = {
    "expired": (10, 0x800B0101, -67818),
    "early": (9, -67819),
    "host": (62, 64, 0x800B010F, -67602),
    "authority": (2, 18, 19, 20, 21, 0x800B0109, 0x800B010A, -67843, -25318),
}
"""Codes of OpenSSL (X509_V_ERR_*), Windows (CERT_E_*) and macOS (errSec*)."""
_BY_REASON = (
    ("protocol", r"PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE|WRONG_SSL_VERSION"),
    (
        "plain",
        r"WRONG_VERSION_NUMBER|HTTP_REQUEST|UNKNOWN_PROTOCOL|RECORD_LAYER_FAILURE|PACKET_LENGTH_TOO_LONG",
    ),
    (
        "client",
        r"CERTIFICATE_REQUIRED|ALERT_(?:NO_CERTIFICATE|\w+_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA)",
    ),
)


def case_of(error: ssl.SSLError, terms: Terms) -> str:
    """Which case it is; "" for what is none of those that `told` knows.

    Some just hang up: where we have shown a certificate, that is what they do not like.
    """
    code = getattr(error, "verify_code", None)
    case = next((name for name, codes in _BY_CODE.items() if code in codes), "")
    if case or code is not None:
        return case
    reason = (getattr(error, "reason", None) or str(error)).upper().replace(" ", "_")
    case = next((name for name, pattern in _BY_REASON if re.search(pattern, reason)), "")
    if not case and ("HANDSHAKE_FAILURE" in reason or "EOF" in reason):
        return "client" if terms.client_cert else "handshake"
    return case


def told(error: ssl.SSLError, terms: Terms) -> str:
    """What happened, as a sentence's end."""
    said = getattr(error, "verify_message", "") or re.sub(r" ?\(_ssl\.c:\d+\)$", "", str(error))
    trusted = f"the file {terms.ca_file}" if terms.ca_file else "this system's trust store"
    shown = (
        f"did not accept our certificate, {terms.client_cert}"
        if terms.client_cert
        else "wants a certificate of ours"
    )
    text = {
        "authority": f"its certificate is of an authority (CA) that is not in {trusted}",
        "expired": "its certificate has expired, or one of its authority's has",
        "early": "its certificate is not valid yet, by the clock of this machine",
        "host": "its certificate is for another host",
        "protocol": "it speaks no version of TLS that is still safe (1.2 or newer)",
        "plain": "what listens there does not speak TLS",
        "client": f"it {shown}",
        "handshake": "it broke the handshake off",
        "": "",
    }[case_of(error, terms)]
    return f"{HEAD}: {text} ({said})" if text else f"{HEAD} ({said})"
