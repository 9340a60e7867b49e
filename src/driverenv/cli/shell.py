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
from typing import TYPE_CHECKING, NamedTuple, Protocol, TextIO

from driverenv.events import Listener
from driverenv.model.launch import Command, Environment, Request
from driverenv.model.lock import Lock

if TYPE_CHECKING:
    from driverenv.model.finding import Section
    from driverenv.stories.checkup import Asked

NARROWEST = 20


class Explanation(Protocol):
    """What the explain story answers: lines for people, data for programs."""

    @property
    def lines(self) -> tuple[str, ...]: ...
    @property
    def data(self) -> dict[str, object]: ...


def _prepare(request: Request, on_event: Listener, save_facts: Path | None) -> Environment:
    from driverenv.stories.prepare import prepare  # noqa: PLC0415 (each command loads its own story)

    return prepare(request, on_event=on_event, save_facts=save_facts)


def _lock(request: Request, on_event: Listener, save_facts: Path | None, share: bool) -> Lock:  # noqa: FBT001 (a field of `Stories`)
    from driverenv.stories.lock import lock  # noqa: PLC0415

    return lock(request, on_event=on_event, save_facts=save_facts, share=share)


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


def _check(asked: Asked) -> Iterator[Section]:
    from driverenv.stories.checkup import check  # noqa: PLC0415

    return check(asked)


class Opened(NamedTuple):
    """A driver that can be started."""

    path: Path
    leases: tuple[str, ...] = ()
    """The files of leases that it needs besides that of its environment."""


@contextlib.contextmanager
def _opened(driver: Path, home: str) -> Iterator[Opened]:
    from driverenv import driver as drivers  # noqa: PLC0415
    from driverenv.store.premises import open_home  # noqa: PLC0415
    from driverenv.stories.workshop import scratch  # noqa: PLC0415

    open_home(Path(home))  # before anything is extracted there
    with drivers.opened(driver, scratch=scratch(home)) as found:
        yield Opened(found.path, found.leases)


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
    lock: Callable[[Request, Listener, Path | None, bool], Lock] = _lock
    explain: Callable[[Request, str | None, Listener, Path | None], Explanation] = _explain
    entry_point: Callable[[Path], Path] = _entry_point
    run: Callable[[Command], int] = _run
    replay: Callable[[Path, Listener], Lock] = _replay
    explain_failure: Callable[[Path, str | None], Explanation] = _explain_failure
    last_failure: Callable[[str, str, str | None], Path] = _last_failure
    check: Callable[[Asked], Iterator[Section]] = _check
    opened: Callable[[Path, str], AbstractContextManager[Opened]] = _opened


@dataclass(frozen=True, slots=True)
class Shell:
    """The surroundings of one command, as values."""

    environ: Mapping[str, str]
    cwd: Path
    out: TextIO
    err: TextIO
    stories: Stories = field(default_factory=Stories)
    clock: Callable[[], float] = time.monotonic
    stdin: TextIO = field(default_factory=lambda: sys.stdin)

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
    def shows_colours(self) -> bool:
        """Whether results go to a terminal that can show colours."""
        return (
            self.out.isatty() and not self.environ.get("NO_COLOR") and self.environ.get("TERM", "") != "dumb"
        )

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
