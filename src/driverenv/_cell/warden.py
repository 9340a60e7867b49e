"""The program that runs beside foreign code: reads an order, runs it, answers with a report.

Standard input is one line, the order, and then nothing for as long as somebody waits: its end means
that the code is to be ended. Standard output is one line, the report; standard error is the log of
what the code prints.
"""

from __future__ import annotations

import os
import sys

from driverenv._cell.terms import Order

STARTER = "import sys; sys.path.append(sys.argv[1]); from driverenv._cell.warden import main; main()"
"""What a Python is given with `-c`; its argument is the folder that `driverenv` is in."""


def main() -> None:
    """Do one order."""
    order = Order.decoded(_first_line())
    if sys.platform == "win32":
        from driverenv._cell import windows as system  # noqa: PLC0415 (one of the two)
    else:
        from driverenv._cell import posix as system  # noqa: PLC0415
    report = system.run(order)
    os.write(sys.stdout.fileno(), report.encoded())


def _first_line() -> bytes:
    found = b""
    while not found.endswith(b"\n"):
        piece = os.read(sys.stdin.fileno(), 1 << 16)
        if not piece:
            raise SystemExit("no order")
        found += piece
    return found
