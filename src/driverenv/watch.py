"""Environments that the system watches for a process that launches from them again and again (Linux).

A launch that finds its environment ready looks at every file of it, which is nearly all that it does. For a server that
stays, the system can tell of changes instead (inotify): where it has told of nothing since all files were looked at, and the
path still leads to the same environment, they are as they were. Whatever it tells ends that, however little it is: the
next launch looks at the files itself, and later the system is asked anew. What it tells is never read, only that
there is something, so nothing can be overlooked in it, and threads and forked processes may look at once.

To ask takes some 10 µs for each file. It happens in a thread of its own after the second launch that found the environment
whole, so a process that launches once never comes to it. A process watches up to 16 environments with 65,536 files
and folders, those that are launched most, and never more than an eighth of what the system allows the account: a host may be
several processes, and watch files itself.
"""

from __future__ import annotations

import os
from _thread import RLock, allocate_lock

from driverenv import warm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from driverenv._inotify import Inotify

FOUND = 2
"""So many launches find an environment whole before the system is asked to watch it."""
PAID = 8
"""So many launches must have been spared the look, or it takes longer the next time until the system is asked."""
_MORE = 8
_LONGEST = 1024
_MOST = {"instances": 16, "watches": 65_536}
_SHARE = 8
_IDLE = 4
"""So many launches of each of the others make one idle."""
_LEFT = 8
_MOST_KNOWN = 1024
_EVENTS = {"e": "CHANGED", "s": "CHANGED", "o": "MOVED", "wheel": "WRITTEN"}
"""What matters of the files on the lines of a record; `driverenv._inotify` has them."""


class _Watched:
    """An environment whose files are watched."""

    __slots__ = ("_identity", "queue", "served", "size", "used", "wanted")

    def __init__(self, queue: Inotify, identity: tuple[int, ...], size: int) -> None:
        self.queue, self._identity = queue, identity
        self.size, self.served, self.used, self.wanted = size, 0, 0, FOUND

    def is_quiet(self, prefix: str) -> bool:
        """Whether nothing was told, and the path leads where it did. Never raises."""
        try:
            return self.queue.is_silent() and _identity(prefix) == self._identity
        except OSError:
            return False


class _Known:
    """An environment that is not watched: how often it was found whole, and how often it must be."""

    __slots__ = ("found", "wanted")

    def __init__(self, wanted: int) -> None:
        self.found, self.wanted = 0, wanted


class Watches:
    """What the system watches for one process, by home folder and prefix. For any thread."""

    def __init__(self) -> None:
        self._lock = RLock()  # a signal's handler may launch, too, wherever it struck
        self._asking = allocate_lock()
        self._open: set[Inotify] = set()
        self._watched: dict[tuple[str, str], _Watched] = {}
        self._known: dict[tuple[str, str], _Known] = {}
        self._launches = 0

    def intact(self, home: str, prefix: str) -> bool:
        """As `warm.intact`, without looking at files of which the system would have told. Never raises."""
        where = home, prefix
        if self._is_quiet(where):
            return True
        whole = warm.intact(home, prefix)
        if whole and self._is_due(where):
            _load()
            if self._asking.acquire(blocking=False):
                _beside(self._ask, where, otherwise=self._asking.release)
        return whole

    def is_watched(self, home: str, prefix: str) -> bool:
        """Whether the system watches this environment, and has told of nothing."""
        return self._is_quiet((home, prefix))

    def settle(self) -> None:
        """Wait until the system has been asked for all that it is being asked for."""
        with self._asking:
            pass

    def forget(self) -> None:
        """Watch nothing any more, whatever other threads were at. In a forked child: the watches are its parent's."""
        gone, self._open = self._open, set()
        self._watched, self._known = {}, {}
        self._lock, self._asking = RLock(), allocate_lock()
        for queue in list(gone):  # another thread may be closing one
            queue.close()

    def _is_quiet(self, where: tuple[str, str]) -> bool:
        with self._lock:
            self._launches += 1
            one = self._watched.get(where)
            if one is None:
                return False
            if not one.is_quiet(where[1]):
                self._drop(where)
                return False
            one.used, one.served = self._launches, one.served + 1
            return True

    def _is_due(self, where: tuple[str, str]) -> bool:
        with self._lock:
            if where not in self._known and len(self._known) >= _MOST_KNOWN:
                self._known.pop(next(iter(self._known)))
            known = self._known.setdefault(where, _Known(FOUND))
            known.found += 1
            return known.found >= known.wanted and where not in self._watched

    def _ask(self, where: tuple[str, str]) -> None:
        try:
            with self._lock:
                is_new = where not in self._watched  # another thread's launch may have been first
            if is_new:
                self._keep(where, self._watch(where))
        finally:
            self._asking.release()

    def _watch(self, where: tuple[str, str]) -> _Watched | None:
        try:
            return _watch(*where, is_room=self._is_room, queues=self._open)
        except (OSError, ValueError, ImportError):  # not this system, not this disk, not as many
            return None

    def _keep(self, where: tuple[str, str], one: _Watched | None) -> None:
        with self._lock:
            wanted = self._known.pop(where, _Known(FOUND)).wanted
            if one is None:
                self._known[where] = _Known(min(wanted * _MORE, _LONGEST))
                return
            one.used, one.wanted = self._launches, wanted
            self._watched[where] = one

    def _is_room(self, size: int, most: dict[str, int]) -> bool:
        """Whether `size` more files can be watched; makes room where others were not asked for in a long time."""
        with self._lock:
            for where in [there for there, one in self._watched.items() if not one.is_quiet(there[1])]:
                self._drop(where)
            while self._is_full(size, most):
                where = min(self._watched, key=lambda there: self._watched[there].used, default=("", ""))
                idle = self._launches - self._watched[where].used if where in self._watched else 0
                if idle <= _IDLE * len(self._watched):
                    return False
                self._drop(where)
            return True

    def _is_full(self, size: int, most: dict[str, int]) -> bool:
        sizes = [one.size for one in self._watched.values()]
        return len(sizes) >= most["instances"] or sum(sizes) + size > most["watches"]

    def _drop(self, where: tuple[str, str]) -> None:
        one = self._watched.pop(where, None)
        if one is None:  # by a signal's handler, just now
            return
        wanted = FOUND if one.served >= PAID else min(one.wanted * _MORE, _LONGEST)
        self._known[where] = _Known(wanted)
        _beside(_close, one.queue, self._open, otherwise=lambda: _close(one.queue, self._open))


