from __future__ import annotations

import pytest

from driverenv._http.no_proxy import is_excepted, strange


@pytest.mark.parametrize(
    ("host", "no_proxy", "excepted"),
    [
        ("a.corp.net", "corp.net", True),
        ("a.corp.net", ".corp.net", True),
        ("a.corp.net", "*.corp.net", True),
        ("A.Corp.Net.", "CORP.net", True),
        ("a.corp.net", "corp.net.", True),
        ("notcorp.net", "corp.net", False),
        ("corp.net", "a.corp.net", False),
        ("corp.net", "corp.net:443", True),
        ("corp.net", "corp.net:80", False),
        ("corp.net", "other:443 corp.net", True),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "10.1.2.3:443", True),
        ("10.1.2.3", "10.0.0.0/8:80", False),
        ("11.1.2.3", "10.0.0.0/8, x", False),
        ("::ffff:10.1.2.3", "10.0.0.0/8", True),
        ("fd00::1", "fd00::/8", True),
        ("fd00::1", "[fd00::]/8", True),
        ("fd00::1", "FD00:0:0::1", True),
        ("fd00::1", "[fd00::1]:443", True),
        ("fd00::1", "[fd00::1]:80", False),
        ("fe80::1%eth0", "fe80::/10", True),
        ("ten.net", "10.0.0.0/8", False),
        ("anything", "*", True),
        ("anything", "*:443", True),
        ("anything", "*:80", False),
        ("anything", " , ", False),
    ],
)
def test_no_proxy(host: str, no_proxy: str, excepted: bool) -> None:
    assert is_excepted(host, 443, no_proxy) is excepted


def test_what_names_nobody() -> None:
    said = "http://pypi.lab, pypi.lab, *, 10.0.0.0/99 fd00::/8 pypi.lab:99999, lab:x, .corp.net, [fd00::1"
    assert strange(said) == ("http://pypi.lab", "10.0.0.0/99", "pypi.lab:99999", "lab:x", "[fd00::1")
    assert not is_excepted("pypi.lab", 443, "http://pypi.lab, pypi.lab:99999, pypi.lab:0")
