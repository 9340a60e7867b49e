from __future__ import annotations

import pytest

from driverenv.errors import SettingsInvalid
from driverenv.settings.imported import Imported, customer_config, pip_config, read

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


def texts(found: Imported) -> str:
    return "\n".join(note.text for note in found.notes)


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
    assert found.sources == {
        "local": "RequirementsRepository and PythonOfflineRepositoryPath",
        "extra": "RequirementsExtraRepository and RequirementsTrustedHost",
        "pythons": "DefaultPythonVersion",
        "variables": "DefaultPythonEnvrionmentVariables",
        "valid_for_minutes": "VirtualEnvironmentLifetimeDurationInMinutes",
    }
    assert [note.about for note in found.notes] == ["local", "extra", "extra"]
    told = texts(found)
    assert "customer.config key RequirementsExtraRepository: the password" in told
    assert "put it into the variable DRIVERENV_EXTRA_PASSWORD" in told
    assert "copy its files into the folder of the PyPI Server" in told
    assert "any certificate of mirror.lab is accepted, as before" in told
    assert "s3cret" not in repr(found)


def test_nothing_that_concerns_us() -> None:
    assert customer_config(config(("Other", "1"), ("RequirementsRepository", "")), "x") == ({}, (), {})


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("RequirementsRepository", "lab:8036", "no http(s) URL and was left out: lab:8036"),
        ("RequirementsRepository", "http://u:pw@lab:x/", "left out: http://***@lab:x/"),
        ("RequirementsRepository", "http://", "no http(s) URL"),
        ("DefaultPythonVersion", "Jython", "is no version of Python"),
        ("DefaultPythonEnvrionmentVariables", "nothing", "a variable without = was left out"),
        ("VirtualEnvironmentLifetimeDurationInMinutes", "-1", "is no number of minutes"),
        ("VirtualEnvironmentLifetimeDurationInMinutes", "inf", "is no number of minutes"),
        ("VirtualEnvironmentLifetimeDurationInMinutes", "nan", "is no number of minutes"),
        ("VirtualEnvironmentLifetimeDurationInMinutes", "a day", "is no number of minutes"),
        ("DefaultPythonEnvironmentVariables", "a-b=c", "'a-b' is no variable's name"),
        ("DefaultPythonEnvironmentVariables", "A=x&#10;y", "A has a value with control characters"),
        ("RequirementsExtraRepository", "http://u:12/pw@lab/", "left out: http://***@lab/"),
        ("RequirementsExtraRepository", "http://u:12/pw@lab/", "key RequirementsExtraRepository: "),
        ("RequirementsTrustedHost", "elsewhere", "is no index of this file"),
    ],
)
def test_what_cannot_be_used_is_told_and_left_out(key: str, value: str, told: str) -> None:
    found = customer_config(config((key, value)), "customer.config")
    assert found.table == {}
    (note,) = found.notes
    assert told in note.text
    assert "pw" not in note.text


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


@pytest.mark.parametrize("address", ["https://t0ken@lab/simple", "https://:t0ken@lab/simple"])
def test_a_token_is_not_taken_over(address: str) -> None:
    found = customer_config(config(("RequirementsRepository", address)), "customer.config")
    assert found.table == {"local": [{"location": "https://lab/simple", "name": "PyPI Server"}]}
    assert "the token of the PyPI Server is not read from here" in texts(found)
    assert "t0ken" not in repr(found)


def test_pip_ini() -> None:
    text = """\
[global]
proxy = proxy.other:1
cert = C:\\ca.pem
timeout = 60
trusted-host =
    lab:8036
    https://u:pw@other
no-index = true
[install]
--proxy = proxy.lab:3128
extra_index_url = https://u:pw@x/ http://y/
[list]
format = columns
"""
    found = pip_config(text.encode("utf-8-sig"), "pip.ini")
    assert found.table == {"proxy": "http://proxy.lab:3128"}
    assert found.sources == {"proxy": "proxy"}
    assert [note.text.partition(": ")[0].removeprefix("pip.ini key ") for note in found.notes] == [
        "cert",
        "trusted-host",
        "no-index",
        "extra-index-url",
        "extra-index-url",
        "pip.ini",
    ]
    told = texts(found)
    assert "name C:\\ca.pem as its ca_file" in told
    assert "lab:8036, https://***@other" in told
    assert 'write mode = "offline"' in told
    assert "https://***@x/ was left out" in told
    assert "http://y/ was left out" in told
    assert "was passed over: timeout" in told
    assert "pw" not in told


