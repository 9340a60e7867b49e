"""What grows line by line becomes the noun."""

from __future__ import annotations

from driverenv.model.requirement import Requirements
from driverenv.requirements.draft import Draft


def test_an_empty_draft_is_no_requirements() -> None:
    assert Draft().finished() == Requirements()


def test_inputs_are_listed_once() -> None:
    assert Draft(inputs=["b", "a", "b"]).finished().inputs == ("b", "a")
