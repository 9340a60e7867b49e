from __future__ import annotations

import os
from datetime import UTC, date, datetime
from typing import Any

import jsonschema
import pytest

from driverenv.errors import SettingsInvalid
from driverenv.model.site import Exemption
from driverenv.settings import rules
from driverenv.settings.place import Place, Reader, flat

FILE = Place("file x key y", os.path.abspath(os.sep + "site"), {}, textual=False)
TEXT = FILE._replace(textual=True)
HOLDS: dict[str, Any] = {
    "project": "acme-*",
    "allow": "public",
    "until": "2026-12-01",
    "reason": "a fix",
    "owner": "ann",
}


@pytest.mark.parametrize(
    ("reader", "good", "bad"),
    [
        (
            rules.PATTERNS,
            [[], ["six", "acme-*", "*-acme", "*", "a*b-c"]],
            ["six", [1], [""], ["Six"], ["a_b"], ["a.b"], ["-a"], ["a-"], ["a--b"], ["a b"], ["[ab]"]],
        ),
        (
            rules.SOURCES,
            [{}, {"a-*": ["x", "y"], "b": ["z"]}],
            [[], {"A": ["x"]}, {"a": []}, {"a": 1}, {"a": [""]}],
        ),
        (rules.REQUIREMENTS, [[], ["six<2", "a[b]>1 ; python_version > '3'"]], ["six", [1], [""]]),
        (
            rules.COOL_DOWN,
            ["7 days", "1 hour", "2026-11-01", "2026-11-01T10:00:00Z"],
            [7, "soon", "", "7", "2026", None],
        ),
        (
            rules.EXCEPTIONS,
            [[], [HOLDS]],
            [
                {},
                [1],
                [{**HOLDS, "allow": "all"}],
                [{**HOLDS, "owner": ""}],
                [{**HOLDS, "who": "ann"}],
                [{name: value for name, value in HOLDS.items() if name != "reason"}],
                [{**HOLDS, "project": "A"}],
            ],
        ),
    ],
)
def test_the_schema_says_what_the_reader_says(reader: Reader, good: list[Any], bad: list[Any]) -> None:
    schema = jsonschema.Draft202012Validator(
        dict(reader.schema), format_checker=jsonschema.FormatChecker(["date"])
    )
    for raw in good:
        reader("key", raw, FILE)
        assert schema.is_valid(raw), raw
    for raw in bad:
        with pytest.raises(SettingsInvalid):
            reader("key", raw, FILE)
        assert not schema.is_valid(raw), raw


def test_a_pattern_that_is_not_normalised_is_told_how_it_is() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        rules.PATTERNS("private", ["Acme_Tools.*"], FILE)
    assert caught.value.data["key"] == "private[1]"
    assert caught.value.data["allowed"].startswith("acme-tools-*: ")
    assert caught.value.remedies == ("write acme-tools-* instead: file x key y",)


def test_text_is_split() -> None:
    assert rules.PATTERNS("private", "a-*; b,c  d", TEXT) == ("a-*", "b", "c", "d")
    assert rules.REQUIREMENTS("constraints", "a<2,>1; python_version>'3'\n\nb\n", TEXT) == (
        "a<2,>1; python_version>'3'",
        "b",
    )


def test_sources() -> None:
    found = rules.SOURCES("sources", {"b-*": "lab", "a": ["x", "y"]}, FILE)
    assert found == (("a", ("x", "y")), ("b-*", ("lab",)))


def test_days_of_toml() -> None:
    (found,) = rules.EXCEPTIONS("exceptions", [{**HOLDS, "until": date(2026, 12, 1)}], FILE)
    assert found == Exemption("acme-*", allow="public", until="2026-12-01", reason="a fix", owner="ann")
    assert rules.shown(found) == HOLDS
    for raw in (datetime(2026, 12, 1, tzinfo=UTC), "01.12.2026", "2026-02-30"):
        with pytest.raises(SettingsInvalid) as caught:
            rules.EXCEPTIONS("exceptions", [{**HOLDS, "until": raw}], FILE)
        assert caught.value.data["key"] == "exceptions[1].until"


def test_a_cool_down_in_toml() -> None:
    assert rules.COOL_DOWN("exclude_newer", date(2026, 11, 1), FILE) == "2026-11-01"
    moment = datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert rules.COOL_DOWN("exclude_newer", moment, FILE) == "2026-11-01T10:00:00+00:00"


@pytest.mark.parametrize("raw", ["six @ https://x.test/six.whl", "six >= = 1", "./six", "-r other.txt"])
def test_what_is_no_requirement(raw: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        rules.REQUIREMENTS("constraints", ["six", raw], FILE)
    assert [error.data["key"] for error in flat(caught.value)] == ["constraints[2]"]
