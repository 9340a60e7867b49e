from __future__ import annotations

import pytest

from driverenv._http.terms import Terms, terms_of
from driverenv.model.site import Index

PUBLIC = Index("https://mirror.org/simple")
LAB = Index("http://pypi.lab:8036", name="lab")
PROXIES = {"https_proxy": "me:secret@p:1", "all_proxy": "http://q:2", "no_proxy": "near.org, 10.0.0.0/8"}


@pytest.mark.parametrize(
    ("url", "proxy", "source"),
    [
        ("https://mirror.org/x", "http://me:secret@p:1", "https_proxy"),
        ("http://mirror.org/x", "http://q:2", "all_proxy"),
        ("https://a.near.org/x", "", ""),
        ("https://10.1.2.3/x", "", ""),
        ("https://localhost/x", "", ""),
        ("https://[::1]/x", "", ""),
    ],
)
def test_the_policys_proxies_are_for_public(url: str, proxy: str, source: str) -> None:
    terms = terms_of(PUBLIC, url, PROXIES, public=True)
    assert (terms.proxy, terms.proxy_source) == (proxy, source)
    assert terms_of(LAB, url, PROXIES, public=False) == Terms()


@pytest.mark.parametrize("public", [False, True])
def test_an_indexs_own_proxy_goes_before(public: bool) -> None:
    index = LAB.replace(proxy="http://me:secret@own:3")
    terms = terms_of(index, "http://pypi.lab:8036/x", PROXIES, public=public)
    assert terms.proxy == "http://me:secret@own:3"
    assert terms.told_proxy == "http://own:3 (set as `proxy` of the index lab)"
    assert "secret" not in repr(terms)
    assert Terms().told_proxy == ""


def test_any_certificate_of_this_host_is_not_any_certificate() -> None:
    index = Index("https://pypi.lab", verify=False, ca_file="/ca.pem", file_hosts=["files.lab"])
    assert not terms_of(index, "https://pypi.lab/x", {}, public=False).verify
    elsewhere = terms_of(index, "https://files.lab/x", {}, public=False)
    assert (elsewhere.verify, elsewhere.ca_file) == (True, "/ca.pem")


def test_where_a_proxy_was_set_divides_nobody() -> None:
    assert Terms(proxy="http://p", proxy_source="a") == Terms(proxy="http://p", proxy_source="b")
    assert len({Terms(), Terms(verify=False), Terms(ca_file="/x"), Terms(proxy="http://p")}) == 4
