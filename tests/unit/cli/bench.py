"""A shell on paper: streams in memory, stories that are told by the test."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from driverenv import warm
from driverenv.cli.main import main
from driverenv.cli.shell import Explanation, Shell, Stories
from driverenv.events import Event, Linking, Listener, Ready, Resolving, Solved, Started, Warned
from driverenv.model.launch import Command, Environment, Request
from driverenv.model.lock import Lock, LockedPin

NOW = 1_000.0


@dataclass(frozen=True)
class Pin(LockedPin):
    name: str = "six"
    version: str = "1.16.0"
    index: str = "lab"
    location: str = "http://lab:8036/simple/"
    public: bool = False
    filename: str = "six-1.16.0-py2.py3-none-any.whl"
    url: str = "http://lab:8036/packages/six-1.16.0-py2.py3-none-any.whl"
    hashes: tuple[tuple[str, str], ...] = (("sha256", "ab" * 32),)
    size: int | None = 11_053
    is_wheel: bool = True
    requires_python: str | None = ">=2.7"
    extras: tuple[str, ...] = ()
    requested_by: tuple[str, ...] = ("requirements.txt:1",)
    direct: str = ""


@dataclass(frozen=True)
class FakeLock(Lock):
    pins: tuple[LockedPin, ...] = (Pin(),)
    python: str = "3.11.7"
    requirements_path: str = "requirements.txt"


@dataclass(frozen=True)
class Told:
    lines: tuple[str, ...] = ("six 1.16.0 from lab",)
    data: dict[str, Any] = field(default_factory=lambda: {"six": "1.16.0"})


class Screen(io.StringIO):
    """A stream that may be a terminal."""

    def __init__(self, *, tty: bool = False) -> None:
        super().__init__()
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty


class Bench:
    """Runs commands over faked stories, and keeps what they asked for and printed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cwd = root / "site"
        self.driver = self.cwd / "Switch Driver"
        self.driver.mkdir(parents=True)
        (self.driver / "driver.py").write_text("", encoding="utf-8")
        (self.driver / "requirements.txt").write_text("six\n", encoding="utf-8")
        self.home = root / "home"
        self.environ = {"DRIVERENV_HOME": str(self.home), "HOME": str(root)}
        self.lock: Lock = FakeLock()
        self.shared: list[bool] = []
        self.explanation: Explanation = Told()
        self.error: BaseException | None = None
        self.events: list[Event] = [
            Started("Switch Driver", "3.11.7"),
            Resolving(1, 2),
            Solved(1, 1),
            Linking(1),
        ]
        self.reused = False
        self.requests: list[Request] = []
        self.commands: list[Command] = []
        self.projects: list[str | None] = []
        self.saved: list[Path | None] = []
        self.looked_at: list[Path] = []
        self.out = Screen()
        self.err = Screen()
        self.stdin: TextIO = Screen()

    def environment(self) -> Environment:
        generation = self.home / "environments" / "k" / "Switch Driver"
        return Environment(
            prefix=str(generation),
            python=str(generation / "bin" / "python"),
            bin=str(generation / "bin"),
            site_packages=str(generation / "lib"),
            name="Switch Driver",
            key="k",
        )

    def run(self, *argv: str, tty: bool = False) -> int:
        self.out, self.err = Screen(tty=tty), Screen(tty=tty)
        return main(argv, shell=self.shell())

    def shell(self) -> Shell:
        stories = Stories(
            self._prepare,
            self._lock,
            self._explain,
            self._entry_point,
            self._run,
            self._replay,
            self._explain_failure,
            self._last_failure,
        )
        return Shell(self.environ, self.cwd, self.out, self.err, stories, clock=lambda: 1.0, stdin=self.stdin)

    def error_json(self) -> dict[str, Any]:
        error: dict[str, Any] = json.loads(self.err.getvalue())["error"]
        return error

    def _tell(self, request: Request, on_event: Listener) -> None:
        self.requests.append(request)
        for event in self.events:
            on_event(event)
        if self.error is not None:
            raise self.error

    def _prepare(self, request: Request, on_event: Listener, save_facts: Path | None) -> Environment:
        self.saved.append(save_facts)
        self._tell(request, on_event)
        environment = self.environment()
        self.record(environment)
        on_event(Ready(environment.prefix, self.reused, 0.84, ask="a" * 40, home=str(self.home), how="made"))
        return environment

    def record(self, environment: Environment) -> None:
        """As the story does: the warm record of the launch."""
        Path(environment.prefix).mkdir(parents=True, exist_ok=True)
        text = warm.render(
            checked=NOW,
            until=NOW + 60,
            fields={name: getattr(environment, name) for name in environment.__slots__},
            inputs=(str(self.driver / "requirements.txt"),),
            stamps=(),
        )
        path = Path(warm.ask_path(str(self.home), "a" * 40))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def _lock(self, request: Request, on_event: Listener, save_facts: Path | None, share: bool) -> Lock:
        self.saved.append(save_facts)
        self.shared.append(share)
        self._tell(request, on_event)
        return self.lock

    def _explain(
        self, request: Request, project: str | None, on_event: Listener, save_facts: Path | None
    ) -> Explanation:
        self.saved.append(save_facts)
        self._tell(request, on_event)
        self.projects.append(project)
        return self.explanation

    def _replay(self, path: Path, on_event: Listener) -> Lock:
        self.looked_at.append(path)
        on_event(Warned("INDEX_NOTE", "odd"))
        if self.error is not None:
            raise self.error
        return self.lock

    def _explain_failure(self, receipt: Path, project: str | None) -> Explanation:
        self.looked_at.append(receipt)
        self.projects.append(project)
        return self.explanation

    def _last_failure(self, home: str, driver: str, name: str | None) -> Path:
        return Path(home, "failures", name or Path(driver).name, "last.json")

    def _entry_point(self, driver: Path) -> Path:
        return driver / "driver.py"

    def _run(self, command: Command) -> int:
        self.commands.append(command)
        return 7
