"""Variables, working directory and clock are read at the top of the house and passed down as values.

What counts is the reading of them; `os.environ` may be named in a text. Deadlines and durations
(`time.monotonic`, `time.perf_counter`) are no reading of the clock.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.budget.source import modules

if TYPE_CHECKING:
    from collections.abc import Iterator

# `otel` is a listener of the host, whose spans have times.
MAY_READ = {"__main__", "cli", "otel", "settings", "stories"}

AMBIENT = {
    "os.environ",
    "os.environb",
    "os.getenv",
    "os.getenvb",
    "os.getcwd",
    "os.getcwdb",
    "os.path.expandvars",
    "pathlib.Path.cwd",
    "time.ctime",
    "time.gmtime",
    "time.localtime",
    "time.strftime",
    "time.time",
    "time.time_ns",
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
}


def test_ambient_state_is_read_only_at_the_top() -> None:
    found = [
        f"{module.name}:{line} {what}"
        for module in modules()
        if module.room not in MAY_READ
        for line, what in ambient_uses(module.tree)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import os\nos.environ['A']", ["os.environ"]),
        ("import os as system\nsystem.getcwd()", ["os.getcwd"]),
        ("from os import environ as e\ne.get('A')", ["os.environ"]),
        ("from pathlib import Path\nPath.cwd()", ["pathlib.Path.cwd"]),
        ("import datetime\ndatetime.datetime.now(datetime.UTC)", ["datetime.datetime.now"]),
        ("def f():\n    from time import time\n    return time()", ["time.time"]),
        ("import time\ntime.monotonic()", []),
        ("def f(environ):\n    return environ['A']", []),
        ("'os.environ'", []),
    ],
)
def test_the_search_finds_what_it_should(code: str, expected: list[str]) -> None:
    assert [what for _, what in ambient_uses(ast.parse(code))] == expected


def ambient_uses(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and full name of each use of ambient state, under whatever name it was imported."""
    aliases = dict(_aliases(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load):
            name = _full_name(node, aliases)
            if name in AMBIENT:
                yield node.lineno, name


def _aliases(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                first = name.name.partition(".")[0]
                yield (name.asname, name.name) if name.asname else (first, first)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for name in node.names:
                yield name.asname or name.name, f"{node.module}.{name.name}"


def _full_name(node: ast.expr, aliases: dict[str, str]) -> str:
    match node:
        case ast.Name(id=name):
            return aliases.get(name, "")
        case ast.Attribute(value=value, attr=attribute):
            owner = _full_name(value, aliases)
            return f"{owner}.{attribute}" if owner else ""
        case _:
            return ""
