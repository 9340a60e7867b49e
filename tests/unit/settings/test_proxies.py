from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from driverenv.errors import SettingsInvalid
from driverenv.settings import proxies
from driverenv.settings.place import Place, Reader, Value

FILE = Place("file x key proxy", "/site", {"PROXY_WORD": "s3cr@t/"}, textual=False)
TEXT = FILE._replace(textual=True)
SITES = proxies.proxy(or_none=True)
OWN = proxies.proxy(words=("site",))
HOSTS = proxies.no_proxy("hosts")
LOCATION = {"location": "http://p:3128"}

CASES: list[tuple[Reader, list[Any], list[Any]]] = [
    (SITES, ["http://p:1", "HTTPS://p", False], [True, "socks5://p", "p:3128", "", "site", 1]),
    (OWN, ["http://u:pw@p:1", "site"], [False, "ftp://p", "sites"]),
    (HOSTS, [["lab", ".lab", "*", "10.0.0.0/8", "[fd00::1]:80"], []], ["lab", [1], [""]]),
]


@pytest.mark.parametrize(("reader", "good", "bad"), CASES)
def test_the_schema_says_what_the_reader_says(reader: Reader, good: list[Any], bad: list[Any]) -> None:
    whole = {**reader.schema, "$defs": {"proxy": proxies.DEFINITION}}
    schema = jsonschema.Draft202012Validator(whole)
    for raw in good:
        read = reader("proxy", raw, FILE)
        assert read == (tuple(raw) if isinstance(raw, list) else raw)
        assert schema.is_valid(raw)
    for raw in bad:
        with pytest.raises(SettingsInvalid):
            reader("proxy", raw, FILE)
        assert not schema.is_valid(raw), raw


@pytest.mark.parametrize("raw", [["http://lab"], ["lab, mill"], ["lab:99999"]])
def test_what_names_no_host(raw: list[str]) -> None:
    with pytest.raises(SettingsInvalid, match=r"no_proxy\[1\]"):
        HOSTS("no_proxy", raw, FILE)


def test_as_text() -> None:
    assert SITES("proxy", "False", TEXT) is False
    assert HOSTS("no_proxy", "lab, .mill;10.0.0.0/8 x:80", TEXT) == ("lab", ".mill", "10.0.0.0/8", "x:80")


@pytest.mark.parametrize("url", ["http://p:99999", "http://u:p/w@host", "http://"])
def test_a_proxy_that_is_no_url(url: str) -> None:
    for raw in (url, {"location": url}):
        with pytest.raises(SettingsInvalid) as caught:
            OWN("proxy", raw, FILE)
        assert "p/w" not in str(caught.value)


def test_a_table_with_its_password_elsewhere(tmp_path: Path) -> None:
    table = {**LOCATION, "username": "corp\\me", "password_env": "PROXY_WORD"}
    assert SITES("proxy", table, FILE) == "http://corp%5Cme:s3cr%40t%2F@p:3128"
    (tmp_path / "word").write_text("horse\n", encoding="utf-8")
    table = {**LOCATION, "username": "me", "password_file": "word"}
    assert OWN("proxy", table, FILE._replace(folder=str(tmp_path))) == "http://me:horse@p:3128"
    assert OWN("proxy", {**LOCATION, "username": "me"}, FILE) == "http://me@p:3128"
    assert OWN("proxy", LOCATION, FILE) == "http://p:3128"


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({}, "`proxy.location` is missing"),
        ({**LOCATION, "username": 1}, "`proxy.username` is 1"),
        ({**LOCATION, "password": "s3cr@t/"}, "`proxy` has no key `password`"),
        ({**LOCATION, "password_env": "PROXY_WORD"}, "`proxy.username` is missing"),
        (
            {**LOCATION, "username": "x", "password_env": "NOWHERE"},
            "NOWHERE, which `proxy.password_env` names",
        ),
        ({"location": "http://u:s3cr@t@p:1", "username": "x"}, "`proxy.location`"),
        ({**LOCATION, "username": "x", "password_env": "A", "password_file": "b"}, "one of the two"),
    ],
)
def test_tables_that_are_wrong(table: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        SITES("proxy", table, FILE)
    assert told in str(caught.value)
    assert "s3cr" not in str(caught.value)


def test_a_password_that_is_not_needed() -> None:
    missing: list[str] = []
    table = {**LOCATION, "username": "me", "password_env": "NOWHERE"}
    assert SITES("proxy", table, FILE._replace(missing=missing)) == "http://me:%3F@p:3128"
    assert missing == ["the variable NOWHERE, which `proxy.password_env` names, is not set"]


def test_the_setting_goes_before_the_variable() -> None:
    environ = {"https_proxy": "http://v:1", "no_proxy": "lab"}
    setting, hosts = (
        Value("http://s:1", "file f key proxy"),
        Value(("10.0.0.0/8", "mill"), "file f key no_proxy"),
    )
    nothing = Value(None, "default")
    assert proxies.in_force(nothing, hosts, environ) == {
        "https_proxy": Value("http://v:1", "variable https_proxy"),
        "no_proxy": Value("10.0.0.0/8,mill", "file f key no_proxy"),
    }
    assert proxies.in_force(setting, nothing, environ)["no_proxy"] == Value("lab", "variable no_proxy")
    assert proxies.in_force(setting, Value((), "file f key no_proxy"), environ)["no_proxy"].value == ""
    assert proxies.in_force(Value(False, "x"), hosts, environ) == {}
    assert proxies.in_force(nothing, hosts, {}) == {}
