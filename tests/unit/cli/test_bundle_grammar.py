from __future__ import annotations

import pytest

from driverenv.cli.parser import UsageError, parse


def test_several_targets() -> None:
    options = parse(["missing", "a", "b c", "--python", "3.9", "--python", "3.12", "--platform", "win32"])
    assert (options.drivers, options.pythons, options.platforms) == (["a", "b c"], ["3.9", "3.12"], ["win32"])
    assert options.python is None
    assert parse(["lock", "a", "--python", "3.9"]).python == "3.9"
    with pytest.raises(UsageError, match="DRIVERS"):
        parse(["missing"])
