"""Many at once: one makes it, all get it."""

from __future__ import annotations

import os
import subprocess
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from driverenv import Environment, Request, prepare
from driverenv.events import Built, Downloaded, Event, Linking, Ready
from driverenv.store import Store
from tests.integration.launching import Launched, launch_at_once
from tests.unit.stories.bench import Bench

PROCESSES = 10


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A site that has never launched: the interpreter and its image are found out by the race as well."""
    bench = Bench(tmp_path, tmp_path / "home")
    bench.wheel("dep", "1.0", files={"dep/settings.ini": "[dep]\n"})
    bench.sdist("built", "2.0", requires=["dep"], build_requires=["tool"])
    bench.wheel("tool", "3.0")
    return bench


def run(environment: Environment, code: str) -> str:
    done = subprocess.run([environment.python, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def total(launched: list[Launched], kind: type[Event]) -> int:
    return sum(one.count(kind) for one in launched)


def check_one_made(bench: Bench, launched: list[Launched]) -> None:
    assert [one.error for one in launched] == [""] * PROCESSES
    assert len({(str(one.environment), one.inode) for one in launched}) == 1
    assert total(launched, Linking) == 1
    assert total(launched, Built) == 1
    assert total(launched, Ready) == PROCESSES
    made = Environment(**launched[0].environment)
    assert run(made, "import built, dep; print(built.__version__, dep.__version__)") == "2.0 1.0"
    assert sorted(path.parent.name for path in bench.environments()) == ["Switch Driver", "build"]
    assert list(bench.home.glob("environments/.*")) == []
    with Store(bench.home).staging():  # whoever stages next sweeps what is left
        assert len(bench.staged()) == 2
    assert len([one for one in bench.home.glob("folders/image/*/*") if one.is_dir()]) == 1


def test_ten_processes_prepare_one_driver(bench: Bench) -> None:
    launched = launch_at_once([bench.request("built\n")] * PROCESSES)
    check_one_made(bench, launched)
    assert total(launched, Downloaded) == 3  # each file once


@pytest.mark.slow
def test_ten_processes_prepare_ten_drivers_of_one_content(bench: Bench) -> None:
    """Other folders, so nobody waits for the other's answer: they meet at the files, the build and the environment."""
    requests = []
    for number in range(PROCESSES):
        folder = bench.root / "sites" / str(number) / "Switch Driver"
        folder.mkdir(parents=True)
        (folder / "requirements.txt").write_text("built\n", encoding="utf-8")
        requests.append(Request(folder, policy=bench.policy(), home=bench.home))
    check_one_made(bench, launch_at_once(requests))
    assert len(list(bench.home.glob("asks/*"))) == PROCESSES


def test_sixteen_threads_prepare_four_drivers(bench: Bench) -> None:
    bench.wheel("other")
    wanted = ["built\n", "dep\n", "other\nbuilt\n", ""]
    requests = [bench.request(text, name=f"Driver {number}") for number, text in enumerate(wanted)] * 4
    start = threading.Barrier(len(requests))
    told: list[tuple[str, Event]] = []

    def launch(request: Request) -> Environment:
        start.wait(60)
        return prepare(request, on_event=lambda event: told.append((request.driver, event)))

    with ThreadPoolExecutor(len(requests)) as threads:
        made = list(threads.map(launch, requests))
    for number in range(4):
        assert len(set(made[number::4])) == 1
    assert len(set(made)) == 4
    links = Counter(driver for driver, event in told if isinstance(event, Linking))
    assert links == {request.driver: 1 for request in requests}
    assert sum(isinstance(event, Built) for _, event in told) == 1
    assert sum(isinstance(event, Ready) for _, event in told) == len(requests)
    assert run(made[2], "import built, other; print(built.DIST, other.DIST)") == "built other"


def test_readers_never_see_half_of_it(bench: Bench) -> None:
    """While it is made again and again, whoever looks sees a whole environment or none."""
    request = bench.request("dep\n", valid_for_minutes=0)
    made = prepare(request)
    done = threading.Event()
    seen: list[str] = []

    def look() -> None:
        while not done.is_set():
            for folder in bench.home.glob("environments/*"):
                if not folder.name.startswith("."):
                    with suppress(FileNotFoundError):  # put aside just now
                        seen.append(" ".join(sorted(os.listdir(folder))))

    with ThreadPoolExecutor(1) as threads:
        watching = threads.submit(look)
        try:
            for _ in range(10):
                Path(made.prefix, "pyvenv.cfg").unlink()
                prepare(request)
        finally:
            done.set()
        watching.result(60)
    log = "InstallRequirements_Switch Driver.log"
    assert set(seen) == {f"{log} Switch Driver complete lease manifest pylock.toml receipt.json shipped"}
