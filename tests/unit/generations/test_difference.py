from __future__ import annotations

from typing import Any

import pytest

from driverenv.generations.difference import (
    Change,
    Distribution,
    FileChange,
    changes,
    distributions,
    file_changes,
)

SIX = Distribution(
    "six", "1.16.0", "lab", "six-1.16.0-py3-none-any.whl", "ab" * 32, ("requirements.txt line 1",)
)


def row(one: Distribution) -> dict[str, Any]:
    return {
        **one._asdict(),
        "index": {"name": one.origin, "location": "/srv"},
        "requested_by": list(one.requested_by),
    }


@pytest.mark.parametrize(
    ("before", "after", "word", "text"),
    [
        (None, SIX, "added", "six: 1.16.0 from lab added"),
        (SIX, None, "removed", "six: 1.16.0 from lab removed"),
        (SIX, SIX._replace(version="1.17.0"), "version", "six: 1.16.0 -> 1.17.0 from lab"),
        (
            SIX,
            SIX._replace(version="1.17.0", origin="pypi"),
            "version",
            "six: 1.16.0 from lab -> 1.17.0 from pypi",
        ),
        (SIX, SIX._replace(origin="pypi"), "origin", "six: 1.16.0, from lab then, from pypi now"),
        (SIX, SIX._replace(sha256="cd" * 32), "file", "six: 1.16.0 from lab, the file has other content"),
    ],
)
def test_one_that_changed(
    before: Distribution | None, after: Distribution | None, word: str, text: str
) -> None:
    was, now = ({} if one is None else {one.name: one} for one in (before, after))
    (found,) = changes(was, now)
    assert found == Change(before, after)
    assert (found.name, found.word, str(found)) == ("six", word, text)


@pytest.mark.parametrize(
    ("before", "after", "because"),
    [
        (None, SIX, "asked for by requirements.txt line 1"),
        (SIX, None, "nobody asks for it any more"),
        (SIX, SIX._replace(version="1.17.0"), "the same is asked for: the indexes have something else"),
        (SIX, SIX._replace(version="1.17.0", requested_by=("a 1: six>1.16",)), "asked for by a 1: six>1.16"),
        (None, SIX._replace(requested_by=()), "asked for by nobody"),
    ],
)
def test_why(before: Distribution | None, after: Distribution | None, because: str) -> None:
    assert Change(before, after).because == because


def test_who_asks_does_not_matter_here() -> None:
    assert list(changes({"six": SIX}, {"six": SIX._replace(requested_by=("a 1: six",))})) == []


def test_in_order_of_names() -> None:
    names = [SIX._replace(name=name) for name in "cab"]
    found = changes({one.name: one for one in names}, {})
    assert [one.name for one in found] == ["a", "b", "c"]


def test_from_a_receipt() -> None:
    assert distributions({"distributions": [row(SIX)]}) == {"six": SIX}


@pytest.mark.parametrize(
    "receipt", [{}, {"distributions": None}, {"distributions": [{}]}, {"distributions": [1]}]
)
def test_what_is_no_receipt(receipt: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no receipt"):
        distributions(receipt)


def test_files() -> None:
    before = [("b", "1"), ("a", "1"), ("same", "1")]
    after = [("same", "1"), ("c", "1"), ("a", "2")]
    assert list(file_changes(before, after)) == [
        FileChange("a", "changed"),
        FileChange("b", "removed"),
        FileChange("c", "added"),
    ]
