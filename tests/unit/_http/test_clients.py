from __future__ import annotations

import pytest

from driverenv._http.clients import Clients
from driverenv._http.deadline import Due
from driverenv._http.exchange import TransportFailure
from driverenv._http.lookup import Lookup
from driverenv._http.terms import Terms


def clients() -> Clients:
    return Clients(Due(lambda: 0.0), Lookup())


def test_one_for_each_set_of_terms() -> None:
    opened = clients()
    assert len(opened) == 0
    one = opened.on(Terms())
    assert opened.on(Terms()) is one
    assert opened.on(Terms(verify=False)) is not one
    assert opened.on(Terms(proxy="http://p:1")) is not one
    assert len(opened) == 3
    opened.close()
    assert len(opened) == 0
    assert opened.on(Terms()) is not one
    opened.close()


@pytest.mark.parametrize("proxy", ["http://p:1", "https://me:secret@p:1"])
def test_proxies(proxy: str) -> None:
    opened = clients()
    opened.on(Terms(proxy=proxy))
    opened.close()


@pytest.mark.parametrize(
    "proxy", ["socks5://me:secret@p:1", "ftp://me:secret@p", "http://", "http://me:secret@p:99999"]
)
def test_what_is_no_proxy(proxy: str) -> None:
    with pytest.raises(TransportFailure, match="a proxy is an http:// or https:// URL") as caught:
        clients().on(Terms(proxy=proxy, proxy_source="as https_proxy"))
    assert (caught.value.kind, caught.value.again) == ("down", False)
    assert "secret" not in str(caught.value)
    assert "(set as https_proxy)" in str(caught.value)
