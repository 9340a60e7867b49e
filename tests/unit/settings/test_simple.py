from __future__ import annotations

import os
from typing import Any

import jsonschema
import pytest

from driverenv.errors import SettingsInvalid
from driverenv.settings import simple
from driverenv.settings.place import Place, Reader

FOLDER = os.path.abspath(os.sep + "site")
FILE = Place("file x key y", FOLDER, {}, textual=False)
TEXT = FILE._replace(textual=True)
SECONDS = simple.number("seconds", {"exclusiveMinimum": 0, "exclusiveMaximum": 10})
MINUTES = simple.number("minutes", {"minimum": 0})

CASES: list[tuple[Reader, list[Any], list[Any]]] = [
    (simple.word(("on", "off")), ["on", "off"], ["On", "", True, 1]),
    (simple.plain_text(), ["x"], ["", " ", 1, None]),
    (simple.truth(), [True, False], ["true", 1, 0]),
    (SECONDS, [1, 0.5, 9.9], [0, 10, -1, "1", True]),
    (MINUTES, [0, 1e9], [-1, "1", None, False]),
]


@pytest.mark.parametrize(("reader", "good", "bad"), CASES)
def test_the_schema_says_what_the_reader_says(reader: Reader, good: list[Any], bad: list[Any]) -> None:
    schema = jsonschema.Draft202012Validator(dict(reader.schema))
    for raw in good:
        assert reader("key", raw, FILE) == raw
        assert schema.is_valid(raw)
    for raw in bad:
        with pytest.raises(SettingsInvalid) as caught:
            reader("key", raw, FILE)
        assert caught.value.data["allowed"]
        assert not schema.is_valid(raw), raw


def test_numbers_that_are_none() -> None:
    for raw in (float("nan"), float("inf"), 10**400):
        with pytest.raises(SettingsInvalid):
            MINUTES("key", raw, FILE)
    assert MINUTES("key", "1.5", TEXT) == 1.5


def test_paths_are_relative_to_where_they_are_written() -> None:
    assert simple.path("a file")("key", "x", FILE) == os.path.join(FOLDER, "x")
