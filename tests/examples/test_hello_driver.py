"""The example driver, run as the demo runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples.running import HELLO, HELLO_INDEX
from tests.kit import StaticIndex


def launch(public: StaticIndex, home: Path) -> subprocess.CompletedProcess[str]:
    where = ["--local", str(HELLO_INDEX), "--public", public.simple_url, "--home", str(home)]
    command = [sys.executable, "-m", "driverenv", "run", str(HELLO), *where]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_says_what_it_imported_and_from_where(public: StaticIndex, tmp_path: Path) -> None:
    first = launch(public, tmp_path / "home")
    assert (first.returncode, first.stdout.splitlines()) == (
        0,
        [
            "Hello from hello-driver",
            f"  hello-greeter 1.2.0 from {HELLO_INDEX}",
            f"  humanize 4.12.0 from {public.simple_url}",
        ],
    ), first.stderr
    assert "resolved 2 distributions, 1 local, 1 public" in first.stderr
    assert public.log.projects() == {"humanize"}


@pytest.mark.slow
def test_the_second_launch_asks_nobody(public: StaticIndex, tmp_path: Path) -> None:
    first = launch(public, tmp_path / "home")
    public.log.clear()
    second = launch(public, tmp_path / "home")
    assert second.stdout == first.stdout
    assert second.stderr.startswith("ready (nothing to do) in ")
    assert len(public.log) == 0
