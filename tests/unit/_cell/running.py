"""Runs code in a cell, as a build is run, and tells what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from driverenv.build.process import Cell, Limits, Report, run

PYTHON = os.path.realpath(sys.executable)
AMPLE = Limits(seconds=60, memory=2 << 30, disk=1 << 30, output=1 << 20, processes=100)


def gives_namespaces() -> bool:
    """Whether this machine lets this account have namespaces: what a look from outside says, not our own."""
    asked = ["unshare", "--user", "--map-current-user", "--net", "--pid", "--mount", "--fork", "true"]
    try:
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@dataclass
class Runner:
    """A folder to run in, and what is given to what runs there."""

    folder: Path
    limits: Limits = AMPLE
    isolation: str = "auto"
    network: bool = False
    needed: tuple[str, ...] = (sys.base_prefix,)
    environ: dict[str, str] = field(default_factory=lambda: {"PATH": os.defpath})

    def __post_init__(self) -> None:
        self.work = self.folder / "work"
        self.work.mkdir(parents=True)
        self.log = self.folder / "log"
        self.count = 0

    def cell(self) -> Cell:
        """A cell in this folder."""
        self.count += 1
        private = self.folder / f"private-{self.count}"
        private.mkdir()
        return Cell(self.work, private, self.needed, self.limits, self.isolation, self.network)

    def run(self, code: str, *argv: str) -> Report:
        """Run `code`, or the program `argv`."""
        command = argv or (PYTHON, "-I", "-S", "-c", code)
        return run(command, cwd=str(self.work), environ=self.environ, log=self.log, cell=self.cell())

    def ask(self, expression: str) -> Any:  # noqa: ANN401 (JSON)
        """What `expression` is in there; `os` and `sys` are imported."""
        report = self.run(f"import json, os, sys; print(json.dumps({expression}))")
        assert report.status == 0, (report, self.said())
        return json.loads(self.said().splitlines()[-1])

    def said(self) -> str:
        """All that was printed so far."""
        return self.log.read_text(encoding="utf-8")
