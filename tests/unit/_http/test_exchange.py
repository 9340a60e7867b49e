from __future__ import annotations

from driverenv._http import HttpTransport, Timeouts, Transport, TransportFailure, trouble_of
from driverenv.model.site import Policy


def test_a_failure_reads_as_the_end_of_a_sentence() -> None:
    failure = TransportFailure("down", "the connection was refused")
    assert str(failure) == "the connection was refused"
    assert (failure.again, failure.partial) == (True, None)


def test_the_real_transport_is_a_transport() -> None:
    transport: Transport = HttpTransport(Policy(), Timeouts(), {}, None, None)
    assert transport is not None


def test_trouble() -> None:
    assert TransportFailure("forbidden", "x").trouble == "redirect"
    assert TransportFailure("dns", "x").trouble == "dns"
    assert [trouble_of(status) for status in (401, 403, 404, 407, 500, 511)] == [
        "auth",
        "auth",
        "error",
        "proxy-auth",
        "error",
        "proxy-auth",
    ]
