"""Run the code on a POSIX system: start it as deep as the system allows, listen, watch, and end everything."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from driverenv._cell import keeper
from driverenv._cell.keeper import LADDER, MOUNT, NET, PID, USER
from driverenv._cell.terms import ABANDONED, UNCONFINED, Held, Order, Report
from driverenv._cell.watch import Breach, Watch, descendants

_INPUT, _LOG = 0, 2
_BEGIN_SECONDS = 15.0
"""How long entering the namespaces may take: a file system that does not answer must not hold us up."""
_CHUNK = 1 << 16
_PIPE_BYTES = 1 << 20
"""As much as a pipe holds at most."""
_GONE = b'{"error": "the process that watches it was ended"}'
_PAUSE = 0.005


class _Started(NamedTuple):
    pid: int
    notes: int
    output: int
    held: Held
    group: int = 0
    """The process group of the code, where it can be named."""
    report: Report | None = None
    """Why it did not begin, where it did not."""


def run(order: Order) -> Report:
    """Run the code to its end, and answer when no process of it is left."""
    if sys.platform == "linux":
        from driverenv._cell import linux  # noqa: PLC0415 (Linux only)

        linux.adopt_orphans()
    started = _start(order)
    if started.report is not None:
        return started.report
    watch = Watch((order.work, order.private), order.limits, os.getpid())
    status, error, breach = _Listener(started, watch).listen()
    end_all(started.pid)
    _drain(started.output, watch)
    last = watch.last()
    breach = breach or last
    if breach is not None:
        return Report(None, breach.limit, "", started.held, breach.detail)
    return Report(status, "", error, started.held)


def _start(order: Order) -> _Started:
    """Start the keeper on the highest rung of the ladder that carries."""
    wanted = {MOUNT, *(() if order.network else (NET,))} if order.isolation == "required" else set()
    because, held = "", Held()
    for rung in _rungs(order):
        held = _held(order, rung, because)
        if not wanted <= set(rung):
            least = _held(order, (), because)
            return _Started(0, -1, -1, least, report=Report(None, UNCONFINED, "", least))
        started, note = _try(order, rung, held)
        if note.get("ready"):
            return started
        end_all(started.pid)
        os.close(started.notes)
        os.close(started.output)
        if "error" in note:  # it got as far as the program, which does not start anywhere
            return started._replace(report=Report(None, "", str(note["error"]), held))
        because = because or str(note.get("failed", "it did not answer"))
    return _Started(0, -1, -1, held, report=Report(None, "", because, held))


def _rungs(order: Order) -> list[tuple[str, ...]]:
    if order.isolation == "off" or sys.platform != "linux":
        return [()]
    given = [tuple(one for one in rung if one != NET or not order.network) for rung in LADDER]
    return [rung for rung in given if rung != (USER,)]


def _held(order: Order, rung: tuple[str, ...], because: str) -> Held:
    if order.isolation == "off":
        because = "switched off in the settings"
    elif sys.platform != "linux":
        because = f"{sys.platform} has no means for it without further rights"
    return Held(
        network="allowed" if order.network else "cut" if NET in rung else "open",
        files="own" if MOUNT in rung else "open",
        processes="namespace" if PID in rung else "reaper" if sys.platform == "linux" else "group",
        because=because,
    )


def _try(order: Order, rung: tuple[str, ...], held: Held) -> tuple[_Started, Mapping[str, Any]]:
    notes, their_notes = os.pipe()
    output, their_output = os.pipe()
    pid = os.fork()
    if pid == 0:
        keeper.keep(order, rung, keeper.Pipes(their_notes, their_output))
    os.close(their_notes)
    os.close(their_output)
    ready, _, _ = select.select([notes], [], [], _BEGIN_SECONDS)
    note = json.loads((_line(notes) if ready else b"") or b"{}")
    return _Started(pid, notes, output, held, note.get("group", 0)), note


def _line(descriptor: int) -> bytes:
    """One line of notes: they are short, so each comes whole, and nothing of the next one is read."""
    found = b""
    while not found.endswith(b"\n"):
        byte = os.read(descriptor, 1)
        if not byte:
            break
        found += byte
    return found


class _Listener:
    """Hears what the keeper says and what the code prints, until the code has ended, or has to be."""

    def __init__(self, started: _Started, watch: Watch) -> None:
        self._started = started
        self._watch = watch
        self._open = [started.notes, started.output, _INPUT]

    def listen(self) -> tuple[int | None, str, Breach | None]:
        """Exit status, or why there is none, or the limit that was reached."""
        try:
            return self._listen()
        finally:
            if self._started.group:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._started.group, signal.SIGKILL)

    def _listen(self) -> tuple[int | None, str, Breach | None]:
        parent = os.getppid()
        while True:
            ready, _, _ = select.select(self._open, [], [], self._watch.patience())
            if self._started.output in ready and not _copy(self._started.output, self._watch):
                self._open.remove(self._started.output)  # closed, which is no reason to end it
            breach = self._watch.look()
            if breach is not None:
                return None, "", breach
            if _INPUT in ready or os.getppid() != parent:
                return None, "", Breach(ABANDONED)
            if self._started.notes in ready:
                note = json.loads(_line(self._started.notes) or _GONE)
                return note.get("status"), str(note.get("error", "")), None


def _copy(output: int, watch: Watch) -> bool:
    """Take what was printed into the log, but no more than is allowed; whether there may be more."""
    data = os.read(output, _CHUNK)
    left = data[: watch.print(len(data))]
    with contextlib.suppress(OSError):  # a full disk ends the run soon enough
        while left:
            left = left[os.write(_LOG, left) :]
    return bool(data)


def _drain(output: int, watch: Watch) -> None:
    """What was printed last; nobody writes there any more, or nobody whom we could find."""
    os.set_blocking(output, False)
    with contextlib.suppress(BlockingIOError):
        for _ in range(_PIPE_BYTES // _CHUNK):
            if not _copy(output, watch):
                break


def end_all(keeper_pid: int) -> None:
    """End the keeper and every process below us, and return when there is none."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(keeper_pid, signal.SIGKILL)
    while _reap():
        found = descendants(os.getpid())
        for number in (signal.SIGSTOP, signal.SIGKILL):  # first nobody may start another one
            for pid in found:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, number)
        time.sleep(_PAUSE)


def _reap() -> bool:
    """Take note of those that have ended; whether any are left."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return True
    return False
