from __future__ import annotations

import pytest

from driverenv.errors import SettingsInvalid
from driverenv.settings import validity
from driverenv.settings.place import Place

FILE = Place("file x key y", "/", {}, textual=False)
TEXT = Place("variable X", "/", {}, textual=True)


def test_minutes() -> None:
    assert validity.MINUTES("valid_for_minutes", 0, FILE) == 0
    assert validity.MINUTES("valid_for_minutes", "30", TEXT) == 30
    for place in (FILE, TEXT):
        assert validity.MINUTES("valid_for_minutes", "never", place) == float("inf")


@pytest.mark.parametrize("raw", [-1, "ever", float("inf"), True, None])
def test_what_is_no_time(raw: object) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        validity.MINUTES("valid_for_minutes", raw, FILE)
    assert caught.value.data["allowed"] == 'a number of minutes, 0 or more, or "never"'


def test_per_driver() -> None:
    raw = {"Switch *": 60, "Legacy PDU": "never"}
    assert validity.PER_DRIVER("valid_for_drivers", raw, FILE) == (
        ("Legacy PDU", float("inf")),
        ("Switch *", 60.0),
    )
    for wrong, key in (([], "valid_for_drivers"), ({"a": -1}, "valid_for_drivers.a")):
        with pytest.raises(SettingsInvalid) as caught:
            validity.PER_DRIVER("valid_for_drivers", wrong, FILE)
        assert caught.value.data["key"] == key
