"""The grammar of ``driverenv env``, ``history`` and ``gc``: what is there, what was, and what is not needed any more."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

DRIVER = "the driver's name, as `driverenv env list` shows it, or its path"


def add(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 (argparse has no public name for it)
    """Add the commands to those of driverenv."""
    _add_gc(commands, common)
    _add_env(commands, common)
    _add_history(commands, common)
    _add_many(commands, common)
    _add_report(commands, common)


def _add_gc(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401
    text = "remove environments and other things that nobody uses, while launches go on"
    gc = commands.add_parser("gc", help=text, description=text, parents=[common], allow_abbrev=False)
    gc.add_argument("--dry-run", action="store_true", help="remove nothing, only say what would be, and why")
    gc.add_argument(
        "--all",
        action="store_true",
        help="all that no process uses, whatever is to be kept; what is needed again is made again",
    )
    gc.add_argument(
        "--older-than",
        metavar="DAYS",
        type=float,
        help="the environments of drivers that were not launched for so long (`unused_days`)",
    )
    gc.add_argument(
        "--max-bytes",
        metavar="SIZE",
        help="until environments and store take no more: 20GB, say (`max_bytes`)",
    )
    gc.add_argument(
        "--store-bytes",
        metavar="SIZE",
        help="until the store takes no more, or all that is in it is in an environment (`store_bytes`)",
    )
    gc.add_argument(
        "--keep",
        metavar="N",
        type=int,
        help="so many earlier environments of each driver stay (`generations`)",
    )


def _add_history(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401
    text = "what launched when, with what, and why that changed"
    history = commands.add_parser(
        "history", help=text, description=text, parents=[common], allow_abbrev=False
    )
    history.add_argument("driver", metavar="DRIVER", help=DRIVER)
    history.add_argument(
        "--last",
        metavar="N",
        type=int,
        default=20,
        help="so many rows, of launches that went alike, or with --json launches (default: 20; 0 for all)",
    )


def add_locked(one: argparse.ArgumentParser) -> None:
    """The option of all commands that launch, or look at launches beforehand."""
    one.add_argument(
        "--locked",
        action="store_true",
        help="have just what the lock says, or fail: pylock.toml in the driver's folder, else the one that the "
        "site shares, else that of its last environment",
    )


def _add_many(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401
    """The commands for many drivers at once."""
    text = "make the environments of many drivers at once, before anybody launches them"
    prewarm = commands.add_parser(
        "prewarm", help=text, description=text, parents=[common], allow_abbrev=False
    )
    prewarm.add_argument(
        "--dry-run", action="store_true", help="make nothing, and say which would fail at their next launch"
    )
    prewarm.add_argument(
        "--refresh", action="store_true", help="ask the indexes now, whatever is still valid"
    )
    text = "prove of many drivers that each would launch offline, here and now; no environment is made"
    ready = commands.add_parser("ready", help=text, description=text, parents=[common], allow_abbrev=False)
    for name, one in (("prewarm", prewarm), ("ready", ready)):
        one.usage = f"driverenv {name} [options] [DRIVER ...]"
        one.add_argument(
            "drivers",
            metavar="DRIVER",
            nargs="*",
            help="a driver, a folder of drivers, or a driver's name (default: all that were launched)",
        )
        one.add_argument(
            "--jobs",
            metavar="N",
            type=int,
            default=0,
            help="so many at once (default: what fits this machine)",
        )
        add_locked(one)


def _add_env(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401
    env = commands.add_parser(
        "env", help="look at environments, verify them, go back to an earlier one", allow_abbrev=False
    )
    inner = env.add_subparsers(dest="env_command", metavar="COMMAND", required=True)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = inner.add_parser(
            name, help=text, description=text, parents=[common], allow_abbrev=False
        )
        return parser

    _add_looking(command)
    _add_changing(command)


def _add_looking(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    command("list", "every driver that was launched, and its current environment")
    show = command("show", "the generations of a driver: when and why each was made, and what is in it")
    show.add_argument("driver", metavar="DRIVER", help=DRIVER)
    show.add_argument(
        "--generation", metavar="N", type=int, help="what is in this one, not in the current one"
    )
    diff = command("diff", "what is different between two generations of a driver, and why")
    diff.usage = "driverenv env diff [options] DRIVER [OLD [NEW]]"
    diff.add_argument("driver", metavar="DRIVER", help=DRIVER)
    diff.add_argument(
        "old", metavar="OLD", nargs="?", type=int, help="a generation's number (default: the one before NEW)"
    )
    diff.add_argument(
        "new", metavar="NEW", nargs="?", type=int, help="another one (default: the current one)"
    )
    diff.add_argument("--files", action="store_true", help="every file that is not the same")
    _add_accounts(command)


def _add_accounts(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    why = command(
        "why", "why a project is in there: who asks for it, from which line; who serves it, by which rule"
    )
    why.usage = "driverenv env why [options] PROJECT [DRIVER]"
    why.add_argument("project", metavar="PROJECT", help="a project; how it is spelled does not matter")
    why.add_argument(
        "driver",
        metavar="DRIVER",
        nargs="?",
        help=f"{DRIVER} (default: all drivers whose environment has it)",
    )
    why.add_argument(
        "--generation", metavar="N", type=int, help="in this generation of DRIVER, not in the current one"
    )
    sbom = command("sbom", "what is in an environment, as a CycloneDX bill of materials (JSON 1.6)")
    sbom.usage = "driverenv env sbom [options] DRIVER"
    sbom.add_argument("driver", metavar="DRIVER", help=DRIVER)
    sbom.add_argument("--generation", metavar="N", type=int, help="of this one, not of the current one")
    sbom.add_argument("-o", "--output", metavar="FILE", help="write there, all or nothing, not to stdout")
    command("schema", "print the JSON Schema of receipts")


def _add_changing(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    verify = command("verify", "whether environments are what they were made, file by file")
    verify.usage = "driverenv env verify [options] [DRIVER]"
    verify.add_argument("driver", metavar="DRIVER", nargs="?", help=f"{DRIVER} (default: all)")
    verify.add_argument(
        "--contents",
        action="store_true",
        help="read every file, also those whose size, times and inode are as they were",
    )
    verify.add_argument(
        "--repair", action="store_true", help="make again, from the store, what is not what it was made"
    )
    back = command("rollback", "have a driver use an earlier generation, until it is released")
    back.usage = "driverenv env rollback [options] DRIVER [N] | --release DRIVER"
    back.add_argument("driver", metavar="DRIVER", help=DRIVER)
    back.add_argument(
        "number",
        metavar="N",
        nargs="?",
        type=int,
        help="the generation (default: the one before the current)",
    )
    back.add_argument("--release", action="store_true", help="let the driver go on again")
    rebuild = command("rebuild", "ask the indexes for a driver, and make its environment again in any case")
    rebuild.add_argument("driver", metavar="DRIVER", help=DRIVER)


def _add_report(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401
    text = (
        "all that is known of drivers and environments as one page for a browser; nothing is asked or changed"
    )
    report = commands.add_parser("report", help=text, description=text, parents=[common], allow_abbrev=False)
    report.usage = "driverenv report [options] [ENV|HOME] -o FILE"
    report.add_argument(
        "target",
        metavar="ENV|HOME",
        nargs="?",
        help="only this driver, by name or path, or this environment, by its folder or key; or another home folder",
    )
    report.add_argument(
        "-o", "--output", metavar="FILE", help="write there, all or nothing; - or nothing: to stdout"
    )
