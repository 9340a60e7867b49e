"""The grammar of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn

from driverenv import __version__
from driverenv.cli import bundle_grammar, env_grammar, index_grammar, store_grammar

FORMATS = ("pylock", "pins", "json")

_EPILOG = """\
exit codes: 0 ok, 1 unexpected, 2 usage, 3 done, and the answer is "no", 130 interrupted;
101-122 one for each class of error, see the reference of errors. `run` passes on the driver's own;
`doctor` ends with 4 where there are warnings and nothing worse.
"""


class UsageError(Exception):
    """The arguments do not fit the grammar; `usage` is the command's usage text."""

    def __init__(self, message: str, usage: str = "") -> None:
        super().__init__(message)
        self.usage = usage


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message, self.format_usage())

    def _check_value(self, action: argparse.Action, value: object) -> None:
        if action.choices is None or value in action.choices:
            return
        known = [str(choice) for choice in action.choices]
        near = _nearest(str(value), known)
        hint = f"; did you mean {near}?" if near else ""
        raise argparse.ArgumentError(
            action, f"invalid choice: {str(value)!r}{hint} (choose from {', '.join(known)})"
        )


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The options of `argv`. Raises `UsageError`; `SystemExit(0)` after ``--help`` and ``--version``."""
    parser = _parser()
    options, unknown = parser.parse_known_args(argv)
    missing = next(
        (name for name in ("project", "driver", "target") if getattr(options, name, "") is None), None
    )
    if len(unknown) == 1 and unknown[0][:1] != "-" and missing is not None:
        setattr(options, missing, unknown.pop())  # argparse sees no optional operand behind an option
    if unknown:
        own = _of_command(parser, options)
        message = "; ".join((f"unrecognized arguments: {' '.join(unknown)}", *_hints(own, options, unknown)))
        raise UsageError(message, own.format_usage())
    return options


def _of_command(parser: argparse.ArgumentParser, options: argparse.Namespace) -> argparse.ArgumentParser:
    """The parser of the command that was given, for its usage and its options."""
    for name in (
        options.command,
        getattr(options, "config_command", None),
        getattr(options, "policy_command", None),
        getattr(options, "index_command", None),
        getattr(options, "env_command", None),
        getattr(options, "store_command", None),
        getattr(options, "bundle_command", None),
    ):
        for action in parser._actions:  # noqa: SLF001 (argparse has no other way in)
            if isinstance(action, argparse._SubParsersAction) and name in action.choices:  # noqa: SLF001
                parser = action.choices[name]
                break
    return parser


def _hints(
    parser: argparse.ArgumentParser, options: argparse.Namespace, unknown: Sequence[str]
) -> Iterator[str]:
    known = [name for action in parser._actions for name in action.option_strings]  # noqa: SLF001
    for argument in unknown:
        name = argument.partition("=")[0]
        if name in known:
            yield f"{name} comes after the command: driverenv {options.command} {name}"
        elif name.startswith("--") and (near := _nearest(name, known)):
            yield f"did you mean {near}?"
    if options.command == "run":
        yield f"the driver's own arguments come after `--`: driverenv run DRIVER -- {' '.join(unknown)}"


def _nearest(word: str, known: Sequence[str]) -> str | None:
    import difflib  # noqa: PLC0415 (only for this error)

    begun = [name for name in known if len(word) > len("--o") and name.startswith(word)]
    return next(iter(begun or difflib.get_close_matches(word, known, n=1, cutoff=0.75)), None)


def _parser() -> argparse.ArgumentParser:
    common = _common()
    parser = _Parser(
        prog="driverenv",
        description="Just-in-time virtual environments for drivers: local index first, "
        "local version wins or fail.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"driverenv {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)

    def command(name: str, text: str) -> _Parser:
        return commands.add_parser(name, help=text, description=text, parents=[common], allow_abbrev=False)

    driver = "the driver's folder, its zip or script, or its requirements file"
    prepare = command("prepare", "make the driver's environment if it is not there, and print its path")
    prepare.add_argument("driver", metavar="DRIVER", help=driver)
    run = command("run", "prepare the driver's environment and start the driver in it")
    run.usage = "driverenv run [options] DRIVER [-- ARGS]"
    run.add_argument("driver", metavar="DRIVER", help=f"{driver}; what follows `--` is passed on to it")
    for one in (prepare, run):
        _add_choices(one)
    lock = _add_lock(command)
    explain = _add_explain(command)
    for one in (prepare, run, lock, explain):
        _add_resolving(one)
    for one in (prepare, run, lock):
        _add_profile(one)
    _add_replay(command)
    _add_release(command)
    _add_doctor(command)
    _add_groups(commands, common)
    return parser


def _add_choices(one: _Parser) -> None:
    """Options of the commands that launch."""
    when = one.add_mutually_exclusive_group()
    when.add_argument("--refresh", action="store_true", help="ask the indexes now, whatever is still valid")
    when.add_argument(
        "--refresh-in-background",
        action="store_const",
        const="background",
        dest="refresh",
        help="where nothing is valid any more, launch with what was, and ask the indexes beside that",
    )
    env_grammar.add_locked(one)
    one.add_argument(
        "--instances",
        choices=("shared", "fresh"),
        default="shared",
        help="fresh: an environment of its own for this launch, which goes when nobody runs from it any more",
    )


def _add_resolving(one: _Parser) -> None:
    """Options of all commands that resolve."""
    one.add_argument("--name", metavar="NAME", help="the driver's readable name (default: its folder's)")
    one.add_argument(
        "--requirement",
        metavar="REQUIREMENT",
        action="append",
        help='a requirement such as "six>=1.16", in place of the driver\'s own file; may be repeated',
    )
    one.add_argument(
        "--group",
        metavar="GROUP",
        action="append",
        help="of a pyproject.toml: this dependency group or extra as well; may be repeated",
    )
    one.add_argument(
        "--save-facts",
        metavar="FILE",
        help="write all that the resolution depends on, also where it fails (FILE.gz: compressed); "
        "`driverenv replay FILE` plays it again",
    )


def _add_lock(command: Callable[[str, str], _Parser]) -> _Parser:
    lock = command("lock", "resolve only, and write what was chosen")
    lock.add_argument(
        "driver", metavar="REQUIREMENTS", help="a requirements file, or a driver's folder, zip or script"
    )
    lock.add_argument(
        "--share",
        action="store_true",
        help="put it into the site's fleet store as well: launches with --locked take it from there; exit code 3 "
        "where that cannot be",
    )
    _add_format(lock)
    return lock


def _add_profile(one: _Parser) -> None:
    one.add_argument(
        "--profile",
        action="store_true",
        help="say at the end where the time went: stages, requests, downloads, builds",
    )


def _add_explain(command: Callable[[str, str], _Parser]) -> _Parser:
    explain = command("explain", "say what would be chosen, from where, and why others were not")
    explain.add_argument(
        "driver",
        metavar="REQUIREMENTS",
        help="a requirements file, or a driver's folder; with --last the driver's name will do, "
        "with --failure it is the receipt",
    )
    explain.add_argument("project", metavar="PROJECT", nargs="?", help="only this project")
    past = explain.add_mutually_exclusive_group()
    past.add_argument(
        "--last",
        action="store_true",
        help="why the last launch of this driver that failed did so; nobody is asked",
    )
    past.add_argument("--failure", action="store_true", help="the same for the receipt of a failed launch")
    return explain


def _add_replay(command: Callable[[str, str], _Parser]) -> None:
    replay = command("replay", "play saved facts again: the same lock or the same error, and nobody is asked")
    replay.add_argument(
        "driver", metavar="FACTS", help="a file that --save-facts wrote, or the receipt of a failed launch"
    )
    _add_format(replay)


def _add_format(parser: _Parser) -> None:
    parser.add_argument("-o", "--output", metavar="FILE", help="write there, all or nothing, not to stdout")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="default: pylock for a FILE *.toml, json for *.json or, without -o, for --json; else pins",
    )


def _add_groups(commands: argparse._SubParsersAction[_Parser], common: _Parser) -> None:
    """Commands that have commands of their own."""
    index_grammar.add(commands, common)
    env_grammar.add(commands, common)
    store_grammar.add(commands, common)
    bundle_grammar.add(commands, common, _common(many=True))
    _add_config(commands, common)
    _add_policy(commands, common)


def _add_release(command: Callable[[str, str], _Parser]) -> None:
    release = command("release", "forget that names were local, so that they may come from elsewhere")
    release.usage = "driverenv release [options] NAME [NAME ...] | --list"
    release.add_argument("names", metavar="NAME", nargs="*", help="a project; * stands for any text")
    release.add_argument("--index", metavar="INDEX", help="only in this index: its name or location")
    release.add_argument("--list", action="store_true", help="show what is remembered, and forget nothing")


def _add_doctor(command: Callable[[str, str], _Parser]) -> None:
    doctor = command(
        "doctor",
        "look at everything that launches depend on, and say what is wrong, or will be, and what to do",
    )
    doctor.add_argument(
        "--index", metavar="NAME", action="append", help="only this index, by its name; may be repeated"
    )
    doctor.add_argument(
        "--fast",
        action="store_true",
        help="leave out what takes time: pages and files of indexes, trials on the disk, Pythons that nobody named",
    )


def _add_config(commands: argparse._SubParsersAction[_Parser], common: _Parser) -> None:
    config = commands.add_parser(
        "config", help="look at the settings, or take over others", allow_abbrev=False
    )
    inner = config.add_subparsers(dest="config_command", metavar="COMMAND", required=True)

    def command(name: str, text: str) -> _Parser:
        return inner.add_parser(name, help=text, description=text, parents=[common], allow_abbrev=False)

    command("show", "every value and where it came from")
    take = command(
        "import", "write a customer.config, pip.ini or pip.conf as a settings file; nobody is asked"
    )
    take.add_argument("file", metavar="FILE", help="a customer.config, pip.ini or pip.conf")
    take.add_argument(
        "-o", "--output", metavar="FILE", help="write a new file, not to stdout; none is overwritten"
    )


def _add_policy(commands: argparse._SubParsersAction[_Parser], common: _Parser) -> None:
    policy = commands.add_parser("policy", help="look at what the settings decide", allow_abbrev=False)
    inner = policy.add_subparsers(dest="policy_command", metavar="COMMAND", required=True)

    def command(name: str, text: str) -> _Parser:
        return inner.add_parser(name, help=text, description=text, parents=[common], allow_abbrev=False)

    check = command(
        "check", "say what a settings file decides, and all that is wrong with it; nobody is asked"
    )
    check.add_argument("file", metavar="FILE", help="a settings file; variables do not count")
    explain = command(
        "explain", "say who may serve a project, in which order, by which rule; nobody is asked"
    )
    explain.add_argument("name", metavar="NAME", help="a project")
    command("schema", "print the JSON Schema of a settings file")


def _common(*, many: bool = False) -> _Parser:
    """Options of every command; of those for `many` targets at once, several Pythons."""
    common = _Parser(add_help=False, allow_abbrev=False)
    site = common.add_argument_group("where from, and where to")
    site.add_argument(
        "--local",
        metavar="URL_OR_FOLDER",
        action="append",
        help="a local index; repeat for more, in order; they stand in place of those of the settings",
    )
    site.add_argument("--public", metavar="URL", help="the public index; false for none")
    mode = site.add_mutually_exclusive_group()
    mode.add_argument(
        "--offline", dest="mode", action="store_const", const="offline", help="nothing leaves the site"
    )
    mode.add_argument(
        "--online", dest="mode", action="store_const", const="online", help="absent locally: ask public"
    )
    if many:
        bundle_grammar.add_targets(common, site)
    else:
        site.add_argument("--python", metavar="PATH_OR_VERSION", help="the target interpreter")
    site.add_argument("--home", metavar="DIR", help="where store and environments are kept")
    site.add_argument("--config", metavar="FILE", help="this settings file instead of the usual ones")
    output = common.add_argument_group("what is printed")
    loudness = output.add_mutually_exclusive_group()
    loudness.add_argument("-q", "--quiet", action="store_true", help="no progress, only warnings and errors")
    loudness.add_argument("-v", "--verbose", action="store_true", help="every step, and tracebacks of bugs")
    output.add_argument("--json", action="store_true", help="results and errors as JSON")
    output.add_argument(
        "--legacy-message",
        action="store_true",
        help="after an error, one sentence that never changes: for programs that search old logs",
    )
    return common
