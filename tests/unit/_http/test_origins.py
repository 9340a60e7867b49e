from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from driverenv._http.origins import (
    forbidden,
    is_known,
    is_loopback,
    origin_of,
    redacted,
    refusal,
    without_credentials,
)
from driverenv.model.fleet import Fleet
from driverenv.model.site import PUBLIC_PYPI, Index, Policy

LAB = "http://pypi.lab:8036"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://Host/x", ("http", "host", 80)),
        ("https://u:p@host:8443/", ("https", "host", 8443)),
        ("http://[::1]:80/", ("http", "::1", 80)),
        ("http://host:0/", ("http", "host", 0)),
    ],
)
def test_origin(url: str, expected: tuple[str, str, int]) -> None:
    assert origin_of(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/x",
        "ftp://h/",
        "file:///x",
        "http://",
        "http://a\\@b/",
        "http://a\n/",
        "http://a b/",
        "http://h:99999/",
    ],
)
def test_no_origin(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        origin_of(url)


def test_loopback() -> None:
    assert all(map(is_loopback, ["127.0.0.1", "127.9.9.9", "::1", "localhost"]))
    assert not any(map(is_loopback, ["10.0.0.1", "localhost.evil", "127.0.0.1.evil", ""]))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:p@ss@h:1/x", "https://h:1/x"),
        ("https://h:1/x?a=b@c", "https://h:1/x?***"),
        ("https://h/x#sha256=1", "https://h/x#sha256=1"),
        ("https://TOKEN@h/x/a@b", "https://h/x/a@b"),
        ("https://h/x/a@b", "https://h/x/a@b"),
        ("https://[::1]:8/x/a@b", "https://[::1]:8/x/a@b"),
        ("https://me:se/cret@h/x", "https://h/x"),
        ("//me:secret@h/x", "//h/x"),
        ("HTTPS://me:secret@h", "HTTPS://h"),
        ("/folder/a@b", "/folder/a@b"),
        ("", ""),
    ],
)
def test_redacted(url: str, shown: str) -> None:
    assert redacted(url) == shown


@settings(deadline=None)
@given(
    st.text("abc:@./?#%[]", min_size=1, max_size=12), st.sampled_from(["http://", "https://", "//", "a+b://"])
)
def test_a_password_never_stays(password: str, head: str) -> None:
    """Whatever marks it has, as long as what follows the last @ is a host."""
    assume("?" not in password and "#" not in password and "/" not in password)
    assert redacted(f"{head}me:SECRET{password}@host/x/") == f"{head}host/x/"
    assert without_credentials(f"{head}me:SECRET{password}@host/x?y") == f"{head}host/x?y"


@pytest.mark.parametrize(
    ("location", "url", "public", "allowed"),
    [
        (LAB, LAB + "/simple/x/", False, True),
        (LAB, "https://pypi.lab/simple/x/", False, True),
        (LAB, "https://pypi.lab:8036/simple/x/", False, True),
        (LAB, "https://pypi.lab:8443/simple/x/", False, False),
        ("http://pypi.lab", "https://pypi.lab/", False, True),
        ("http://pypi.lab", "https://pypi.lab:80/", False, True),
        ("http://pypi.lab", "https://pypi.lab:81/", False, False),
        ("https://pypi.lab", "http://pypi.lab/", False, False),
        ("https://pypi.lab", "https://pypi.lab:8443/", False, False),
        (LAB, "http://pypi.lab/", False, False),
        (LAB, "http://other:8036/", False, False),
        (LAB, PUBLIC_PYPI, False, False),
        (LAB, "http://pypi.lab:8036@evil/", False, False),
        (LAB, "http://pypi.lab.:8036/", False, False),
        ("http://pypi.lab", "http://pypi.lab:0/", False, False),
        (PUBLIC_PYPI, PUBLIC_PYPI + "x/", True, True),
        (PUBLIC_PYPI, "https://files.pythonhosted.org/packages/x", True, True),
        (PUBLIC_PYPI, "http://files.pythonhosted.org/packages/x", True, False),
        (PUBLIC_PYPI, "https://example.org/x", True, False),
        ("https://mirror.org/simple", "https://cdn.example.org/x", True, False),
        ("https://mirror.org/simple", "https://files.pythonhosted.org/x", True, False),
        ("https://mirror.org/simple", "http://mirror.org/x", True, False),
        ("http://mirror.org/simple", "http://mirror.org/simple/x/", True, False),
        ("https://mirror.org/simple", "http://127.0.0.1/x", True, False),
        ("http://127.0.0.1:1/simple", "http://127.0.0.1:1/x", True, True),
        ("http://127.0.0.1:1/simple", "http://127.0.0.1:2/x", True, False),
        ("http://127.0.0.1:1/simple", "http://mirror.org/x", True, False),
        (LAB, "ftp://pypi.lab/x", False, False),
        ("/folder", "http://pypi.lab/x", False, False),
    ],
)
def test_refusal(location: str, url: str, public: bool, allowed: bool) -> None:
    assert (refusal(Index(location), url, public=public) == "") is allowed


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize(
    ("url", "page", "file"),
    [
        ("https://pages.lab/x", True, False),
        ("https://files.lab:8443/x", False, True),
        ("https://[fd00::1]:8443/x", False, True),
        ("https://files.lab/x", False, False),
        ("https://pages.lab:8443/x", False, False),
        ("https://sub.pages.lab/x", False, False),
        ("http://pages.lab/x", False, False),  # never from https to http
        ("https://pypi.lab/x", True, True),
    ],
)
def test_further_hosts_are_named_by_the_terms(url: str, page: bool, file: bool, public: bool) -> None:
    index = Index(
        "https://pypi.lab", redirect_hosts=["Pages.lab"], file_hosts=["files.lab:8443", "[fd00::1]:8443"]
    )
    assert (refusal(index, url, public=public, what="page") == "") is page
    assert (refusal(index, url, public=public, what="file") == "") is file
    assert (refusal(index, url, public=public) == "") is (page or file)


