"""The tools under test, each asked for the same thing in its own words.

Each keeps everything (store or cache, environments) in one folder of its own; `wipe` empties it.
`launch` makes the environment of a new driver, or looks at an old driver's again, and gives the
seconds of that alone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, NamedTuple, Protocol

from benchmarks import machine
from benchmarks.servers import HERE

BASE_PYTHON: str = getattr(sys, "_base_executable", None) or sys.executable

PATIENCE_SECONDS = 60.0
STOCKING_PAUSE_SECONDS = 1.1
"""Nobody begins the next spare sooner: what is measured begins it, as it does for launches that are further apart."""

DOWNLOADS = ("UV_CONCURRENT_DOWNLOADS", "4")


class Task(NamedTuple):
    """The requirements, where to find them, and what to import for "imports done"."""

    requirements: str
    url: str
    imports: str
    distributions: int
    environ: dict[str, str]
    environ_of_driverenv: dict[str, str]
    pages_hold: bool = False
    """Whether the index says for how long its pages hold, as public PyPI does."""
    public: str | None = None
    """The index that has what the one at `url` lacks; None where that is the only one."""


class Outcome(NamedTuple):
    """How long it took, and what was made."""

    seconds: float
    python: str
    site_packages: str


class Tool(Protocol):
    """One column of the results."""

    name: str
    asked: str

    def wipe(self) -> None:
        """Empty store, caches and environments."""

    def launch(self, driver: str, *, again: bool = False, imports: bool = False) -> Outcome:
        """Make the driver's environment; `again` where it is there already."""

    def ask_again(self, driver: str) -> Outcome:
        """Bring a driver's environment up to what the index says now; nothing has changed there."""

    def catch_up(self, driver: str, change: Callable[[], None]) -> Outcome:
        """Launch a driver, let the index change, and have what it says then, which alone is measured."""

    def furnish(self, drivers: Sequence[str]) -> None:
        """Make the folders of these drivers, which is no part of any measurement."""

    def close(self) -> None:
        """End what was started."""


