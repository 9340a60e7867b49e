"""A process that unpacks wheels beside the threads of a launch, of which Python runs one at a time.

It is started where many wheels come, while indexes are still being asked. It has the same reader, and says nothing but
that a wheel is unpacked: where it cannot be started, ends or says anything else, as it does of a wheel that is refused,
the launch unpacks that wheel itself, in another folder, and says in its own words what is wrong.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, NamedTuple

import packaging

import driverenv
from driverenv.archive.wheel import Offer
from driverenv.store import manifest, unpacking
from driverenv.store.manifest import StoredWheel

MANY = 6
"""So many wheels, and no more, are unpacked before such a process is of use."""
WAITS_SECONDS = 0.0
"""So long a thread waits for its turn before it unpacks a wheel itself."""
PATIENCE_SECONDS = 120.0
"""So long a wheel may take."""
PROGRAM = """
import sys
sys.path += sys.argv[2:]
from driverenv.store import unpacking
unpacking.main(int(sys.argv[1]))
"""
_LARGEST_BYTES = 32 << 20
"""Of an archive: what is in larger ones is mostly inflated, hashed and written at once by the threads as well."""
_LONGEST_LINE = 1 << 15
"""A pipe takes more, so that nobody waits for it to be read."""
_END_SECONDS = 10.0
_PROGRAMS = ("python", "pypy")
_THE_ONE = threading.Lock()
"""A process has one beside it, however many launches it has: there are no more processors for others."""


class _Ends(NamedTuple):
    """A process, and its ends here."""

    process: subprocess.Popen[bytes]
    asked: IO[bytes]
    said: IO[bytes]


class Peer:
    """The process, if there is to be one; safe for threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._expected = 0
        self._is_started = self._is_ready = self._is_closed = False
        self._ends: _Ends | None = None
        self._turn = threading.Lock()
        self._turn.acquire()  # nobody's, until the process says that it is ready
        self._said: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def expect(self, count: int) -> None:
        """Tell that `count` more wheels will probably have to be unpacked; the process starts, in the background, for many."""
        with self._guard:
            self._expected += count
            if self._is_started or self._is_closed or self._expected <= MANY:
                return
            self._is_started = True
        if is_of_use() and _THE_ONE.acquire(blocking=False):
            try:
                threading.Thread(target=self._run, name="driverenv-peer", daemon=True).start()
            except RuntimeError:  # the system gives no more threads
                _THE_ONE.release()

    def _run(self) -> None:
        try:
            with contextlib.suppress(OSError, ValueError):
                self._listen(_started())
        finally:
            if not self._is_ready:  # it never will be: who waits for a turn unpacks itself
                self._turn.release()
            _THE_ONE.release()

    def _listen(self, ends: _Ends) -> None:
        """Pass on what it says, until it has ended."""
        with ends.process:
            with self._guard:
                self._ends = None if self._is_closed else ends
            try:
                if self._ends is not None and ends.said.readline() == unpacking.READY:
                    self._is_ready = True
                    self._turn.release()
                    while line := ends.said.readline():
                        self._said.put(line)
            finally:
                self._ends = None
                self._said.put(b"")
                ends.process.kill()

    @contextlib.contextmanager
    def turn(self, archive: Path) -> Iterator[bool]:
        """Whether the process waits for somebody to ask it for this archive, which it does then within."""
        if archive.stat().st_size > _LARGEST_BYTES or not self._turn.acquire(timeout=WAITS_SECONDS):
            yield False
            return
        try:
            yield self._ends is not None
        finally:
            self._turn.release()

    def unpack(
        self, staged: Path, archive: Path, root: Path, sha256: str, offer: Offer
    ) -> StoredWheel | None:
        """As `unpacking.unpack`; None where it has not done so, and then it never writes into `staged` again.

        Only within a `turn`.
        """
        line, ends = unpacking.asked(archive, staged, sha256, offer), self._ends
        if ends is None or len(line) > _LONGEST_LINE:
            return None
        with contextlib.suppress(OSError, ValueError, queue.Empty):  # it has ended, or says nothing
            ends.asked.write(line)
            if self._said.get(timeout=PATIENCE_SECONDS) == unpacking.done(sha256):
                found = manifest.load(staged, sha256)
                if found is not None:
                    return replace(found, root=root)
        self._ends = None
        _end(ends.process)
        return None

    def close(self) -> None:
        """End the process; nobody is in a turn."""
        with self._guard:
            self._is_closed, ends, self._ends = True, self._ends, None
        if ends is not None:
            _end(ends.process)


def is_of_use() -> bool:
    """Whether there is a second processor, and a program that is a Python and nothing else, as some hosts are."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    name = os.path.basename(sys.executable or "").lower()
    is_python = name.startswith(_PROGRAMS) and not getattr(sys, "frozen", False)
    return cores > 1 and is_python and os.path.isfile(sys.executable)


def _started() -> _Ends:
    """The process: without variables and paths of the host, and with the packages that it needs behind Python's own."""
    roots = dict.fromkeys(
        os.path.dirname(os.path.dirname(one.__file__ or "")) for one in (driverenv, packaging)
    )
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-B", "-c", PROGRAM, str(os.getpid()), *map(os.path.abspath, roots)],
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 (see above)
    return _Ends(process, process.stdin, process.stdout)


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        process.kill()
        process.wait(_END_SECONDS)