def test_further_hosts_of_a_plain_index_may_be_plain() -> None:
    index = Index(LAB, file_hosts=["files.lab"])
    assert refusal(index, "http://files.lab/x", public=False) == ""
    assert refusal(index, "https://files.lab/x", public=False) == ""
    assert refusal(index, "http://files.lab/x", public=True) != ""


def test_public_pypi_gives_files_from_its_file_store_and_pages_from_nowhere_else() -> None:
    index = Index(PUBLIC_PYPI)
    url = "https://files.pythonhosted.org/packages/x"
    assert refusal(index, url, public=True, what="file") == ""
    assert refusal(index, url, public=True, what="page") == "it is on neither of public PyPI's two hosts"
    assert refusal(index, url, public=False) != ""


def test_who_is_known() -> None:
    lab, public = (
        Index("http://lab.test:8036", name="lab"),
        Index("https://public.test/simple/", name="public"),
    )
    policy = Policy(local=[lab], public=public, direct_urls=["https://files.test/wheels/"])
    entry = Index("https://files.test/wheels/")
    url = "https://files.test/wheels/a.whl"
    assert is_known(policy, lab, "http://lab.test:8036/x", public=False)
    assert is_known(policy, public, "https://public.test/x", public=True)
    assert is_known(policy, entry, url, public=True)
    assert is_known(policy, entry, "https://FILES.test:443/wheels/a.whl", public=True)
    for index, address, as_public in (
        (entry, url, False),
        (entry, "https://files.test/other/a.whl", True),
        (entry, "https://evil.test/wheels/a.whl", True),
        (entry, "no address", True),
        (entry.replace(verify=False), url, True),
        (entry.replace(username="me"), url, True),
        (Index("https://files.test/"), url, True),
        (lab, url, True),
        (Index("http://other.test"), "http://other.test/x", False),
    ):
        assert not is_known(policy, index, address, public=as_public), (index, address)


def test_public_must_prove_who_it_is() -> None:
    careless = Index("https://mirror.org/simple", verify=False)
    assert "verify" in refusal(careless, "https://mirror.org/simple/x/", public=True)
    assert refusal(careless, "https://mirror.org/simple/x/", public=False) == ""
    trial = Index("https://127.0.0.1:1/simple", verify=False)
    assert refusal(trial, "https://127.0.0.1:1/simple/x/", public=True) == ""


def test_the_fleet_store_is_asked_offline_too_but_as_no_index() -> None:
    store = Index("https://wheels.test/fleet/")
    policy = Policy(mode="offline", fleet=Fleet(store, key="k" * 32))
    url = "https://wheels.test/fleet/a"
    assert forbidden(policy, store, url, public=False) == ""
    assert "offline" in forbidden(policy, store, url, public=True)
    assert "offline" in forbidden(policy.replace(fleet=None), store, url, public=False)
    assert "no index" in forbidden(policy.replace(mode="online", fleet=None), store, url, public=False)
    assert "another host" in forbidden(policy, store, "https://elsewhere.test/a", public=False)
