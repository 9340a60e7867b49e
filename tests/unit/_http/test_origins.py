from __future__ import annotations

import pytest

from driverenv._http.origins import is_excepted, is_loopback, origin_of, redacted, refusal
from driverenv.model.site import PUBLIC_PYPI, Index

LAB = "http://pypi.lab:8036"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://Host/x", ("http", "host", 80)),
        ("https://u:p@host:8443/", ("https", "host", 8443)),
        ("http://[::1]:80/", ("http", "::1", 80)),
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


def test_redacted() -> None:
    assert redacted("https://me:p@ss@h:1/x?a=b@c") == "https://h:1/x?a=b@c"
    assert redacted("/folder/a@b") == "/folder/a@b"


@pytest.mark.parametrize(
    ("location", "url", "public", "allowed"),
    [
        (LAB, LAB + "/simple/x/", False, True),
        (LAB, "https://pypi.lab/simple/x/", False, True),
        ("https://pypi.lab", "http://pypi.lab/", False, False),
        ("https://pypi.lab", "https://pypi.lab:8443/", False, False),
        (LAB, "http://pypi.lab/", False, False),
        (LAB, "http://other:8036/", False, False),
        (LAB, PUBLIC_PYPI, False, False),
        (LAB, "http://pypi.lab:8036@evil/", False, False),
        (PUBLIC_PYPI, PUBLIC_PYPI + "x/", True, True),
        (PUBLIC_PYPI, "https://files.pythonhosted.org/packages/x", True, True),
        (PUBLIC_PYPI, "http://files.pythonhosted.org/packages/x", True, False),
        (PUBLIC_PYPI, "https://example.org/x", True, False),
        ("https://mirror.org/simple", "https://cdn.example.org/x", True, True),
        ("https://mirror.org/simple", "http://mirror.org/x", True, False),
        ("http://mirror.org/simple", "http://mirror.org/simple/x/", True, False),
        ("https://mirror.org/simple", "http://127.0.0.1/x", True, False),
        ("http://127.0.0.1:1/simple", "http://127.0.0.1:1/x", True, True),
        ("http://127.0.0.1:1/simple", "http://127.0.0.1:2/x", True, True),
        ("http://127.0.0.1:1/simple", "http://mirror.org/x", True, False),
        (LAB, "ftp://pypi.lab/x", False, False),
    ],
)
def test_refusal(location: str, url: str, public: bool, allowed: bool) -> None:
    assert (refusal(Index(location), url, public=public) == "") is allowed


@pytest.mark.parametrize(
    ("host", "no_proxy", "excepted"),
    [
        ("a.corp.net", "corp.net", True),
        ("a.corp.net", ".corp.net", True),
        ("a.corp.net", "*.corp.net", True),
        ("notcorp.net", "corp.net", False),
        ("corp.net", "corp.net:443", True),
        ("corp.net", "corp.net:80", False),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("11.1.2.3", "10.0.0.0/8, x", False),
        ("fd00::1", "fd00::/8", True),
        ("anything", "*", True),
        ("anything", " , ", False),
    ],
)
def test_no_proxy(host: str, no_proxy: str, excepted: bool) -> None:
    assert is_excepted(host, 443, no_proxy) is excepted
