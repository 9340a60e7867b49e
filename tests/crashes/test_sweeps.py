"""A part of the sweeps: what is killed, or refused something by the system, leaves nothing half-made behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from driverenv.events import Built, Linking
from driverenv.store import Store, peer
from tests.crashes import __main__ as command
from tests.crashes import invariants, scenes
from tests.integration import launching
from tests.unit.stories.bench import Bench, copy_home

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="the sweep forks, and kills by signals"),
]

PATIENCE = 90.0
"""Seconds; far longer than a dying build takes to end."""

FAULTS = ("ENOSPC", "EIO", "EMFILE", "EACCES", "EROFS", "short write")
PLAYED = {
    "first launch": 211,
    "new driver": 89,
    "unpacked beside": 83,
    "known wheels": 79,
    "asked again": 31,
    "index changed": 101,
    "file edited": 107,
    "store damaged": 109,
    "gc": 97,
    "rollback": 37,
    "rebuild": 107,
}
"""One of so many points; `python -m tests.crashes sweeps` plays them all."""


@pytest.mark.parametrize("scene", PLAYED)
def test_whatever_befalls_it(scene: str, tmp_path: Path, primed_home: Path) -> None:
    pairs = [(scene, effect) for effect in ("kill", *FAULTS)]
    points = list(command.swept(pairs, tmp_path / "swept", primed_home, step=PLAYED[scene]))
    assert [point for point in points if point["problems"]] == []
    assert {point["effect"] for point in points} == {"kill", *FAULTS}


def test_killed_while_an_sdist_is_made_a_wheel(tmp_path: Path, primed_home: Path) -> None:
    points = list(command.swept([("build", "kill")], tmp_path / "swept", primed_home, step=179))
    assert [point for point in points if point["problems"]] == []
    assert len(points) > 2


BESIDE = """
import os, sys
sys.path[:] = {paths!r}
from tests.crashes.points import EFFECTS, Points
from driverenv.store import unpacking
points = Points(EFFECTS["kill"], {number}, ({below!r},))
points.on_strike = lambda struck: os.close(os.open({flag!r}, os.O_CREAT | os.O_WRONLY))
points.arm()
unpacking.main(int(sys.argv[1]))
"""


def test_killed_is_the_process_beside(
    tmp_path: Path, primed_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it is killed while it unpacks, the launch does its work, and nothing half-made is left."""
    monkeypatch.setattr(peer, "MANY", 0)
    monkeypatch.setattr(peer, "WAITS_SECONDS", PATIENCE)
    monkeypatch.setattr(peer, "is_of_use", lambda: True)
    struck = []
    for number in range(1, 1000, 7):
        bench = Bench(tmp_path / str(number), copy_home(primed_home, tmp_path / str(number) / "home"))
        flag = bench.root / "struck"
        told = {"paths": sys.path, "number": number, "below": str(bench.home), "flag": str(flag)}
        monkeypatch.setattr(peer, "PROGRAM", BESIDE.format(**told))
        made = bench.prepare(scenes.SCENES["unpacked beside"].furnish(bench))
        assert invariants.broken(bench.home) == []
        assert list(invariants.damage(Path(made.prefix))) == []
        assert len(swept(bench)) == 2
        if not flag.exists():
            break
        struck.append(number)
    assert len(struck) > 3


def swept(bench: Bench) -> list[str]:
    """What lies in staging while somebody stages: a folder and its lock, and nothing of the dead."""
    with Store(bench.home).staging():
        return bench.staged()


@pytest.mark.skipif(sys.platform != "linux", reason="the build finds its launch by /proc")
def test_killed_while_something_is_being_built(bench: Bench) -> None:
    """The build itself kills its launch, behind its warden."""
    flag = bench.root / "killed"
    code = (
        "import os, pathlib, signal\n"
        f"flag = pathlib.Path({str(flag)!r})\n"
        "at = pathlib.Path('/proc', str(os.getppid()))\n"
        "while not flag.exists() and b'launching' not in at.joinpath('cmdline').read_bytes():\n"
        "    at = at.with_name(at.joinpath('status').read_text().partition('PPid:')[2].split()[0])\n"
        "if not flag.exists():\n"
        "    flag.touch()\n"
        "    os.kill(int(at.name), signal.SIGKILL)\n"
    )
    bench.sdist("gamma", build_code=code)
    request = bench.request("gamma\n", build_sandbox="off")
    assert launching.launch_alone(request) == -signal.SIGKILL
    assert flag.exists()
    assert invariants.broken(bench.home) == []
    made = bench.prepare(request)
    assert len(bench.told(Built)) == len(bench.told(Linking)) == 1
    assert Path(made.site_packages, "gamma").is_dir()
    end = time.monotonic() + PATIENCE
    while len(swept(bench)) != 2:  # the dying build may still have written into its folder
        assert time.monotonic() < end, swept(bench)
        time.sleep(0.02)  # between two looks