@pytest.mark.parametrize("more", ["", "no-index =", "extra-index-url = https://x/"])
def test_the_certificate_of_pip_is_for_public_pypi(more: str) -> None:
    found = pip_config(f"[global]\ncert = /etc/ca.pem\n{more}\n".encode(), "pip.ini")
    assert found.table == {"public": {"location": "https://pypi.org/simple/", "ca_file": "/etc/ca.pem"}}
    assert found.notes[0].about == "public"
    assert "/etc/ca.pem is trusted for public PyPI, in place of" in found.notes[0].text


def test_the_certificate_of_another_index_is_told() -> None:
    found = pip_config(b"[global]\ncert = /etc/ca.pem\nindex-url = https://mirror/\n", "pip.ini")
    assert found.table == {}
    assert "name /etc/ca.pem as its ca_file" in found.notes[0].text


def test_much_of_one_kind_is_told_for_a_while() -> None:
    found = customer_config(config(("DefaultPythonEnvrionmentVariables", "a;" * 100_000)), "customer.config")
    assert len(found.notes) == 51
    assert "there is more like this" in found.notes[-1].text


def test_more_lines_than_a_pip_ini_has() -> None:
    with pytest.raises(SettingsInvalid, match="more than 10,000 lines"):
        pip_config(b"[global]\n" + b"x\n" * 10_000, "pip.ini")


def test_an_index_is_not_switched_off_by_no() -> None:
    assert pip_config(b"[global]\nno-index = false\n", "pip.ini") == ({}, (), {})


@pytest.mark.parametrize("proxy", ["http://us%20er:p%ss@proxy:3128", "us%20er:p%ss@proxy:3128"])
def test_the_password_of_a_proxy_is_not_taken_over(proxy: str) -> None:
    found = pip_config(f"[global]\nproxy = {proxy}\n".encode(), "pip.ini")
    assert found.table == {
        "proxy": {
            "location": "http://proxy:3128",
            "username": "us er",
            "password_env": "DRIVERENV_PROXY_PASSWORD",
        }
    }
    (note,) = found.notes
    assert note.about == "proxy"
    assert "put it into the variable DRIVERENV_PROXY_PASSWORD" in note.text
    assert "p%ss" not in repr(found)


def test_a_user_of_a_proxy_without_a_password() -> None:
    found = pip_config(b"[global]\nproxy = https://me@proxy:3128\nclient-cert = /me.pem\n", "pip.ini")
    assert found.table == {"proxy": {"location": "https://proxy:3128", "username": "me"}}
    assert texts(found).count("\n") == 0
    assert "name /me.pem as its client_cert" in texts(found)


@pytest.mark.parametrize("proxy", ["socks5://proxy:1080", "http://", "proxy:x"])
def test_a_proxy_that_cannot_be_used_is_told(proxy: str) -> None:
    found = pip_config(f"[global]\nproxy = {proxy}\n".encode(), "pip.ini")
    assert found.table == {}
    assert "is no http(s) URL and was left out" in texts(found)


@pytest.mark.parametrize("data", [b"proxy = x", b"[global\n", b"[global]\nproxy = \xff"])
def test_what_is_no_pip_ini(data: bytes) -> None:
    with pytest.raises(SettingsInvalid, match=r"pip\.ini cannot be read: it is no pip\.ini: "):
        pip_config(data, "pip.ini")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"proxy = x", "line 1 stands before any [section]"),
        (b"[global]\n\nproxy\n", "line 3 is no key with a value"),
    ],
)
def test_the_line_that_is_wrong_in_a_pip_ini(data: bytes, told: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        pip_config(data, "pip.ini")
    assert caught.value.summary.endswith(told)


XML = config(("DefaultPythonVersion", "Python 3"))


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (XML, "customer.config"),
        (XML, "settings"),
        (b"\xef\xbb\xbf" + XML, "x.ini"),
        (XML.decode().encode("utf-16"), "x"),
    ],
)
def test_xml_is_a_customer_config_whatever_it_is_called(data: bytes, name: str) -> None:
    assert read(data, name) == (
        "customer_config",
        ({"pythons": {"undeclared": "3"}}, (), {"pythons": "DefaultPythonVersion"}),
    )


@pytest.mark.parametrize("name", ["pip.ini", "pip.conf", "old"])
def test_what_is_no_xml_is_a_pip_ini(name: str) -> None:
    kind, found = read(b"[global]\nproxy = http://p:1\n", name)
    assert (kind, found.table) == ("pip_config", {"proxy": "http://p:1"})


def test_a_customer_config_that_is_no_xml_is_told_as_one() -> None:
    with pytest.raises(SettingsInvalid, match=r"customer\.config cannot be read: it is no XML"):
        read(b"key=value", "customer.config")
