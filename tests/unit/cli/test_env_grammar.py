from __future__ import annotations

import pytest

from driverenv.cli import parser
from driverenv.cli.parser import UsageError


def test_gc() -> None:
    options = parser.parse(
        ["gc", "--dry-run", "--all", "--older-than", "1.5", "--max-bytes", "1 GB", "--keep", "3"]
    )
    assert (options.dry_run, options.all, options.older_than) == (True, True, 1.5)
    assert (options.max_bytes, options.keep) == ("1 GB", 3)
    plain = parser.parse(["gc"])
    assert (plain.dry_run, plain.all, plain.older_than, plain.max_bytes, plain.keep) == (
        False,
        False,
        None,
        None,
        None,
    )


def test_env() -> None:
    options = parser.parse(["env", "show", "Switch Driver", "--generation", "3", "--home", "/h"])
    assert (options.command, options.env_command, options.driver) == ("env", "show", "Switch Driver")
    assert (options.generation, options.home) == (3, "/h")
    assert parser.parse(["env", "list", "--json"]).json
    options = parser.parse(["env", "verify", "--contents"])
    assert (options.driver, options.contents, options.repair) == (None, True, False)


@pytest.mark.parametrize(
    "argv", [["env"], ["env", "shwo"], ["env", "show"], ["gc", "--keep", "few"], ["gc", "x"]]
)
def test_what_is_no_command(argv: list[str]) -> None:
    with pytest.raises(UsageError):
        parser.parse(argv)
