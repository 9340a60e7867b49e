from __future__ import annotations

import pytest

from driverenv.report.content import Said
from driverenv.stories.reporting.texts import LONGEST, block, plain, said, several


def test_no_secrets_and_no_control_characters() -> None:
    assert plain("http://ann:horse@lab/x?token=1\x1b[0m\udc80") == "http://***@lab/x?***"
    assert plain("a\x1b\nb\udc80") == "a\\x1b\\nb\\udc80"
    assert (
        plain("http://ann:" + "x" * (LONGEST + 100) + "@lab/") == "http://***@lab/"
    )  # masked before it is cut
    assert len(plain("x" * 100_000)) == LONGEST + 1


def test_lines_stay_lines() -> None:
    assert block("a\n  b://u:p@c") == "a\n  b://***@c"
    assert block("\n" * 200).endswith("and 121 more lines")


def test_lists() -> None:
    assert several(["a", 1, "c"], 2) == ("a", "1", "and 1 more")
    assert said([{"a": "x", "b": "y"}] * 3, "a", "b", 2) == (Said("x", "y"),) * 2
    with pytest.raises(TypeError):
        several("abc", 2)
