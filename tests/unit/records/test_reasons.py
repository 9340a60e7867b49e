from __future__ import annotations

from typing import Any

import pytest

from driverenv.records.reasons import MOST_CHAINS, Absence, reason

LINE = "requirements.txt line {}: {}"


def row(name: str, *requested_by: str, **more: object) -> dict[str, Any]:
    return {
        "name": name,
        "version": "1.0",
        "index": {"name": "lab", "location": "/srv/pypi", "public": False},
        "rule": "local version wins",
        "file": f"{name}-1.0-py3-none-any.whl",
        "sha256": "ab" * 32,
        "built": False,
        "requested_by": list(requested_by),
        **more,
    }


def receipt(*rows: dict[str, Any], answers: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"distributions": list(rows), "answers": answers or []}


def test_who_asks_from_the_line_on() -> None:
    found = reason(
        receipt(
            row("six", "alpha 1.0: six>=1", LINE.format(2, "six")),
            row("alpha", "beta 1.0: alpha"),
            row("beta", LINE.format(1, "beta"), "the site's baseline: beta"),
        ),
        "six",
    )
    assert found is not None
    assert found.chains == (
        (LINE.format(2, "six"),),
        (LINE.format(1, "beta"), "beta 1.0: alpha", "alpha 1.0: six>=1"),
        ("the site's baseline: beta", "beta 1.0: alpha", "alpha 1.0: six>=1"),
    )
    assert (found.version, found.origin, found.rule, found.more_chains) == (
        "1.0",
        "lab",
        "local version wins",
        False,
    )


def test_a_circle_is_walked_once() -> None:
    rows = (row("alpha", LINE.format(1, "alpha"), "beta 1.0: alpha"), row("beta", "alpha 1.0: beta"))
    found = reason(receipt(*rows), "beta")
    assert found is not None
    assert found.chains == ((LINE.format(1, "alpha"), "alpha 1.0: beta"),)


def test_so_many_chains_and_no_more() -> None:
    """Eleven floors of two: 2,048 ways."""
    floors = [[f"a{floor}", f"b{floor}"] for floor in range(11)]
    rows = [row(name, LINE.format(1, name)) for name in floors[0]]
    for below, floor in zip(floors[1:], floors, strict=False):
        rows += [row(name, *(f"{parent} 1.0: {name}" for parent in floor)) for name in below]
    found = reason(receipt(*rows), "a10")
    assert found is not None
    assert found.more_chains
    assert len(found.chains) <= MOST_CHAINS


def test_who_did_not_serve_it() -> None:
    answer = {
        "project": "six",
        "absent": [{"index": "lab", "proof": "404"}],
        "not_asked": [{"index": "public PyPI", "reason": "offline mode"}],
        "passed_over": [{"file": "six-2.0.tar.gz", "reason": "a pre-release"}],
    }
    found = reason(receipt(row("six"), answers=[answer]), "six")
    assert found is not None
    assert found.chains == ()
    assert found.absent == (Absence("lab", "404"),)
    assert found.not_asked == (Absence("public PyPI", "offline mode"),)
    assert found.passed_over == (Absence("six-2.0.tar.gz", "a pre-release"),)


def test_it_is_not_there() -> None:
    assert reason(receipt(row("six")), "alpha") is None


@pytest.mark.parametrize(
    "data", [{}, {"distributions": 7}, {"distributions": [{"name": "six"}]}, {"distributions": [7]}]
)
def test_no_receipt(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no receipt"):
        reason(data, "six")
