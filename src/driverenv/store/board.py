"""The board of one home folder: launches that come together ask an index once, and take turns.

Below home: ``answers/<origin>.log``, what the launches of the last moments were answered, one framed
record each, appended in one write; ``answers/<origin>.<kind>.<n>``, the turns. An answer is used by a
launch only if it was asked for after that launch began, by both clocks of the machine. A record that
is cut or damaged is no record. Nothing here is needed: whatever cannot be read or written, a launch
asks for itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from driverenv import _fs, warm
from driverenv._http import Origin, Response
from driverenv._http.board import Kind
from driverenv.errors import HomeUnusable
from driverenv.store.shelves import Store

AT_ONCE = 2
"""Questions of one kind that one machine has open at one origin: a plain pypiserver drops what comes beyond a few."""
PAGES = "public-page"
_LARGEST_LOG = 16 * 1024 * 1024
_FRAME = struct.Struct("<4s40s16sIdd")
"""Mark, key, digest and length of what follows; when it was asked for, by both clocks."""
_MARK = b"dea1"
_PATIENCE_SECONDS = 1.0
"""How long a launch waits while nobody else is answered either; then it asks all the same."""
_PAUSE_SECONDS = 0.004
_DRIFT_SECONDS = 60.0
"""By so much the two clocks may move against each other before a record counts as one of another day."""


class _Place(NamedTuple):
    """Where a record lies in the log, after its frame."""

    asked: float
    offset: int
    size: int
    digest: bytes


class Board:
    """See `driverenv._http.board.Board`; `now` is the time in seconds since the epoch."""

    def __init__(self, store: Store, *, now: float) -> None:
        self._store = store
        self._folder = store.home / "answers"
        self._epoch = now - time.monotonic()
        self._lock = threading.Lock()
        self._corners: dict[Origin, _Corner] = {}

    def close(self) -> None:
        """Let go of every file."""
        with self._lock:
            corners, self._corners = list(self._corners.values()), {}
        for corner in corners:
            corner.close()

    @contextlib.contextmanager
    def turn(self, origin: Origin, kind: Kind) -> Iterator[None]:
        """Wait for a turn; not for ever, since nothing depends on it."""
        corner = self._corner(origin)
        with corner.turn(kind) if corner is not None else contextlib.nullcontext():
            yield

    def answer(self, origin: Origin, key: str, *, since: float) -> Response | None:
        """What was answered to the same question, asked since then (`time.monotonic`); None where nobody asked."""
        corner = self._corner(origin)
        return corner.answer(key, since) if corner is not None else None

    def post(self, origin: Origin, key: str, response: Response, *, asked: float) -> None:
        """Let the others have an answer."""
        corner = self._corner(origin)
        if corner is not None:
            corner.post(key, response, asked=asked)

    def page(self, key: str) -> bytes | None:
        """The public page `key` as it was kept."""
        with contextlib.suppress(HomeUnusable):
            return self._store.read(PAGES, key)
        return None

    def keep_page(self, key: str, data: bytes) -> None:
        """Keep a public page."""
        with contextlib.suppress(HomeUnusable):
            self._store.write(PAGES, key, data)

    def _corner(self, origin: Origin) -> _Corner | None:
        with self._lock:
            if origin not in self._corners:
                try:
                    self._folder.mkdir(mode=0o700, exist_ok=True)
                    self._corners[origin] = _Corner(self._folder, origin, self._epoch)
                except OSError:
                    return None
            return self._corners[origin]


class _Corner:
    """One origin's part of the board. Raises `OSError` where its files cannot be opened."""

    def __init__(self, folder: Path, origin: Origin, epoch: float) -> None:
        name = warm.key(tuple(str(part).encode() for part in origin))[:20]
        self._epoch = epoch
        self._lock = threading.Lock()
        self._writing = os.open(folder / f"{name}.log", _APPENDING, 0o600)
        self._reading = os.open(folder / f"{name}.log", os.O_RDONLY | _PLAIN)
        self._read_to = 0
        self._known: dict[str, _Place] = {}
        self._free = {
            kind: [_fs.Latch(str(folder / f"{name}.{kind}.{number}")) for number in range(AT_ONCE)]
            for kind in ("page", "file")
        }
        self._all = [latch for latches in self._free.values() for latch in latches]
        self._trim()

    def close(self) -> None:
        """Let go of every file."""
        os.close(self._writing)
        os.close(self._reading)
        for latch in self._all:
            latch.close()

    # --------------------------------------------------------------------------------------- turns

    @contextlib.contextmanager
    def turn(self, kind: str) -> Iterator[None]:
        """Wait for a turn."""
        latch = self._wait(kind)
        try:
            yield
        finally:
            if latch is not None:
                latch.give()
                with self._lock:
                    self._free[kind].append(latch)

    def _wait(self, kind: str) -> _fs.Latch | None:
        """A turn; None where nothing has moved for so long that waiting makes no sense."""
        size, since = -1, 0.0
        while True:
            latch = self._take(kind)
            if latch is not None:
                return latch
            now, grown = time.monotonic(), os.fstat(self._reading).st_size
            if grown != size:
                size, since = grown, now
            if now - since > _PATIENCE_SECONDS:
                return None
            time.sleep(_PAUSE_SECONDS)

    def _take(self, kind: str) -> _fs.Latch | None:
        """A turn that is free in this process and among all."""
        with self._lock:
            found = next((latch for latch in self._free[kind] if latch.take()), None)
            if found is not None:
                self._free[kind].remove(found)
            return found

    # ------------------------------------------------------------------------------------- answers

    def answer(self, key: str, since: float) -> Response | None:
        """What was posted last under `key`, if it was asked for since then."""
        with self._lock:
            try:
                self._catch_up()
                place = self._known.get(key)
                if place is None or place.asked < since:
                    return None
                raw = self._read(place.offset, place.size)
            except OSError:
                return None
        return _parsed(raw) if _digest(raw) == place.digest else None

    def post(self, key: str, response: Response, *, asked: float) -> None:
        """Append an answer."""
        about = {"status": response.status, "headers": dict(response.headers)}
        payload = json.dumps(about, separators=(",", ":")).encode() + b"\n" + response.body
        at = self._epoch + asked
        frame = _FRAME.pack(_MARK, key.encode(), _digest(payload), len(payload), asked, at)
        with contextlib.suppress(OSError):
            os.write(self._writing, frame + payload)

    def _catch_up(self) -> None:
        """Note what was written since the last look."""
        size = os.fstat(self._reading).st_size
        if size < self._read_to:  # it was begun anew
            self._read_to = 0
            self._known.clear()
        while self._read_to + _FRAME.size <= size:
            mark, key, digest, length, asked, at = _FRAME.unpack(self._read(self._read_to, _FRAME.size))
            if mark != _MARK:  # a torn record: nothing behind it can be found
                self._read_to = size
                return
            offset = self._read_to + _FRAME.size
            if offset + length > size:  # it is still being written
                return
            self._read_to = offset + length
            if self._is_of_now(asked, at):
                self._known[key.decode("ascii", "replace")] = _Place(asked, offset, length, digest)

    def _is_of_now(self, asked: float, at: float) -> bool:
        """Whether the two clocks agree as they do now: a record of before the last start of the machine is none."""
        return asked <= time.monotonic() and abs(self._epoch + asked - at) < _DRIFT_SECONDS

    def _read(self, offset: int, size: int) -> bytes:
        os.lseek(self._reading, offset, os.SEEK_SET)
        data = b""
        while len(data) < size and (chunk := os.read(self._reading, size - len(data))):
            data += chunk
        return data.ljust(size, b"\0")

    def _trim(self) -> None:
        """Begin the log anew where it has grown long and nobody is asking."""
        if os.fstat(self._reading).st_size <= _LARGEST_LOG:
            return
        taken = [latch for latch in self._all if latch.take()]
        with contextlib.suppress(OSError):
            if len(taken) == len(self._all):
                os.ftruncate(self._writing, 0)
        for latch in taken:
            latch.give()


def _parsed(raw: bytes) -> Response | None:
    about, _, body = raw.partition(b"\n")
    try:
        found = json.loads(about)
        return Response(int(found["status"]), dict(found["headers"]), body, "")
    except (ValueError, KeyError, TypeError):
        return None


def _digest(payload: bytes) -> bytes:
    return hashlib.blake2b(payload, digest_size=16).digest()


_PLAIN = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_APPENDING = os.O_WRONLY | os.O_CREAT | os.O_APPEND | _PLAIN
