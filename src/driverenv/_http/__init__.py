"""The only door to the HTTP library: bounded, patient to a limit, and closed to every origin but the policy's.

RFC 9110 over HTTP/1.1. Redirects are never followed here, credentials go to an index's own origin
only, and no exception of the HTTP library gets out: whatever goes wrong is a `TransportFailure`.
The library is imported with the first request, so that a site with folder indexes never pays for it.
"""

from __future__ import annotations

from driverenv._http.accounts import Credentials
from driverenv._http.exchange import (
    PAGE_LIMIT,
    ByteRange,
    OnRequest,
    Response,
    Stream,
    Timeouts,
    Transport,
    TransportFailure,
    trouble_of,
)
from driverenv._http.origins import (
    Origin,
    is_loopback,
    origin_of,
    redacted,
    refusal,
    without_credentials,
)
from driverenv._http.transport import HttpTransport, open_transport

__all__ = [
    "PAGE_LIMIT",
    "ByteRange",
    "Credentials",
    "HttpTransport",
    "OnRequest",
    "Origin",
    "Response",
    "Stream",
    "Timeouts",
    "Transport",
    "TransportFailure",
    "is_loopback",
    "open_transport",
    "origin_of",
    "redacted",
    "refusal",
    "trouble_of",
    "without_credentials",
]
