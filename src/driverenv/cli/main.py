"""The command line from its arguments to its exit code."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence

from driverenv.cli import commands, lane, parser, printing
from driverenv.cli.shell import Shell, this_process
from driverenv.errors import DriverEnvError


def main(argv: Sequence[str], *, shell: Shell | None = None) -> int:
    """Do what `argv` says (without the program's name); gives the exit code."""
    shell = shell or this_process()
    own, passed = lane.split(argv)
    try:
        return commands.execute(commands.Call(parser.parse(own), own, passed, shell))
    except (Exception, KeyboardInterrupt, SystemExit) as error:  # noqa: BLE001 (the last one to speak)
        return _ended(error, own, shell)


def _ended(error: BaseException, own: Sequence[str], shell: Shell) -> int:
    as_json = "--json" in own
    match error:
        case DriverEnvError():
            again, legacy = _look_again(error, own), "--legacy-message" in own
            code = printing.print_error(error, shell, as_json=as_json, again=again, legacy=legacy)
        case parser.UsageError():
            code = printing.print_usage_error(str(error), error.usage, shell, as_json=as_json)
        case KeyboardInterrupt():
            code = printing.print_interrupted(shell, as_json=as_json)
        case BrokenPipeError():
            code = _reader_gone(shell)
        case SystemExit(code=stopped):  # argparse after --help and --version
            code = stopped if isinstance(stopped, int) else 0
        case _:
            verbose = bool({"-v", "--verbose"} & set(own))
            code = printing.print_unexpected(error, shell, as_json=as_json, verbose=verbose)
    return code


def _look_again(error: DriverEnvError, own: Sequence[str]) -> str:
    """The command that shows a failed launch again, without asking anybody; "" where nothing is left of it."""
    if not error.failure:
        return ""
    failures, name = os.path.split(os.path.dirname(error.failure))
    command = ["driverenv", "explain", "--last", name]
    if any(one.partition("=")[0] in ("--home", "--config") for one in own):
        command += ["--home", os.path.dirname(failures)]
    return subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)


def _reader_gone(shell: Shell) -> int:
    """Whoever read our output has gone (`driverenv ... | head`): end quietly, also when Python flushes."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, shell.out.fileno())
    os.close(nowhere)
    return printing.UNEXPECTED
