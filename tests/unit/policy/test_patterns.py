from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driverenv.policy.patterns import canonical, first_match, matches, most_specific


@pytest.mark.parametrize(
    ("pattern", "name", "does"),
    [
        ("six", "six", True),
        ("six", "sixer", False),
        ("acme-*", "acme-tools", True),
        ("acme-*", "acme", False),
        ("acme*", "acme", True),
        ("*-acme", "corp-acme", True),
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("a*b*c", "a-bb-c", True),
        ("a*b*c", "a-c-b", False),
        ("*ab*b*", "xabx", False),
        ("*", "", True),
        ("**", "anything", True),
        ("Acme_.*", "acme-tools", True),  # in another spelling it must not be one that never matches
        ("[ab]?", "a", False),
    ],
)
def test_matches(pattern: str, name: str, does: bool) -> None:
    assert matches(pattern, name) is does


@given(st.text("ab*", max_size=8), st.text("ab", max_size=10))
def test_as_a_regular_expression_says(pattern: str, name: str) -> None:
    assert matches(pattern, name) is (re.fullmatch(pattern.replace("*", ".*"), name) is not None)


def test_canonical() -> None:
    assert canonical("Acme._-Tools_*") == "acme-tools-*"


def test_first_match() -> None:
    assert first_match(["x", "s*", "six"], "six") == "s*"
    assert first_match(["x"], "six") is None


def test_most_specific() -> None:
    assert most_specific(["*", "s*", "si*", "x*"], "six") == ("si*",)
    assert most_specific(["six*", "six"], "six") == ("six",)
    assert most_specific(["*ix", "si*"], "six") == ("*ix", "si*")
    assert most_specific(["x"], "six") == ()
