"""The fleet store: wheels that one server of a site built, and locks, for the others. It helps or it does not; it never fails a launch.

Where it does not answer, a launch is told so once and goes on without it. What lies there is a stranger's until its
signature says otherwise, and what is signed is still held against what was asked for; its wheel goes the way of every
wheel, through the one reader. No index knows of it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from driverenv import _fs
from driverenv._http import Body, Sending
from driverenv.depot.entry import LARGEST, LIMIT, Entry, Refused, key_id, opened, sealed, signed, verified
from driverenv.depot.places import Place, Unavailable, place_of
from driverenv.errors import DriverEnvError, foreign
from driverenv.events import Listener, Warned
from driverenv.model.build import BuildRecord, Sought
from driverenv.model.fleet import Fleet

__all__ = ["Depot", "Unavailable", "key_id", "try_out"]

PATIENCE = 30.0
"""Seconds for a whole file, where the store's `whole_timeout` says nothing else."""
LARGEST_LOCK = 8 << 20
"""Bytes of a lock."""
_CHUNK = 1 << 20
_TYPE = "application/octet-stream"
_TRIAL = "doctor.txt"


class Depot:
    """The fleet store, as one launch sees it. Safe for threads."""

    def __init__(
        self,
        fleet: Fleet,
        door: Sending,
        on_event: Listener,
        *,
        host: str,
        when: str,
        offline: bool = False,
    ) -> None:
        """`host` and `when` say who builds, and when; `offline`: an object store is not asked, it may be anywhere."""
        self._fleet, self._door, self._on_event = fleet, door, on_event
        self._host, self._when = host, when
        self._place: Place | None = None
        self._is_lost = offline and fleet.index is None

    def find(self, sought: Sought, folder: Path) -> tuple[BuildRecord, Path] | None:
        """How the wheel was built elsewhere, and the wheel, in `folder`; None where there is none to be had."""
        found = None
        if not self._is_lost:
            with self._told(sought):
                found = self._found(sought, folder)
        return found

    def _found(self, sought: Sought, folder: Path) -> tuple[BuildRecord, Path] | None:
        """Raises `Refused`, `Unavailable`."""
        data = b"".join(self._pieces(_entry_name(sought), LIMIT))
        if not data:
            return None
        entry = opened(data, self._fleet.key, sought)
        wheel = folder / entry.record.wheel
        self._bring(entry, wheel)
        by = f"{foreign(entry.built_by)}, {foreign(entry.built_at)}"
        return replace(entry.record, log="", fleet=by), wheel

    def give(self, sought: Sought, record: BuildRecord, wheel: Path) -> None:
        """Put there what was built here, where this server writes there: the wheel first, so that no entry lacks one."""
        if self._is_lost or not self._fleet.write or record.fleet:
            return
        with self._told(sought):
            size = wheel.stat().st_size
            if size <= LARGEST:
                data = sealed(
                    Entry(sought, replace(record, log=""), size, self._host, self._when), self._fleet.key
                )
                self._at().write(_wheel_name(record), Body(_TYPE, size, lambda: _of_file(wheel)))
                self._at().write(_entry_name(sought), _small(data))

    def find_lock(self, sought: Sought) -> tuple[str, str] | None:
        """The text of a lock, and who shared it when; None where there is none to be had."""
        found = None
        if not self._is_lost:
            with self._told(sought):
                data = b"".join(self._pieces(_lock_name(sought), LARGEST_LOCK))
                if data:
                    said = verified(data, self._fleet.key, sought)
                    by, when = str(said.get("shared_by", "")), str(said.get("shared_at", ""))
                    found = str(said.get("lock", "")), f"{foreign(by)}, {foreign(when)}"
        return found

    def give_lock(self, sought: Sought, lock: str) -> None:
        """Put a lock there, in place of the one that was. Where that cannot be, it is told why."""
        with self._told(sought):
            if self._is_lost:
                raise Unavailable("it did not answer before, or may not be asked in offline mode")
            if not self._fleet.write:
                raise Unavailable("this server does not write there: `write` is not true")
            said = {"sought": asdict(sought), "lock": lock, "shared_by": self._host, "shared_at": self._when}
            self._at().write(_lock_name(sought), _small(signed(said, self._fleet.key)))

    def refuse(self, sought: Sought, why: str) -> None:
        """Say that what lies there is not used."""
        what = (
            f"what the fleet store {self._fleet} has for {foreign(sought.name)} ({foreign(sought.filename)})"
        )
        self._on_event(Warned("FLEET_REFUSED", f"{what} is not used: {why}; this launch goes on without it"))

    @contextmanager
    def _told(self, sought: Sought) -> Iterator[None]:
        """What goes wrong is a warning; where it is the store itself, it is not asked again."""
        try:
            yield
        except Refused as refused:
            self.refuse(sought, str(refused))
        except (Unavailable, OSError, DriverEnvError) as error:
            self._is_lost = True
            why = error.summary if isinstance(error, DriverEnvError) else foreign(str(error))
            text = f"the fleet store {self._fleet} cannot be used: {why}; this launch goes on without it"
            self._on_event(Warned("FLEET_UNAVAILABLE", text))

    def _at(self) -> Place:
        if self._place is None:
            self._place = place_of(self._fleet, self._door)
        return self._place

    def _bring(self, entry: Entry, wheel: Path) -> None:
        """Write the wheel of `entry` to `wheel`. Raises `Refused` where it is another one than the entry says."""
        digest, came = hashlib.sha256(), 0

        def pieces() -> Iterator[bytes]:
            nonlocal came
            for piece in self._pieces(_wheel_name(entry.record), entry.size):
                digest.update(piece)
                came += len(piece)
                yield piece

        _fs.write_new(str(wheel), pieces())
        if not came:
            raise Refused("its wheel is not there")
        if digest.hexdigest() != entry.record.wheel_sha256:
            raise Refused("its wheel is not the one that was signed")

    def _pieces(self, name: str, limit: int) -> Iterator[bytes]:
        """The content of a file; nothing where there is none. Raises `Unavailable`, and `Refused` beyond `limit` bytes."""
        index = self._fleet.index
        end = time.monotonic() + ((index and index.whole_timeout) or PATIENCE)
        with self._at().reading(name) as chunks:
            came = 0
            for chunk in chunks or ():
                came += len(chunk)
                if came > limit:
                    raise Refused(f"it has more than {limit} bytes")
                if time.monotonic() > end:
                    raise Unavailable(f"{name} was not there in time")
                yield chunk


def try_out(fleet: Fleet, door: Sending) -> None:
    """Ask for something, and put something there where this server writes there. Raises `Unavailable`."""
    try:
        place = place_of(fleet, door)
        with place.reading(_TRIAL) as chunks:
            next(chunks or iter(()), b"")
        if fleet.write:
            place.write(_TRIAL, _small(b"driverenv doctor was here\n"))
    except DriverEnvError as error:
        raise Unavailable(error.summary) from error


def _entry_name(sought: Sought) -> str:
    return f"built-{sought.key}.txt"


def _wheel_name(record: BuildRecord) -> str:
    return f"wheel-{record.wheel_sha256}.whl"


def _lock_name(sought: Sought) -> str:
    return f"lock-{sought.key}.txt"


def _small(data: bytes) -> Body:
    return Body(_TYPE, len(data), lambda: iter((data,)))


def _of_file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
