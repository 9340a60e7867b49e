from __future__ import annotations

import pytest

from driverenv.errors import SettingsInvalid
from driverenv.settings.imported import customer_config, pip_config

WHOLE = """\
<?xml version="1.0" encoding="utf-8"?>
<appSettings>
  <add key="RequirementsRepository" value="http://lab:8036" />
  <add key="RequirementsTrustedHost" value="https://mirror.lab" />
  <add key="RequirementsExtraRepository" value="https://reader:s3cret@mirror.lab/api/pypi/simple" />
  <add key="DefaultPythonVersion" value="Python 3" />
  <add key="DefaultPythonEnvrionmentVariables" value="LOG_PATH=/var/log/lab;QS_CONFIG=C:\\lab\\qs.ini,;" />
  <add key="VirtualEnvironmentLifetimeDurationInMinutes" value="480" />
  <add key="PythonOfflineRepositoryPath" value="C:\\PyPI\\packages" />
  <add key="SomethingElse" value="7" />
</appSettings>
"""


def config(*pairs: tuple[str, str]) -> bytes:
    rows = "".join(f'<add key="{key}" value="{value}"/>' for key, value in pairs)
    return f"<configuration><appSettings>{rows}</appSettings></configuration>".encode()


def test_a_whole_customer_config() -> None:
    found = customer_config(WHOLE.encode(), "customer.config")
    assert found.table == {
        "local": [
            {"location": "http://lab:8036", "name": "PyPI Server"},
            {"location": "C:\\PyPI\\packages", "name": "offline repository"},
        ],
        "extra": [
            {
                "location": "https://mirror.lab/api/pypi/simple",
                "name": "extra repository",
                "username": "reader",
                "password_env": "DRIVERENV_EXTRA_PASSWORD",
                "verify": False,
            }
        ],
        "pythons": {"undeclared": "3"},
        "variables": {"LOG_PATH": "/var/log/lab", "QS_CONFIG": "C:\\lab\\qs.ini"},
        "valid_for_minutes": 480,
    }
    told = "\n".join(found.notes)
    assert "put it into the variable DRIVERENV_EXTRA_PASSWORD" in told
    assert "copy its files into the folder of the PyPI Server" in told
    assert "any certificate of mirror.lab is accepted, as before" in told
    assert "s3cret" not in repr(found)


def test_nothing_that_concerns_us() -> None:
    assert customer_config(config(("Other", "1"), ("RequirementsRepository", "")), "x") == ({}, ())


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("RequirementsRepository", "lab:8036", "no http(s) URL and was left out: lab:8036"),
        ("RequirementsRepository", "http://u:pw@lab:x/", "left out: http://***@lab:x/"),
        ("RequirementsRepository", "http://", "no http(s) URL"),
        ("DefaultPythonVersion", "Jython", "no version"),
        ("DefaultPythonEnvrionmentVariables", "nothing", "a variable without = was left out"),
        ("VirtualEnvironmentLifetimeDurationInMinutes", "-1", "it was left out"),
        ("VirtualEnvironmentLifetimeDurationInMinutes", "inf", "it was left out"),
        ("RequirementsTrustedHost", "elsewhere", "is no index of this file"),
    ],
)
def test_what_cannot_be_used_is_told_and_left_out(key: str, value: str, told: str) -> None:
    found = customer_config(config((key, value)), "customer.config")
    assert found.table == {}
    (note,) = found.notes
    assert told in note
    assert "pw" not in note


@pytest.mark.parametrize("trusted", ["lab", "lab:8036", "http://lab:8036/simple", "LAB, other"])
def test_a_trusted_host_without_tls_needs_nothing(trusted: str) -> None:
    found = customer_config(
        config(("RequirementsTrustedHost", trusted), ("RequirementsRepository", "http://lab:8036")), "x"
    )
    assert found.table["local"] == [{"location": "http://lab:8036", "name": "PyPI Server"}]


def test_the_later_of_two_equal_keys_counts() -> None:
    found = customer_config(
        config(("DefaultPythonVersion", "Python 2"), ("defaultpythonversion", "Python 3.9")), "x"
    )
    assert found.table == {"pythons": {"undeclared": "3.9"}}


@pytest.mark.parametrize("data", [b"", b"<a", b"<!DOCTYPE a><a/>", b" " * (4 * 1024 * 1024 + 1)])
def test_what_is_no_customer_config(data: bytes) -> None:
    with pytest.raises(SettingsInvalid, match=r"customer\.config cannot be read"):
        customer_config(data, "customer.config")


def test_pip_ini() -> None:
    text = "[global]\nproxy = proxy.lab:3128\ncert = C:\\ca.pem\ntimeout = 60\n[install]\nextra-index-url = https://u:pw@x/\n"
    found = pip_config(text.encode("utf-8-sig"), "pip.ini")
    assert found.table == {"proxy": "http://proxy.lab:3128"}
    assert len(found.notes) == 2
    assert "name the file as its ca_file" in found.notes[0]
    assert "https://***@x/ was left out" in found.notes[1]


def test_a_proxy_with_a_password_is_not_written_down() -> None:
    found = pip_config(b"[global]\nproxy = http://user:p%ss@proxy:3128\n", "pip.ini")
    assert found.table == {}
    assert "set it in the variable https_proxy" in found.notes[0]


@pytest.mark.parametrize("data", [b"proxy = x", b"[global\n", b"[global]\nproxy = \xff"])
def test_what_is_no_pip_ini(data: bytes) -> None:
    with pytest.raises(SettingsInvalid, match=r"pip\.ini cannot be read"):
        pip_config(data, "pip.ini")
