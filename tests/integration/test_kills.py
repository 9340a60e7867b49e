"""kill -9 in the middle of a prepare: nothing half-built is visible, the next prepare works, and it sweeps."""

from __future__ import annotations

import base64
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from driverenv import Request, prepare
from driverenv.events import Built, Linking
from driverenv.store import Store
from tests.integration import killing, launching
from tests.unit.stories.bench import Bench

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="the sweep forks, and kills by signals"),
]

PATIENCE = 90.0
"""Seconds; far longer than a dying build takes to end."""


def furnish(bench: Bench) -> Request:
    bench.wheel(
        "alpha",
        requires=["beta"],
        files={"alpha/settings.ini": "[alpha]\n"},
        entry_points={"console_scripts": {"alpha": "alpha:main"}},
    )
    bench.wheel("beta", data_files={"scripts/tool": "#!python\n"})
    return bench.request("alpha\n")


def sweep(bench: Bench, request: Request, kind: str, *, template: Path | None, step: int) -> int:
    """Kill at each `step`th point; the number of points. `step` = 1 is the whole sweep, and takes a minute."""
    folder = bench.root / "swept"
    folder.mkdir()
    told = {
        "request": base64.b64encode(pickle.dumps(request)).decode(),
        "kind": kind,
        "template": str(template or ""),
        "folder": str(folder),
        "step": step,
    }
    done = subprocess.run(
        [sys.executable, killing.__file__],
        input=json.dumps(told) + "\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    *problems, last = json.loads(done.stdout)
    assert problems == [], done.stderr
    return int(last.removeprefix("points: "))


def test_killed_at_an_operation(bench: Bench) -> None:
    assert sweep(bench, furnish(bench), "operation", template=bench.home, step=7) > 100


def test_killed_in_the_middle_of_a_write(bench: Bench) -> None:
    assert sweep(bench, furnish(bench), "write", template=bench.home, step=3) > 15


def test_killed_in_the_very_first_launch(bench: Bench) -> None:
    assert sweep(bench, furnish(bench), "operation", template=None, step=25) > 150


def test_killed_at_an_event(bench: Bench) -> None:
    furnish(bench)
    bench.sdist("gamma", requires=["alpha"])
    assert sweep(bench, bench.request("gamma\n"), "event", template=bench.home, step=4) > 10


def test_killed_while_a_damaged_environment_is_made_anew(bench: Bench) -> None:
    request = furnish(bench)
    made = prepare(request)
    Path(made.prefix, "pyvenv.cfg").write_bytes(killing.DAMAGED)
    shutil.rmtree(bench.home / "asks")
    assert sweep(bench, request, "operation", template=bench.home, step=9) > 50


def swept(bench: Bench) -> list[str]:
    """What lies in staging while somebody stages: a folder and its lock, and nothing of the dead."""
    with Store(bench.home).staging():
        return bench.staged()


def test_killed_while_something_is_being_built(bench: Bench) -> None:
    """The build itself kills its launch, and goes on without it."""
    flag = bench.root / "killed"
    code = (
        "import os, pathlib, signal\n"
        f"flag = pathlib.Path({str(flag)!r})\n"
        "if not flag.exists():\n"
        "    flag.touch()\n"
        "    os.kill(os.getppid(), signal.SIGKILL)\n"
    )
    bench.sdist("gamma", build_code=code)
    request = bench.request("gamma\n")
    assert launching.launch_alone(request) == -signal.SIGKILL
    assert flag.exists()
    assert killing.whole(bench.home) == []
    made = bench.prepare(request)
    assert len(bench.told(Built)) == len(bench.told(Linking)) == 1
    assert Path(made.site_packages, "gamma").is_dir()
    end = time.monotonic() + PATIENCE
    while len(swept(bench)) != 2:  # the dying build may still have written into its folder
        assert time.monotonic() < end, bench.staged()
        time.sleep(0.02)  # between two looks
