from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from driverenv.errors import SettingsInvalid
from driverenv.model.site import Index, Policy
from driverenv.settings.passwords import password, without_unknown
from driverenv.settings.place import Place

FILE = Place("file x key local", "/site", {"WORD": "horse", "EMPTY": ""}, textual=False)


def test_where_it_may_be(tmp_path: Path) -> None:
    file = tmp_path / "word"
    file.write_text("\ufeffhorse\nsecond\n", encoding="utf-8")
    terms: dict[str, Any] = {"password_env": "WORD", "username": "me"}
    assert password("local[1]", terms, FILE) == "horse"
    assert terms == {"username": "me"}
    assert password("local[1]", {"client_key_password_env": "WORD"}, FILE, prefix="client_key_") == "horse"
    assert password("local[1]", {"password_file": str(file)}, FILE) == "horse"
    assert password("local[1]", {"password_env": "EMPTY"}, FILE) == ""
    assert password("local[1]", {"username": "me"}, FILE) is None


def test_where_it_cannot_be_had(tmp_path: Path) -> None:
    for terms, told in (
        (
            {"password_env": "NOWHERE"},
            "the variable NOWHERE, which `local[1].password_env` names, is not set",
        ),
        ({"password_file": str(tmp_path / "nowhere")}, "the setting `local[1].password_file` is"),
    ):
        with pytest.raises(SettingsInvalid) as caught:
            password("local[1]", dict(terms), FILE)
        assert caught.value.summary.startswith(told)
        missing: list[str] = []
        assert password("local[1]", dict(terms), FILE._replace(missing=missing)) == "?"
        assert missing[0].startswith(told)
    with pytest.raises(SettingsInvalid) as caught:
        password("local[1]", {"client_key_password_env": "NOWHERE"}, FILE, prefix="client_key_")
    assert "or name a client_key_password_file instead" in caught.value.remedies[1]


def test_nobody_is_asked_with_a_password_that_is_none() -> None:
    with_none = Index("http://a", username="me", password="?", proxy="http://me:%3F@p:1")
    policy = Policy(
        local=[
            with_none,
            Index("http://b", username="me", password="right", client_cert="/c", client_key_password="?"),
        ],
        public=Index("https://c", username="me", password="?"),
        proxies={"https_proxy": "http://me:%3F@p:1", "no_proxy": "x"},
    )
    known = without_unknown(policy)
    assert known.local == (
        Index("http://a", proxy="http://p:1"),
        Index("http://b", username="me", password="right", client_cert="/c"),
    )
    assert known.public == Index("https://c")
    assert dict(known.proxies) == {"https_proxy": "http://p:1", "no_proxy": "x"}
    assert without_unknown(Policy(public=None)) == Policy(public=None)
