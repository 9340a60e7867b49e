from __future__ import annotations

import argparse
from typing import Any

from driverenv.cli import index_grammar
from driverenv.cli.parser import _parser
from tests.unit.cli.bench import Bench


def inner(parser: argparse.ArgumentParser, dest: str) -> dict[str, Any]:
    return next(dict(action.choices) for action in parser._actions if action.dest == dest and action.choices)


def test_every_command_of_the_grammar_is_done(bench: Bench) -> None:
    assert index_grammar.PLACE
    for name in inner(inner(_parser(), "command")["index"], "index_command"):
        assert bench.run("index", name, "--help") == 0
        assert bench.run("index", name, "x", "--no-such-option") == 2


def test_a_command_is_needed(bench: Bench) -> None:
    assert bench.run("index") == 2
    assert "driverenv index" in bench.err.getvalue()
