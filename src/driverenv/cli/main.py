"""The command line from its arguments to its exit code."""

from __future__ import annotations

import os
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
            code = printing.print_error(error, shell, as_json=as_json)
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


def _reader_gone(shell: Shell) -> int:
    """Whoever read our output has gone (`driverenv ... | head`): end quietly, also when Python flushes."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, shell.out.fileno())
    os.close(nowhere)
    return printing.UNEXPECTED
