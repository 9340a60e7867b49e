"""The grammar of ``driverenv missing`` and ``driverenv bundle``: many drivers, for many targets."""

from __future__ import annotations

import argparse
from typing import Any

from driverenv.cli.index_grammar import FOLDER

BUNDLE = "a file that `driverenv bundle create` wrote"
DRIVERS = "a driver, or a folder of drivers, zips or requirements files"


def add(commands: Any, common: argparse.ArgumentParser, targets: argparse.ArgumentParser) -> None:  # noqa: ANN401 (argparse has no public name for it)
    """Add the commands to those of driverenv; `targets` has the options of those that take several."""
    text = (
        "everything that the local indexes lack for drivers, for all Pythons and platforms at once; "
        "exit code 3 where anything is missing"
    )
    missing = commands.add_parser(
        "missing", help=text, description=text, parents=[targets], allow_abbrev=False
    )
    missing.add_argument("drivers", metavar="DRIVERS", nargs="+", help=DRIVERS)
    bundle = commands.add_parser(
        "bundle", help="all that drivers need in one file, for a site without a way out", allow_abbrev=False
    )
    inner = bundle.add_subparsers(dest="bundle_command", metavar="COMMAND", required=True)

    def command(name: str, text: str, parent: argparse.ArgumentParser) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = inner.add_parser(
            name, help=text, description=text, parents=[parent], allow_abbrev=False
        )
        return parser

    _add_create(
        command("create", "resolve drivers for all Pythons and platforms, and pack all they need", targets)
    )
    verify = command("verify", "check every file, list and lock of a bundle", common)
    verify.add_argument("bundle", metavar="BUNDLE", help=BUNDLE)
    apply = command("apply", "verify a bundle, and put what is missing into a local index", common)
    apply.add_argument("bundle", metavar="BUNDLE", help=BUNDLE)
    apply.add_argument("folder", metavar="INDEX", nargs="?", help=FOLDER)
    apply.add_argument(
        "--replace",
        action="store_true",
        help="a file whose content changed takes the old one's place, which is kept",
    )
    apply.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
    diff = command("diff", "what differs between two bundles; exit code 3 where anything does", common)
    diff.add_argument("a", metavar="A", help=BUNDLE)
    diff.add_argument("b", metavar="B", help="the other one")


def _add_create(create: argparse.ArgumentParser) -> None:
    create.add_argument("drivers", metavar="DRIVERS", nargs="+", help=DRIVERS)
    create.add_argument(
        "-o", "--output", metavar="FILE", required=True, help="the bundle, a zip; written whole or not at all"
    )
    create.add_argument(
        "--build",
        action="store_true",
        help="build what is there as an sdist only into wheels, where this machine can and the wheel fits",
    )
    create.add_argument(
        "--since", metavar="BUNDLE", help="leave out the files of this bundle: the site has them"
    )
    create.add_argument(
        "--since-snapshot",
        metavar="FILE",
        help="leave out the files of this snapshot of the site's index (driverenv index snapshot -o FILE)",
    )


def add_targets(common: argparse.ArgumentParser, group: Any) -> None:  # noqa: ANN401 (as above)
    """Several Pythons and platforms; the one of other commands is not set."""
    common.set_defaults(python=None)
    group.add_argument(
        "--python",
        dest="pythons",
        metavar="VERSION",
        action="append",
        help="a Python of the site, such as 3.9 or 3.9.13; may be repeated (default: that of each driver)",
    )
    group.add_argument(
        "--platform",
        dest="platforms",
        metavar="PLATFORM",
        action="append",
        help="a platform of the site, such as linux_x86_64, manylinux_2_17_x86_64, win_amd64 or "
        "macosx_11_0_arm64; may be repeated (default: this machine as it is)",
    )
