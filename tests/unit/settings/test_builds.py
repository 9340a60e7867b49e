from __future__ import annotations

import pytest

from driverenv.errors import SettingsInvalid
from driverenv.model.site import BUILD_LIMITS
from driverenv.settings.builds import CONSTRAINTS, LIMITS
from driverenv.settings.place import Place

PLACE = Place("file x key k", "/", {}, textual=False)


def test_limits_that_are_not_named_stay() -> None:
    assert dict(LIMITS("build_limits", {"minutes": 30}, PLACE)) == {**BUILD_LIMITS, "minutes": 30.0}


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (5, "build_limits"),
        ({"minute": 5}, "`build_limits` has no key `minute`"),
        ({"minutes": 0}, "build_limits.minutes"),
        ({"minutes": "5"}, "build_limits.minutes"),
        ({"memory_mib": True}, "build_limits.memory_mib"),
    ],
)
def test_limits_that_are_none(raw: object, told: str) -> None:
    with pytest.raises(SettingsInvalid, match=told):
        LIMITS("build_limits", raw, PLACE)


def test_the_nearest_name_is_told() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        LIMITS("build_limits", {"memory": 1}, PLACE)
    assert caught.value.data["nearest"] == "memory_mib"


def test_constraints() -> None:
    raw = {"pyyaml": ["cython<3"], "*": ["setuptools<81", "wheel<1"]}
    assert CONSTRAINTS("build_constraints", raw, PLACE) == (
        ("*", ("setuptools<81", "wheel<1")),
        ("pyyaml", ("cython<3",)),
    )


@pytest.mark.parametrize("raw", [["setuptools"], {"Py_YAML": ["a"]}, {"pyyaml": "a"}, {"pyyaml": ["a=1"]}])
def test_constraints_that_are_none(raw: object) -> None:
    with pytest.raises(SettingsInvalid, match="build_constraints"):
        CONSTRAINTS("build_constraints", raw, PLACE)
