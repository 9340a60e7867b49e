from __future__ import annotations

import os

import pytest

from driverenv.errors import SettingsInvalid
from driverenv.model.site import WORDS, Index
from driverenv.settings.place import Place, absolute, unknown
from driverenv.settings.reading import READERS, plain

FOLDER = os.path.abspath(os.sep + "site")
FILE = Place("file x key y", FOLDER, {"HOME": "/home/me"}, textual=False)
TEXT = FILE._replace(source="variable X", textual=True)


@pytest.mark.parametrize(("key", "choice"), [(key, choice) for key in WORDS for choice in WORDS[key]])
def test_each_choice(key: str, choice: str) -> None:
    assert READERS[key](key, choice, FILE) == choice


@pytest.mark.parametrize("key", sorted(READERS))
def test_every_reader_refuses_with_what_is_allowed(key: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        READERS[key](key, ["\x1b[31m"], FILE)
    assert caught.value.data["source"] == "file x key y"
    assert caught.value.data["allowed"]
    assert "\x1b" not in str(caught.value)


def test_numbers_are_text_only_where_there_is_nothing_but_text() -> None:
    assert READERS["valid_for_minutes"]("valid_for_minutes", "0", TEXT) == 0
    with pytest.raises(SettingsInvalid):
        READERS["valid_for_minutes"]("valid_for_minutes", "0", FILE)
    with pytest.raises(SettingsInvalid):
        READERS["valid_for_minutes"]("valid_for_minutes", 10**400, FILE)


def test_absolute() -> None:
    assert absolute("~/x", FOLDER, {"USERPROFILE": "/u"}) == os.path.normpath("/u/x")
    assert absolute("../x", FOLDER, {}) == os.path.abspath(os.sep + "x")


def test_plain_masks() -> None:
    index = Index("http://lab/", name="lab", username="u", password="secret")
    assert plain("local", (index,)) == [
        {"location": "http://lab/", "name": "lab", "username": "u", "password": "***"}
    ]


def test_unknown_names_the_nearest() -> None:
    assert unknown("setting", "modus", ("mode", "home"), "x").data["nearest"] == "mode"
    assert unknown("setting", "zzz", ("mode", "home"), "x").data["nearest"] is None


@pytest.mark.parametrize(
    "given",
    [
        "http://u:word/x@lab/",
        "http://u:wo rd/x@lab/",
        "http:/u:word@lab/",
        "u:word@lab/simple",
        "user:word/x@lab/simple",
        "u:word@http://lab/",
    ],
)
@pytest.mark.parametrize("key", ["local", "public", "proxy"])
def test_a_mistyped_url_does_not_show_its_password(key: str, given: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        READERS[key](key, [given] if key == "local" else given, FILE)
    shown = str(caught.value) + repr(caught.value.data)
    assert "***@lab" in shown or "***@http" in shown
    assert "word" not in shown.replace("password", "")
    assert "rd/x" not in shown
