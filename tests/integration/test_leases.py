"""Who runs from an environment keeps it, whatever becomes of the one that started it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from driverenv import Keep, collect, lease, prepare
from tests.integration.command_line import driverenv
from tests.unit.stories.bench import Bench

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals")
SLEEPS = """\
import os, sys
with open({ready!r}, "w") as file:
    file.write(sys.prefix)
with open({pipe!r}) as pipe:  # until the test opens and closes its end
    pipe.read()
import six  # it is still there
with open({done!r}, "w") as file:
    file.write(six.__file__)
"""


@pytest.fixture
def sleeper(bench: Bench) -> Iterator[Sleeper]:
    """A driver that sleeps; whatever happens, it has ended afterwards."""
    found = Sleeper(bench)
    yield found
    with contextlib.suppress(OSError):  # nobody reads: it has ended, or has not begun
        os.close(os.open(found.pipe, os.O_WRONLY | os.O_NONBLOCK))


class Sleeper:
    """A driver that says when it is up, and ends when it is told to."""

    def __init__(self, bench: Bench) -> None:
        self.ready, self.pipe, self.done = (bench.root / name for name in ("ready", "pipe", "done"))
        os.mkfifo(self.pipe)
        bench.wheel("six")
        self.folder = bench.driver("six\n")
        code = SLEEPS.format(ready=str(self.ready), pipe=str(self.pipe), done=str(self.done))
        (self.folder / "driver.py").write_text(code, encoding="utf-8")

    def launch(self, bench: Bench) -> subprocess.Popen[bytes]:
        """`driverenv run`, with settings that no environment is valid for: it stays as the driver's parent."""
        config = bench.root / "driverenv.toml"
        config.write_text(
            f'local = ["{bench.index}"]\nmode = "offline"\nbyte_code = "never"\n', encoding="utf-8"
        )
        options = ["--home", str(bench.home), "--config", str(config)]
        command = [sys.executable, "-m", "driverenv", "run", str(self.folder), *options]
        return subprocess.Popen(command, start_new_session=True)

    def wait_until_up(self) -> Path:
        """Its prefix."""
        while not self.ready.exists() or not self.ready.read_text(encoding="utf-8"):
            pass
        return Path(self.ready.read_text(encoding="utf-8"))

    def end(self) -> None:
        """Let it go on to its end."""
        with open(self.pipe, "w", encoding="utf-8"):
            pass


def swept(bench: Bench) -> list[str]:
    found = driverenv("gc", "--all", "--json", "--home", bench.home)
    assert found.code == 0, found.err
    return [item["path"] for item in json.loads(found.out)["items"] if not item["stays"]]


@posix
def test_a_sleeping_driver_holds_its_generation_though_its_launcher_is_killed(
    bench: Bench, sleeper: Sleeper
) -> None:
    with sleeper.launch(bench) as launcher:
        prefix = sleeper.wait_until_up()
        launcher.send_signal(signal.SIGKILL)
        launcher.wait(60)
        assert str(prefix) not in swept(bench)
        assert prefix.is_dir()
        sleeper.end()
        while lease.is_held(lease.path_of(str(prefix))):
            pass
    assert Path(sleeper.done.read_text(encoding="utf-8")).is_relative_to(prefix)
    assert str(prefix) in swept(bench)
    assert not prefix.parent.exists()


@posix
@pytest.mark.slow
def test_a_driver_in_place_of_the_command_holds_it_as_well(bench: Bench, sleeper: Sleeper) -> None:
    """The second `run` finds all ready and becomes the driver."""
    prefix = Path()
    for _ in range(2):
        sleeper.ready.unlink(missing_ok=True)
        with sleeper.launch(bench) as process:
            prefix = sleeper.wait_until_up()
            assert str(prefix) not in swept(bench)
            sleeper.end()
            assert process.wait(60) == 0
    assert str(prefix) in swept(bench)


@posix
@pytest.mark.slow
def test_a_driver_out_of_a_zip_keeps_what_was_extracted(bench: Bench, sleeper: Sleeper) -> None:
    packed = shutil.make_archive(str(bench.root / "Switch"), "zip", sleeper.folder)
    sleeper.folder = Path(packed)
    with sleeper.launch(bench) as launcher:
        sleeper.wait_until_up()
        launcher.send_signal(signal.SIGKILL)
        launcher.wait(60)
        swept(bench)
        (extracted,) = (bench.home / "launches").iterdir()
        assert list(extracted.glob("*/driver.py"))
        sleeper.end()
        while lease.is_held(str(extracted / "lease")):
            pass
    assert str(extracted) in swept(bench)
    assert os.listdir(bench.home / "launches") == []


def test_whoever_prepared_it_holds_it_until_it_is_started(bench: Bench) -> None:
    bench.wheel("six")
    environment = prepare(bench.request("six\n"))
    keep = Keep(grace_minutes=0, generations=0, unused_days=0)
    collect(str(bench.home), keep=keep, everything=True)
    done = environment.command(["-c", "import six; print(six.__file__)"], environ=os.environ).run(
        capture_output=True, text=True
    )
    assert done.stdout.startswith(environment.site_packages)


def test_a_server_that_prepares_all_day_leaks_nothing(bench: Bench) -> None:
    bench.wheel("six")
    request = bench.request("six\n")
    kept = [prepare(request) for _ in range(300)]
    if sys.platform == "linux":
        before = len(os.listdir("/proc/self/fd"))
        kept += [prepare(request) for _ in range(300)]
        assert len(os.listdir("/proc/self/fd")) == before
    assert len({one.prefix for one in kept}) == 1


def test_what_was_removed_is_made_again(bench: Bench) -> None:
    bench.wheel("six")
    request = bench.request("six\n")
    prefix = prepare(request).prefix
    collect(str(bench.home), keep=Keep(), everything=True)
    assert not Path(prefix).exists()
    assert prepare(request).prefix == prefix
    assert Path(prefix, "pyvenv.cfg").is_file()
