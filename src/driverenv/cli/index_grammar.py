"""The grammar of ``driverenv index`` and ``driverenv impact``: what is done to a repository."""

from __future__ import annotations

import argparse
from typing import Any

FOLDER = "the repository's folder (default: the one local index of the settings that is a folder)"
PLACE = f"{FOLDER}; or a server's address"


def add(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401 (argparse has no public name for it)
    """Add the commands to those of driverenv."""
    index = commands.add_parser(
        "index", help="look after a local index: files in and out, a server, a check-up", allow_abbrev=False
    )
    inner = index.add_subparsers(dest="index_command", metavar="COMMAND", required=True)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = inner.add_parser(
            name, help=text, description=text, parents=[common], allow_abbrev=False
        )
        return parser

    _add_serving(command)
    _add_stocking(command)
    _add_pushing(command)
    _add_lint(command)
    _add_snapshots(command)
    _add_impact(commands, common)


def _add_serving(command: Any) -> None:  # noqa: ANN401 (as above)
    serve = command("serve", "serve a folder with a real pypiserver, until Ctrl+C; prints its address")
    serve.add_argument("folder", metavar="FOLDER", nargs="?", help=FOLDER)
    serve.add_argument(
        "--port", metavar="PORT", type=int, default=8036, help="default: 8036; 0 for any that is free"
    )
    serve.add_argument(
        "--host",
        metavar="ADDRESS",
        default="127.0.0.1",
        help="where it listens (default: 127.0.0.1, for this machine alone; 0.0.0.0 for all)",
    )
    serve.add_argument(
        "--passwords",
        metavar="FILE",
        help="users who may upload, as htpasswd writes them; without it nobody may",
    )
    serve.add_argument(
        "--protect",
        choices=("uploads", "all"),
        default="uploads",
        help="what needs a password: uploads (default), or all, reading included",
    )
    word = command("password", "set a user's password for `serve`; it is the first line of standard input")
    word.add_argument("file", metavar="FILE", help="the file of users; made if it is not there")
    word.add_argument("user", metavar="USER", help="the user's name")
    word.add_argument("--remove", action="store_true", help="take the user out instead")


def _add_pushing(command: Any) -> None:  # noqa: ANN401
    push = command(
        "push", "check wheels, sdists, bundles and folders, and upload what is in them to a server"
    )
    _add_files(push)
    push.add_argument(
        "--url", metavar="URL", help="where the server takes uploads: http://HOST:8036/ for a pypiserver"
    )
    push.add_argument(
        "--repository",
        metavar="NAME",
        help="a section of the .pypirc, or the name of a local index of the settings",
    )
    push.add_argument("--pypirc", metavar="FILE", help="default: .pypirc in the user's home")
    _add_check(push)


def _add_stocking(command: Any) -> None:  # noqa: ANN401
    put = command(
        "add", "check wheels, sdists, bundles and folders, and put what is in them into the repository"
    )
    _add_files(put)
    put.add_argument("--to", metavar="FOLDER", help=FOLDER)
    put.add_argument(
        "--replace",
        action="store_true",
        help="a file whose content changed takes the old one's place, which is kept",
    )
    take = command("remove", "take files out of the repository; they are kept, and can be put back")
    take.add_argument(
        "names", metavar="NAME", nargs="+", help="a project, NAME==VERSION, or a file; * stands for any text"
    )
    take.add_argument("--to", metavar="FOLDER", help=FOLDER)
    for one in (put, take):
        _add_check(one)
        one.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
    show = command("list", "the projects of a repository, with their versions")
    show.add_argument("place", metavar="PLACE", nargs="?", help=PLACE)
    show.add_argument("--files", action="store_true", help="each file, with its size and date")


def _add_files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="a wheel, an sdist, an archive of such, or a folder with them",
    )
    parser.add_argument(
        "--skip-bad", action="store_true", help="leave out files that are refused, and take the others"
    )


def _add_lint(command: Any) -> None:  # noqa: ANN401
    lint = command("lint", "what is wrong with a repository or server; exit code 3 where it finds an error")
    lint.add_argument("place", metavar="PLACE", nargs="?", help=PLACE)
    lint.add_argument("--names-only", action="store_true", help="of a folder: do not read the files")
    lint.add_argument(
        "--target-python",
        metavar="VERSION",
        action="append",
        help="a Python of the site, such as 3.9; may be repeated (default: 2.7 and 3.6 to 3.15)",
    )
    lint.add_argument(
        "--platform",
        metavar="TAG",
        action="append",
        help="a platform of the site, such as win_amd64 or linux_x86_64; may be repeated",
    )
    lint.add_argument(
        "--ask-public",
        action="store_true",
        help="ask the public index which local projects it has, too; their names leave the site",
    )
    lint.add_argument(
        "--credentials",
        action="store_true",
        help="of a server of the settings: try whether anybody, or the default user, may upload",
    )
    lint.add_argument("--strict", action="store_true", help="exit code 3 for warnings, too")


def _add_impact(commands: Any, common: argparse.ArgumentParser) -> None:  # noqa: ANN401
    text = "what would become of each driver if files were put into a local index, or taken out; nothing is placed"
    impact = commands.add_parser("impact", help=text, description=text, parents=[common], allow_abbrev=False)
    impact.add_argument(
        "--add",
        metavar="FILE",
        nargs="+",
        action="extend",
        help="a wheel, an sdist, an archive of such, or a folder",
    )
    impact.add_argument(
        "--remove",
        metavar="NAME",
        nargs="+",
        action="extend",
        help="a project, NAME==VERSION, or a file; * stands for any text",
    )
    impact.add_argument("--to", metavar="PLACE", help=f"the local index that would change: {PLACE}")
    impact.add_argument("--skip-bad", action="store_true", help="leave out files that are refused")
    _add_drivers(impact)


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--check",
        action="store_true",
        help="see first what would become of each driver, and refuse where one would fail that does not now",
    )
    parser.add_argument("--anyway", action="store_true", help="with --check: do it all the same")
    _add_drivers(parser)


def _add_drivers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--drivers",
        metavar="FOLDER",
        nargs="+",
        action="extend",
        help="besides the drivers that were launched here: a driver, or a folder of drivers, zips or requirements files",
    )
    parser.add_argument("--only-drivers", action="store_true", help="only those that --drivers names")


def _add_snapshots(command: Any) -> None:  # noqa: ANN401
    note = command("snapshot", "write down what a repository has: names, sha256, sizes and dates")
    note.add_argument("place", metavar="PLACE", nargs="?", help=PLACE)
    note.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write there (default: into the folder itself, where no index looks)",
    )
    note.add_argument(
        "--with-files",
        action="store_true",
        help="copy the contents too, each once, so that all can be restored",
    )
    note.add_argument(
        "--list", action="store_true", help="show the snapshots and removals of a folder instead"
    )
    diff = command(
        "diff", "what differs between two snapshots, folders or servers; exit code 3 where anything does"
    )
    diff.add_argument("a", metavar="A", help="a snapshot (its file or id), a folder, or a server's address")
    diff.add_argument("b", metavar="B", nargs="?", help="the same (default: the repository as it is now)")
    back = command("restore", "make the repository what a snapshot says, or put back what was taken out")
    back.add_argument("what", metavar="WHAT", help="a snapshot's file or id, or the id of a removal")
    back.add_argument("--to", metavar="FOLDER", help=FOLDER)
    back.add_argument(
        "--replace", action="store_true", help="of a removal: also where the name has another content by now"
    )
    back.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
