from __future__ import annotations

import os
import pickle
from functools import partial

import pytest

from driverenv.errors import SettingsInvalid
from driverenv.settings.place import (
    Place,
    Reader,
    Several,
    absolute,
    each,
    flat,
    invalid,
    masked,
    text,
    together,
)

FOLDER = os.path.abspath(os.sep + "site")
PLACE = Place("file x key y", FOLDER, {}, textual=False)


def wrong(key: str) -> SettingsInvalid:
    return invalid(key, "\x1b[31m", PLACE, "something else")


def refuse(key: str) -> str:
    raise wrong(key)


def test_each_tells_all_that_is_wrong() -> None:
    assert each([partial(str, 1), partial(str, 2)]) == ("1", "2")
    with pytest.raises(SettingsInvalid) as one:
        each([partial(str, 1), partial(refuse, "a")])
    assert not isinstance(one.value, Several)

    def nested() -> str:
        each([partial(refuse, "b"), partial(refuse, "c")])
        return ""

    with pytest.raises(SettingsInvalid) as caught:
        each([partial(refuse, "a"), partial(nested)])
    assert [error.data["key"] for error in flat(caught.value)] == ["a", "b", "c"]
    assert flat(one.value) == (one.value,)
    assert caught.value.summary == "3 settings are wrong"
    assert "\x1b" not in str(caught.value)


def test_one_wrong_setting_stays_as_it_is() -> None:
    one = wrong("a")
    assert together([one]) is one
    assert len(pickle.loads(pickle.dumps(together([one, wrong("b")]))).data["problems"]) == 2  # noqa: S301


def test_what_no_variable_may_say() -> None:
    reader = Reader(text_of, "a table", {}, from_text=False)
    assert reader("k", "x", PLACE) == "x"
    with pytest.raises(SettingsInvalid) as caught:
        reader("k", "x", PLACE._replace(textual=True))
    assert caught.value.data["allowed"] == "a table, in a settings file only"


def text_of(key: str, raw: object, place: Place) -> str:
    return text(key, raw, place, "a text")


def test_a_text_is_not_empty() -> None:
    assert text_of("k", " x ", PLACE) == "x"
    for raw in ("", "  ", "a\nb", 1, None):
        with pytest.raises(SettingsInvalid):
            text_of("k", raw, PLACE)


def test_absolute() -> None:
    assert absolute("a/../b", FOLDER, {}) == os.path.join(FOLDER, "b")


def test_masked() -> None:
    assert masked("http://u:p@w@host/") == "http://***@host/"
    assert masked("no secret") == "no secret"


def test_a_remedy_of_its_own() -> None:
    assert invalid("k", 1, PLACE, "2", remedy="write 2").remedies == ("write 2",)
