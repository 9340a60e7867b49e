from __future__ import annotations

import pytest

from driverenv.cli import parser
from driverenv.cli.parser import UsageError


def test_verify() -> None:
    plain = parser.parse(["store", "verify"])
    assert (plain.command, plain.store_command, plain.contents, plain.repair) == (
        "store",
        "verify",
        False,
        False,
    )
    options = parser.parse(["store", "verify", "--contents", "--repair", "--json", "--home", "/h"])
    assert (options.contents, options.repair, options.json, options.home) == (True, True, True, "/h")


def test_show() -> None:
    assert parser.parse(["store", "show"]).names == []
    assert parser.parse(["store", "show", "six", "zope.*"]).names == ["six", "zope.*"]


@pytest.mark.parametrize("argv", [["store"], ["store", "shwo"], ["store", "verify", "six"]])
def test_what_is_no_command(argv: list[str]) -> None:
    with pytest.raises(UsageError):
        parser.parse(argv)
