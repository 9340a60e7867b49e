"""The only door to the HTTP library: bounded, patient to a limit, and closed to every origin but the policy's.

RFC 9110 over HTTP/1.1. Redirects are never followed here, credentials go to an index's own origin
only, and no exception of the HTTP library gets out: whatever goes wrong is a `TransportFailure`.
The library is imported with the first request, so that a site with folder indexes never pays for it.
"""

from __future__ import annotations

from driverenv._http.accounts import Credentials
from driverenv._http.exchange import (
    PAGE_LIMIT,
    Body,
    ByteRange,
    OnRequest,
    Response,
    Sending,
    Stream,
    Timeouts,
    Transport,
    TransportFailure,
    trouble_of,
)
from driverenv._http.origins import (
    Origin,
    is_known,
    is_loopback,
    origin_of,
    redacted,
    refusal,
    without_credentials,
)
from driverenv._http.patience import instant
from driverenv._http.sharing import Sharing
from driverenv._http.status import said, wish
from driverenv._http.transport import HttpTransport, open_transport

__all__ = [
    "PAGE_LIMIT",
    "Body",
    "ByteRange",
    "Credentials",
    "HttpTransport",
    "OnRequest",
    "Origin",
    "Response",
    "Sending",
    "Sharing",
    "Stream",
    "Timeouts",
    "Transport",
    "TransportFailure",
    "instant",
    "is_known",
    "is_loopback",
    "open_transport",
    "origin_of",
    "redacted",
    "refusal",
    "said",
    "trouble_of",
    "wish",
    "without_credentials",
]
