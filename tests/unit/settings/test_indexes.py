from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from driverenv.errors import SettingsInvalid
from driverenv.model.site import Index
from driverenv.settings.indexes import PUBLIC, SEVERAL, TERMS
from driverenv.settings.place import Place, flat

FOLDER = os.path.abspath(os.sep + "site")
FILE = Place("file x key y", FOLDER, {"PW": "s3cret"}, textual=False)


def one(**table: object) -> Index:
    (index,) = SEVERAL("local", [{"location": "http://lab/", **table}], FILE)
    assert isinstance(index, Index)
    return index


def wrong(**table: object) -> list[dict[str, Any]]:
    with pytest.raises(SettingsInvalid) as caught:
        one(**table)
    return [error.data for error in flat(caught.value)]


def test_every_term_of_an_index_can_be_set() -> None:
    passwords = {"password", "client_key_password"}
    places = {f"{name}_{where}" for name in passwords for where in ("env", "file")}
    assert set(TERMS) == {*Index.__slots__, *places} - passwords


def test_a_password_by_reference(tmp_path: Path) -> None:
    assert one(password_env="PW").password == "s3cret"
    file = tmp_path / "pw"
    file.write_text("other\nline\n", encoding="utf-8")
    assert one(password_file=str(file)).password == "other"
    (problem,) = wrong(password_env="PW", password_file=str(file))
    assert problem["allowed"] == "one of the two"
    (problem,) = wrong(password_env="PW", credentials="netrc")
    assert problem["key"] == "local[1].credentials"


def test_a_certificate_of_ours() -> None:
    index = one(client_cert="me.pem", client_key="me.key", client_key_password_env="PW")
    assert (index.client_cert, index.client_key) == (
        os.path.join(FOLDER, "me.pem"),
        os.path.join(FOLDER, "me.key"),
    )
    assert index.client_key_password == "s3cret"
    assert "s3cret" not in repr(index)
    (problem,) = wrong(client_key="me.key")
    assert "without its certificate" in problem["allowed"]


def test_a_proxy_of_its_own() -> None:
    assert one(proxy="site").proxy == "site"
    table = {"location": "http://p:1", "username": "me", "password_env": "PW"}
    assert one(proxy=table).proxy == "http://me:s3cret@p:1"
    (problem,) = wrong(proxy={"location": "http://p:1", "user": "me"})
    assert problem["key"] == "user"


def test_all_that_is_wrong_with_one_index() -> None:
    problems = wrong(
        pasword_env="x", verify="no", connect_timeout=0, file_hosts=["a b", "ok:1"], password="x"
    )
    assert [problem["key"] for problem in problems] == [
        "pasword_env",
        "local[1]",
        "local[1].verify",
        "local[1].connect_timeout",
        "local[1].file_hosts[1]",
    ]


def test_a_table_without_a_location() -> None:
    with pytest.raises(SettingsInvalid, match=r"`local\[1\].location` is missing"):
        SEVERAL("local", [{"name": "x"}], FILE)


def test_hosts_are_lower_case() -> None:
    assert one(redirect_hosts=["Files.Lab", "[::1]:8080"]).redirect_hosts == ("files.lab", "[::1]:8080")


def test_the_raw_table_is_left_alone() -> None:
    raw = {"location": "x", "password_env": "PW"}
    SEVERAL("local", [raw], FILE)
    assert raw == {"location": "x", "password_env": "PW"}


def test_public_is_a_url_or_none() -> None:
    assert PUBLIC("public", False, FILE) is None
    assert PUBLIC("public", {"location": "https://m/", "name": "m"}, FILE) == Index("https://m/", name="m")
    for raw in (True, "folder", {"location": "/x"}, 1):
        with pytest.raises(SettingsInvalid):
            PUBLIC("public", raw, FILE)


def test_passwords_that_nobody_needs() -> None:
    missing: list[str] = []
    place = FILE._replace(missing=missing)
    items = [{"location": "a", "password_env": "NOT_SET"}, {"location": "b", "password_file": "nowhere"}]
    found = SEVERAL("local", items, place)
    assert [index.password for index in found] == ["?", "?"]
    assert len(missing) == 2
    with pytest.raises(SettingsInvalid):
        SEVERAL("local", items, FILE)