WATCHES = Watches()
"""This process's own."""
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=WATCHES.forget)


def _beside(work: Callable[..., None], *arguments: object, otherwise: Callable[[], None]) -> None:
    """In a thread that an interpreter waits for before it ends: one of several in a process breaks it all off otherwise."""
    from threading import Thread  # noqa: PLC0415 (a process that launches once never comes here)

    try:
        Thread(target=work, args=arguments, name="driverenv-watch", daemon=False).start()
    except RuntimeError:  # no more threads, or the process is about to end
        otherwise()


def _load() -> None:
    """Import what the thread needs before there is one: a child that is forked meanwhile could never import it."""
    try:
        from driverenv import _inotify  # noqa: F401, PLC0415 (a process that launches once never comes here)
    except ImportError:
        return  # the thread finds out, and it is not tried again soon


def _close(queue: Inotify, queues: set[Inotify]) -> None:
    """Takes milliseconds: the system lets go of every file."""
    queue.close()
    queues.discard(queue)


def _identity(prefix: str) -> tuple[int, ...]:
    """What a path must still lead to: the environment's folder, and the record of what it was made with."""
    there = os.stat(prefix)
    record = os.stat(os.path.join(os.path.dirname(prefix), warm.SHIPPED))
    return there.st_dev, there.st_ino, record.st_ino, record.st_size, record.st_mtime_ns, record.st_ctime_ns


def _watch(
    home: str, prefix: str, *, is_room: Callable[[int, dict[str, int]], bool], queues: set[Inotify]
) -> _Watched | None:
    """Ask for all files of an environment, then look at them; None where there is no room, or they are not whole.

    `queues` are all that are open. Raises `OSError`, `ValueError`, `ImportError`.
    """
    from driverenv import _inotify  # noqa: PLC0415

    identity = _identity(prefix)
    paths, disks = _paths(home, prefix)
    most = {what: min(number, _inotify.limit(what) // _SHARE) for what, number in _MOST.items()}
    if not all(map(_inotify.is_told, disks)) or not is_room(len(paths), most):
        return None
    queue, one = _queue(queues), None
    try:
        for path, events in paths.items():
            queue.add(path, events)
        # From here on nothing can change unseen: what is so now, and of which nothing is told, stays so.
        if warm.intact(home, prefix) and identity == _identity(prefix):
            one = _Watched(queue, identity, len(paths))
    finally:
        if one is None:
            _close(queue, queues)
    return one


def _queue(queues: set[Inotify]) -> Inotify:
    """A queue of which some are left for other programs, by the system as by the process. Raises `OSError`."""
    from driverenv import _inotify  # noqa: PLC0415

    opened = []
    try:
        for _ in range(1 + _LEFT):
            opened.append(_inotify.Inotify())
            queues.add(opened[-1])
        return opened.pop()
    finally:
        for one in opened:
            _close(one, queues)


def _paths(home: str, prefix: str) -> tuple[dict[str, int], set[str]]:
    """All that an environment was made with, and the folders on the way to it; with the events that matter.

    And a folder on each disk that they may lie on. Raises `OSError`, `ValueError`.
    """
    from driverenv import _inotify  # noqa: PLC0415

    paths, disks = {prefix: _inotify.MOVED}, {prefix}
    for kind, folder, names in warm.shipped(prefix):
        base = home if kind in ("s", "wheel") else prefix
        at = f"{base}/{folder}" if folder else base
        above = at
        while len(above) > len(base):
            paths.setdefault(above, _inotify.MOVED)
            above = os.path.dirname(above)
        if kind == "hooks":
            paths[at] |= _inotify.NAMES
            paths[os.path.dirname(at) if folder else at] |= _inotify.GONE
        else:
            paths.update((f"{at}/{name}", getattr(_inotify, _EVENTS[kind])) for name in names)
        if base == home:
            disks.add(f"{home}/" + folder.partition("/")[0])
    return paths, disks
