"""The grammar of ``driverenv store``: what is kept for all drivers together."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 (argparse has no public name for it)
    """Add the command to those of driverenv."""
    text = "look at what is kept for all drivers together, and repair it"
    store = commands.add_parser("store", help=text, description=text, allow_abbrev=False)
    inner = store.add_subparsers(dest="store_command", metavar="COMMAND", required=True)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = inner.add_parser(
            name, help=text, description=text, parents=[common], allow_abbrev=False
        )
        return parser

    show = command("show", "every archive and wheel: what it takes, when it was used, which drivers have it")
    show.usage = "driverenv store show [options] [NAME ...]"
    show.add_argument("names", metavar="NAME", nargs="*", help="only these projects; * stands for any text")
    verify = command("verify", "whether everything in the store is what it was when it came in")
    verify.add_argument(
        "--contents",
        action="store_true",
        help="read every file, also those whose size, times and inode are as they were",
    )
    verify.add_argument(
        "--repair",
        action="store_true",
        help="put aside what is damaged, and have it again: from its archive, else from the index that it came from",
    )
