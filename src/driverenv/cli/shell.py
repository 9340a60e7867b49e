"""What surrounds a command: variables, streams, the current folder, and the stories it may tell."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TextIO

from driverenv.events import Listener
from driverenv.model.launch import Command, Environment, Request

NARROWEST = 20


class LockedPin(Protocol):
    """One project of a lock: the version, the file, where it is from and who asked for it."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def index(self) -> str: ...
    @property
    def location(self) -> str: ...
    @property
    def public(self) -> bool: ...
    @property
    def filename(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def hashes(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def size(self) -> int | None: ...
    @property
    def is_wheel(self) -> bool: ...
    @property
    def requires_python(self) -> str | None: ...
    @property
    def extras(self) -> tuple[str, ...]: ...
    @property
    def requested_by(self) -> tuple[str, ...]: ...


class Lock(Protocol):
    """What the lock story answers."""

    @property
    def pins(self) -> tuple[LockedPin, ...]: ...
    @property
    def python(self) -> str: ...
    @property
    def requirements_path(self) -> str: ...


class Explanation(Protocol):
    """What the explain story answers: lines for people, data for programs."""

    @property
    def lines(self) -> tuple[str, ...]: ...
    @property
    def data(self) -> dict[str, object]: ...


def _prepare(request: Request, on_event: Listener, save_facts: Path | None) -> Environment:
    from driverenv.stories.prepare import prepare  # noqa: PLC0415 (each command loads its own story)

    return prepare(request, on_event=on_event, save_facts=save_facts)


def _lock(request: Request, on_event: Listener, save_facts: Path | None) -> Lock:
    from driverenv.stories.lock import lock  # noqa: PLC0415

    return lock(request, on_event=on_event, save_facts=save_facts)


def _explain(
    request: Request, project: str | None, on_event: Listener, save_facts: Path | None
) -> Explanation:
    from driverenv.stories.explain import explain  # noqa: PLC0415

    return explain(request, project, on_event=on_event, save_facts=save_facts)


def _explain_failure(receipt: Path, project: str | None) -> Explanation:
    from driverenv.stories.explain import explain_failure  # noqa: PLC0415

    return explain_failure(receipt, project)


def _last_failure(home: str, driver: str, name: str | None) -> Path:
    from driverenv.stories.failure import last  # noqa: PLC0415
    from driverenv.stories.site import readable_stem  # noqa: PLC0415

    return last(home, driver=driver, name=name or readable_stem(driver))


def _replay(path: Path, on_event: Listener) -> Lock:
    from driverenv.stories.replay import replay  # noqa: PLC0415

    return replay(path, on_event=on_event)


@contextlib.contextmanager
def _opened(driver: Path, home: str) -> Iterator[Path]:
    from driverenv import driver as drivers  # noqa: PLC0415
    from driverenv.stories.workshop import scratch  # noqa: PLC0415

    with drivers.opened(driver, scratch=scratch(home)) as found:
        yield found.path


def _entry_point(driver: Path) -> Path:
    from driverenv.launch import entry_point  # noqa: PLC0415

    return entry_point(driver)


def _run(command: Command) -> int:
    from driverenv.launch import run  # noqa: PLC0415

    return run(command)


@dataclass(frozen=True, slots=True)
class Stories:
    """What the commands call; tests hand in their own."""

    prepare: Callable[[Request, Listener, Path | None], Environment] = _prepare
    lock: Callable[[Request, Listener, Path | None], Lock] = _lock
    explain: Callable[[Request, str | None, Listener, Path | None], Explanation] = _explain
    entry_point: Callable[[Path], Path] = _entry_point
    run: Callable[[Command], int] = _run
    replay: Callable[[Path, Listener], Lock] = _replay
    explain_failure: Callable[[Path, str | None], Explanation] = _explain_failure
    last_failure: Callable[[str, str, str | None], Path] = _last_failure
    opened: Callable[[Path, str], AbstractContextManager[Path]] = _opened


@dataclass(frozen=True, slots=True)
class Shell:
    """The surroundings of one command, as values."""

    environ: Mapping[str, str]
    cwd: Path
    out: TextIO
    err: TextIO
    stories: Stories = field(default_factory=Stories)
    clock: Callable[[], float] = time.monotonic

    @property
    def watched(self) -> bool:
        """Whether a person is looking at stderr on a terminal that can move its cursor and show colours."""
        return (
            self.err.isatty() and not self.environ.get("NO_COLOR") and self.environ.get("TERM", "") != "dumb"
        )

    @property
    def width(self) -> int | None:
        """Columns of the terminal; None where stderr is none, and lines are never wrapped."""
        return _columns(self.err)

    @property
    def result_width(self) -> int | None:
        """Columns of the terminal that results go to; None where stdout is none, and they are never wrapped."""
        return _columns(self.out)


def _columns(stream: TextIO) -> int | None:
    return max(NARROWEST, shutil.get_terminal_size().columns) if stream.isatty() else None


def this_process() -> Shell:
    """The surroundings of this process."""
    if hasattr(sys.stdout, "reconfigure"):  # a path that is no text must not end a launch
        sys.stdout.reconfigure(errors="surrogateescape" if os.name == "posix" else "backslashreplace")
    try:
        cwd = Path.cwd()
    except OSError:  # it is gone
        cwd = Path(os.path.abspath(os.sep))
    return Shell(environ=os.environ, cwd=cwd, out=sys.stdout, err=sys.stderr)
