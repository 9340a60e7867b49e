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
        ("https://mirror.org/x", "http://me:secret@p:1", "by variable HTTPS_PROXY"),
        ("http://mirror.org/x", "http://q:2", "as all_proxy"),
        ("https://a.near.org/x", "", ""),
        ("https://10.1.2.3/x", "", ""),
        ("https://localhost/x", "", ""),
        ("https://[::1]/x", "", ""),
    ],
)
def test_the_policys_proxies_are_for_public(url: str, proxy: str, source: str) -> None:
    sources = {"https_proxy": "variable HTTPS_PROXY"}
    terms = terms_of(PUBLIC, url, PROXIES, public=True, sources=sources)
    assert (terms.proxy, terms.proxy_source) == (proxy, source)
    assert terms_of(LAB, url, PROXIES, public=False, sources=sources) == Terms()
    through_the_sites = LAB.replace(proxy="site")
    assert terms_of(through_the_sites, url, PROXIES, public=False, sources=sources) == terms


@pytest.mark.parametrize("public", [False, True])
def test_an_indexs_own_proxy_goes_before(public: bool) -> None:
    index = LAB.replace(proxy="http://me:secret@own:3")
    terms = terms_of(index, "http://pypi.lab:8036/x", PROXIES, public=public)
    assert terms.proxy == "http://me:secret@own:3"
    assert terms.told_proxy == "http://own:3 (set as `proxy` of the index lab)"
    assert "secret" not in repr(terms)
    assert terms.proxy_has_password
    assert not Terms(proxy="http://own:3/@").proxy_has_password
    assert Terms().told_proxy == ""


def test_any_certificate_of_this_host_is_not_any_certificate() -> None:
    index = Index("https://pypi.lab", verify=False, ca_file="/ca.pem", file_hosts=["files.lab"])
    assert not terms_of(index, "https://pypi.lab/x", {}, public=False).verify
    elsewhere = terms_of(index, "https://files.lab/x", {}, public=False)
    assert (elsewhere.verify, elsewhere.ca_file) == (True, "/ca.pem")


def test_our_certificate_is_shown_to_the_index_itself() -> None:
    index = Index(
        "https://pypi.lab",
        client_cert="/me.pem",
        client_key="/me.key",
        client_key_password="s",
        file_hosts=["x.lab"],
    )
    terms = terms_of(index, "https://pypi.lab/x", {}, public=False)
    assert (terms.client_cert, terms.client_key, terms.client_key_password) == ("/me.pem", "/me.key", "s")
    for elsewhere in ("https://x.lab/x", "https://pypi.lab:8443/x"):
        assert terms_of(index, elsewhere, {}, public=False) == Terms()
    assert "'s'" not in repr(terms)


def test_where_a_proxy_was_set_divides_nobody() -> None:
    assert Terms(proxy="http://p", proxy_source="a") == Terms(proxy="http://p", proxy_source="b")
    several = {Terms(), Terms(verify=False), Terms(ca_file="/x"), Terms(proxy="http://p")}
    assert len(several | {Terms(client_cert="/x"), Terms(client_key_password="x")}) == 6