class Workplace:
    """A tool's own folder, and how its processes run."""

    def __init__(self, root: Path, task: Task, variables: dict[str, str] | None = None) -> None:
        self.root = root
        self.task = task
        self.environ = task.environ | (variables or {})

    def wipe(self) -> None:
        # Moved away, and removed at the end of the run: for seconds after thousands of files were removed some
        # file systems are slow to make new ones (ext4 looks for inodes that were not in use just now).
        if self.root.exists():
            self.root.rename(self.root.with_name(f"{self.root.name}.{uuid.uuid4().hex}"))
        self.root.mkdir(parents=True)

    def driver(self, name: str) -> Path:
        """The driver's folder, with its requirements.txt."""
        folder = self.root / "drivers" / name
        if not folder.exists():
            folder.mkdir(parents=True)
            (folder / "requirements.txt").write_text(self.task.requirements, encoding="utf-8")
        return folder

    def furnish(self, drivers: Sequence[str]) -> None:
        """Make the folders of all of them."""
        for name in drivers:
            self.driver(name)

    def run(self, commands: Sequence[Sequence[str]]) -> tuple[float, str]:
        """Run them one after another; give the seconds and what the last one printed."""
        seconds, said = 0.0, ""
        for command in commands:
            begun = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, env=self.environ, check=False)
            seconds += time.perf_counter() - begun
            if done.returncode:
                words = " ".join(command)
                raise RuntimeError(f"{words} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
            said = done.stdout
        return seconds, said

    def imports(self, python: str) -> float:
        """The seconds of a first import of the driver's modules."""
        return self.run([[python, "-c", self.task.imports]])[0]

    def environment(self, driver: str) -> tuple[Path, str, str]:
        """Where uv and pip make it: prefix, interpreter, site-packages."""
        prefix = self.root / "environments" / driver
        return prefix, *inside(prefix)


def inside(prefix: Path) -> tuple[str, str]:
    """The interpreter and site-packages of an environment."""
    if os.name == "nt":
        return str(prefix / "Scripts" / "python.exe"), str(prefix / "Lib" / "site-packages")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return str(prefix / "bin" / "python"), str(prefix / "lib" / version / "site-packages")


class Uv:
    """`uv venv`, then `uv pip install`.

    At its best: hard links, and four downloads at once. With the fifty that it starts by default it
    overruns the queue of a plain pypiserver, and waits whole seconds for lost connections.
    """

    def __init__(self, root: Path, task: Task, *, byte_code: bool = False, defaults: bool = False) -> None:
        self.name = "uv --compile-bytecode" if byte_code else "uv with its defaults" if defaults else "uv"
        best = ["--link-mode", "hardlink"]
        self._options = ([] if defaults else best) + (["--compile-bytecode"] if byte_code else [])
        indexes = "--index-url LOCAL" if task.public is None else "--default-index PUBLIC --index LOCAL"
        asked = [f"uv venv + uv pip install -r requirements.txt {indexes}", *self._options]
        self.asked = " ".join(asked if defaults else [*asked, f"({DOWNLOADS[0]}={DOWNLOADS[1]})"])
        variables = {"UV_CACHE_DIR": str(root / "cache")} | ({} if defaults else dict([DOWNLOADS]))
        self._place = Workplace(root, task, variables)

    def wipe(self) -> None:
        self._place.wipe()

    def launch(self, driver: str, *, again: bool = False, imports: bool = False) -> Outcome:
        return self._launch(driver, again=again, imports=imports)

    def _indexes(self) -> list[str]:
        task = self._place.task
        if task.public is None:
            return ["--index-url", task.url]
        return ["--default-index", task.public, "--index", task.url]

    def _launch(self, driver: str, *more: str, again: bool = False, imports: bool = False) -> Outcome:
        prefix, python, site_packages = self._place.environment(driver)
        listed = str(self._place.driver(driver) / "requirements.txt")
        options = ["--quiet", *self._indexes(), *self._options, *more]
        make = [
            machine.uv(),
            "venv",
            "--quiet",
            "--no-python-downloads",
            "--python",
            BASE_PYTHON,
            str(prefix),
        ]
        install = [machine.uv(), "pip", "install", "--python", python, "-r", listed, *options]
        seconds, _ = self._place.run([install] if again else [make, install])
        return Outcome(seconds + (self._place.imports(python) if imports else 0), python, site_packages)

    def ask_again(self, driver: str) -> Outcome:
        return self.launch(driver)  # an installed environment is never compared with the index

    def catch_up(self, driver: str, change: Callable[[], None]) -> Outcome:
        change()
        # A page that holds for ten minutes is not asked for again. Others are, and --refresh would cost more.
        return self._launch(driver, *(["--refresh"] if self._place.task.pages_hold else []))

    def furnish(self, drivers: Sequence[str]) -> None:
        self._place.furnish(drivers)

    def close(self) -> None:
        """Nothing runs on."""


class Pip:
    """virtualenv (its images cached), then the new environment's pip, which compiles byte code."""

    name = "pip"
    asked = (
        "virtualenv + ENV/python -m pip install -r requirements.txt --index-url LOCAL (compiles byte code)"
    )

    def __init__(self, root: Path, task: Task) -> None:
        self._place = Workplace(root, task, {"VIRTUALENV_OVERRIDE_APP_DATA": str(root / "app-data")})

    def wipe(self) -> None:
        self._place.wipe()

    def launch(self, driver: str, *, again: bool = False, imports: bool = False) -> Outcome:
        prefix, python, site_packages = self._place.environment(driver)
        listed = str(self._place.driver(driver) / "requirements.txt")
        make = [sys.executable, "-m", "virtualenv", "--quiet", "--no-download", "--no-periodic-update"]
        make += ["--python", BASE_PYTHON, str(prefix)]
        options = ["--quiet", "--disable-pip-version-check", "--no-input", "--cache-dir"]
        options += [str(self._place.root / "cache"), "--index-url", self._place.task.url]
        install = [python, "-m", "pip", "install", "-r", listed, *options]
        seconds, _ = self._place.run([install] if again else [make, install])
        return Outcome(seconds + (self._place.imports(python) if imports else 0), python, site_packages)

    def ask_again(self, driver: str) -> Outcome:
        return self.launch(driver)

    def catch_up(self, driver: str, change: Callable[[], None]) -> Outcome:
        change()
        return self.launch(driver)  # pip asks for every page, however long it holds

    def furnish(self, drivers: Sequence[str]) -> None:
        self._place.furnish(drivers)

    def close(self) -> None:
        """Nothing runs on."""


class CommandLine:
    """driverenv as a launch hook calls it: one process per launch."""

    name = "driverenv CLI"
    asked = "driverenv prepare DRIVER --offline --local LOCAL --home HOME --quiet"

    def __init__(self, root: Path, task: Task) -> None:
        self._place = Workplace(root, task, task.environ_of_driverenv)

    def wipe(self) -> None:
        self._place.wipe()

    def launch(self, driver: str, *, again: bool = False, imports: bool = False) -> Outcome:
        del again
        folder = str(self._place.driver(driver))
        command = [*_hook(self._place.task), "prepare", folder, "--offline", "--quiet"]
        command += ["--local", self._place.task.url, "--home", str(self._place.root / "home")]
        seconds, said = self._place.run([command])
        python, site_packages = inside(Path(said.strip()))
        return Outcome(seconds + (self._place.imports(python) if imports else 0), python, site_packages)

    def ask_again(self, driver: str) -> Outcome:
        return self.catch_up(driver, lambda: None)

    def catch_up(self, driver: str, change: Callable[[], None]) -> Outcome:
        self._place.environ |= {"DRIVERENV_VALID_FOR_MINUTES": "0"}
        try:
            self.launch(driver)
            change()
            return self.launch(driver)
        finally:
            del self._place.environ["DRIVERENV_VALID_FOR_MINUTES"]

    def furnish(self, drivers: Sequence[str]) -> None:
        self._place.furnish(drivers)

    def close(self) -> None:
        """Nothing runs on."""


def _hook(task: Task) -> list[str]:
    """The command as it is installed, which spares Python the look for a module; not of another source."""
    script = shutil.which("driverenv", path=str(Path(sys.executable).parent))
    if script is None or task.environ_of_driverenv:
        return [sys.executable, "-m", "driverenv"]
    return [script]


class InProcess:
    """driverenv as a server's library: the seconds are taken inside a process that launches often."""

    name = "driverenv in process"

    def __init__(self, root: Path, task: Task) -> None:
        policy = "offline, local=[LOCAL]" if task.public is None else "online, local=[LOCAL], public=PUBLIC"
        self.asked = f"prepare(Request(DRIVER, policy={policy})) in a process that launched before"
        self._place = Workplace(root, task, task.environ_of_driverenv)
        self._process: subprocess.Popen[str] | None = None

    def wipe(self) -> None:
        self.close()
        self._place.wipe()
        first = self._place.task.requirements.split("\n", 1)[0] + "\n"
        scratch = str(self._place.root / "scratch")
        task = self._place.task
        command = [sys.executable, "-P", str(HERE / "worker.py"), task.url, scratch, first]
        command += [] if task.public is None else [task.public]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self._place.environ
        )
        self._answer()

    def launch(self, driver: str, *, again: bool = False, imports: bool = False) -> Outcome:
        del again
        return self._order(driver, imports=imports)

    def launch_at_once(self, drivers: Sequence[str]) -> float:
        """Launch all of them from threads of the one process; seconds until the last is ready."""
        folders = [str(self._place.driver(one)) for one in drivers]
        self._send({"drivers": folders, "home": str(self._place.root / "home"), "valid_for": 480})
        return float(str(self._answer()["seconds"]))

    def ask_again(self, driver: str) -> Outcome:
        return self.catch_up(driver, lambda: None)

    def catch_up(self, driver: str, change: Callable[[], None]) -> Outcome:
        self._order(driver, valid_for=0)
        change()
        machine.settle(1.0)
        return self._order(driver, valid_for=0)

    def take_spare(self, driver: str) -> Outcome:
        """An environment of one launch's own, made ahead, for a driver that was launched before.

        Its making is waited for before, and that of the next one after the measurement.
        """
        self._order(driver, instances="fresh")
        begun = time.monotonic()
        self._await_spare()
        time.sleep(max(0.0, begun + STOCKING_PAUSE_SECONDS - time.monotonic()))
        machine.settle(3.0)
        outcome = self._order(driver, instances="fresh")
        self._await_spare()
        return outcome

    def _await_spare(self) -> None:
        end, offered = time.monotonic() + PATIENCE_SECONDS, self._place.root / "home" / "spares"
        while not any(offered.glob("*/[!.]*")):
            if time.monotonic() > end:
                raise RuntimeError(f"{self.name}: no environment was made ahead")
            time.sleep(0.05)

    def _order(
        self, driver: str, *, imports: bool = False, valid_for: float = 480, instances: str = "shared"
    ) -> Outcome:
        order: dict[str, object] = {
            "instances": instances,
            "valid_for": valid_for,
            "driver": str(self._place.driver(driver)),
            "home": str(self._place.root / "home"),
            "imports": self._place.task.imports if imports else "",
        }
        self._send(order)
        answer = self._answer()
        seconds = float(str(answer["seconds"]))
        return Outcome(seconds, str(answer["python"]), str(answer["site_packages"]))

    def furnish(self, drivers: Sequence[str]) -> None:
        self._place.furnish(drivers)

    def close(self) -> None:
        if self._process is None:
            return
        self._stream("stdin").close()
        self._process.wait(timeout=120)
        self._stream("stdout").close()
        self._process = None

    def _stream(self, name: str) -> IO[str]:
        assert self._process is not None
        stream = self._process.stdin if name == "stdin" else self._process.stdout
        assert stream is not None
        return stream

    def _send(self, order: dict[str, object]) -> None:
        self._stream("stdin").write(json.dumps(order) + "\n")
        self._stream("stdin").flush()

    def _answer(self) -> dict[str, object]:
        line = self._stream("stdout").readline()
        if not line:
            raise RuntimeError("the worker ended; what it said is above")
        answer: dict[str, object] = json.loads(line)
        return answer
