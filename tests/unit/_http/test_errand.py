from __future__ import annotations

import httpx
import pytest

from driverenv._http.errand import Errand, send
from driverenv._http.exchange import Body, Timeouts, TransportFailure
from driverenv._http.terms import Terms


def errand(url: str = "https://pypi.lab/x?token=s3cret", **more: object) -> Errand:
    values = {
        "index": "lab",
        "url": url,
        "origin": ("https", "pypi.lab", 443),
        "public": False,
        "headers": {"Accept": "*/*"},
        "account": ("me", "s3cret"),
        "terms": Terms(),
        "times": Timeouts(),
    }
    return Errand(**(values | more))  # type: ignore[arg-type]


class Pool:
    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        trace = request.extensions.get("trace")
        if trace is not None:
            headers = [(b"Proxy-Authenticate", b"NTLM"), (b"proxy-authenticate", b"Basic"), (b"Via", b"x")]
            trace("http11.receive_response_headers.started", {})
            trace("http11.receive_response_headers.complete", {"return_value": (b"1.1", 407, b"No", headers)})
        return httpx.Response(204)


def test_what_is_shown_has_no_secret() -> None:
    assert "s3cret" not in errand().shown
    assert "s3cret" not in repr(errand(url="https://pypi.lab/x"))


def test_it_is_sent_as_who_we_are() -> None:
    pool = Pool()
    assert send(pool, errand(), []).status_code == 204  # type: ignore[arg-type]
    assert send(pool, errand(account=None, method="POST"), []).status_code == 204  # type: ignore[arg-type]
    first, second = pool.asked
    assert (first.method, first.headers["authorization"]) == ("GET", "Basic bWU6czNjcmV0")
    assert (second.method, "authorization" in second.headers) == ("POST", False)


def test_what_a_proxy_offers_is_heard() -> None:
    pool, offered = Pool(), list[str]()
    send(pool, errand(terms=Terms(proxy="http://p:1")), offered)  # type: ignore[arg-type]
    assert offered == ["NTLM", "Basic"]
    send(pool, errand(), offered)  # type: ignore[arg-type]
    assert offered == ["NTLM", "Basic"]


def test_a_host_that_can_be_read_in_two_ways_is_not_asked() -> None:
    pool = Pool()
    with pytest.raises(TransportFailure, match="read in two ways"):
        send(pool, errand(url="https://other.lab/x"), [])  # type: ignore[arg-type]
    assert pool.asked == []


def test_with_a_body_it_is_a_post_and_has_time() -> None:
    pool, sending = Pool(), errand().with_body(Body("text/plain", 2, lambda: iter([b"a", b"b"])))
    assert sending.times.first_byte > 100 * errand().times.first_byte
    send(pool, sending, [])  # type: ignore[arg-type]
    assert (pool.asked[0].method, pool.asked[0].read()) == ("POST", b"ab")


def test_an_address_that_the_library_would_garble_is_not_asked_through_a_proxy() -> None:
    pool, origin = Pool(), ("https", "fd00::5", 443)
    to_address = errand(url="https://[fd00::5]/x", origin=origin, terms=Terms(proxy="http://p:1"))
    with pytest.raises(TransportFailure, match="name its host"):
        send(pool, to_address, [])  # type: ignore[arg-type]
    assert pool.asked == []
    send(pool, errand(url="https://[fd00::5]/x", origin=origin), [])  # type: ignore[arg-type]
