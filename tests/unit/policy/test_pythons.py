from __future__ import annotations

import pytest

from driverenv.policy.pythons import looked_up, meant

TABLE = {"2": "/opt/python2.7", "3": "3.9", "3.12": "/opt/python3.12"}


@pytest.mark.parametrize(
    ("version", "found"),
    [
        ("2", "/opt/python2.7"),
        ("2.7", "/opt/python2.7"),
        ("3", "3.9"),
        ("3.8", "3.8"),
        ("undeclared", "undeclared"),
        ("3.12", "/opt/python3.12"),
        ("3.12.1", "/opt/python3.12"),
        ("4", "4"),
        ("", ""),
        ("/usr/bin/python3", "/usr/bin/python3"),
    ],
)
def test_the_table(version: str, found: str) -> None:
    assert looked_up(version, TABLE) == found
    assert looked_up(version, {}) == version


def test_without_metadata_the_default_counts() -> None:
    assert meant(None, TABLE, "3") == ("3.9", "", "")
    assert meant(None, {}, "") == ("", "", "")


def test_what_is_declared() -> None:
    found = meant("3", TABLE, "2")
    assert found.wanted == "3.9"
    assert found.because == 'its drivermetadata.xml says PythonVersion="3", and for 3 the site names 3.9'
    assert meant("3.9", {}, "").because == 'its drivermetadata.xml says PythonVersion="3.9"'


def test_nothing_declared_means_python_2() -> None:
    found = meant("", {}, "3.12")
    assert (found.wanted, found.because) == (
        "2",
        "its drivermetadata.xml names no PythonVersion, which means Python 2",
    )
    assert 'set undeclared = "3" under [pythons]' in found.remedy


def test_a_site_may_say_what_nothing_declared_means() -> None:
    found = meant("", {**TABLE, "undeclared": "3"}, "")
    assert found.wanted == "3.9"
    assert "for such drivers the site says 3, and for 3 the site names 3.9" in found.because
