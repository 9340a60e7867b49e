"""What this machine gives builds, tried out with a program that does nothing."""

from __future__ import annotations

from pathlib import Path

from driverenv.build import limits, process
from driverenv.build.process import Cell, Report
from driverenv.model.site import Policy


def tried(policy: Policy, scratch: Path) -> Report:
    """How a build that does nothing goes, under this policy, in the empty folder `scratch`.

    Raises `OSError` where not even that can be started.
    """
    work, private = scratch / "work", scratch / "private"
    for folder in (work, private):
        folder.mkdir()
    python = process.own_python()
    cell = Cell(work, private, (python,), limits.of(policy), policy.build_sandbox)
    return process.run(
        [python, "-I", "-S", "-c", ""], cwd=str(work), environ={}, log=scratch / "log", cell=cell
    )
