"""``driverenv`` and ``python -m driverenv``: the warm lane where it leads home, else the command line."""

import os
import sys
import time

from driverenv.cli import lane


def main() -> int:
    """Run what `sys.argv` says; returns the exit code."""
    begun = time.monotonic()
    argv = sys.argv[1:]
    code = lane.launch(argv, os.environ, begun) if argv[:1] in (["prepare"], ["run"]) else None
    if code is None:
        from driverenv.cli.main import main as command_line  # noqa: PLC0415 (argparse and all: the long way)

        code = command_line(argv)
    return code


if __name__ == "__main__":
    sys.exit(main())
