"""``driverenv index``: each of its commands, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from driverenv.cli.commands import Call
    from driverenv.settings import Settings


def execute(call: Call, settings: Callable[[Call], Settings]) -> int:
    """Do what the options say; gives the exit code."""
    from driverenv.cli import linting, pushing, serving, snapshots, stock  # noqa: PLC0415 (a launch never needs them)

    commands: dict[str, Callable[[Call, Settings], int]] = {
        "add": stock.add,
        "remove": stock.remove,
        "list": stock.show,
        "snapshot": snapshots.snapshot,
        "diff": snapshots.diff,
        "restore": snapshots.restore,
        "lint": linting.lint,
        "push": pushing.push,
        "serve": serving.serve,
        "password": serving.password,
    }
    return commands[call.options.index_command](call, settings(call))
