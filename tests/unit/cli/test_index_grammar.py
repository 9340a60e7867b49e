from __future__ import annotations

import pytest

from driverenv.cli.parser import UsageError, parse


def test_every_command_of_index_is_known() -> None:
    for line in (
        "add a.whl b.zip --to idx --replace --skip-bad --dry-run",
        "remove six==1.0 --to idx --dry-run",
        "list idx --files",
        "snapshot idx -o x.json --with-files",
        "snapshot --list",
        "diff a.json idx",
        "diff a.json",
        "serve idx --port 0 --host 0.0.0.0 --passwords users --protect all",
        "password users ann --remove",
        "push a.whl --url http://x/ --repository lab --pypirc x --skip-bad",
        "restore 2026 --to idx --replace --dry-run",
    ):
        name, *words = line.split()
        options = parse(["index", name, *words, "--json"])
        assert (options.command, options.index_command, options.json) == ("index", name, True)


def test_a_slip_is_told_with_what_was_meant() -> None:
    with pytest.raises(UsageError, match="did you mean snapshot"):
        parse(["index", "snapshoot"])
    with pytest.raises(UsageError, match="did you mean --replace") as caught:
        parse(["index", "add", "x.whl", "--replac"])
    assert "driverenv index add" in caught.value.usage
