"""The points at which something can befall a process: operations on files, locks and processes, and writes.

Operations are what the interpreter's own audit events tell, just before they happen; a hook that raises an error
has that operation fail with it, whichever module asked. Writes are not audited: `os.write` and what `open` gives
are replaced by ones that count. Only what lies below the given folders counts: modules are loaded in peace.
"""

from __future__ import annotations

import builtins
import errno
import fcntl
import io
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

READING = frozenset({"open to read", "os.listdir", "os.scandir"})
CHANGING = frozenset(
    {
        "open to write",
        "os.chmod",
        "os.link",
        "os.mkdir",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.symlink",
        "os.truncate",
        "os.utime",
        "write",
    }
)
GROWING = frozenset({"open to write", "os.link", "os.mkdir", "os.rename", "os.symlink", "write"})
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_PATHS = 2  # so many arguments of an operation may be paths


class Effect(NamedTuple):
    """What befalls a process at a point."""

    name: str
    operations: frozenset[str]
    """Where it can."""
    number: int = 0
    """Of the error."""


EFFECTS = {
    effect.name: effect
    for effect in (
        Effect("kill", CHANGING | {"fcntl.flock", "subprocess.Popen"}),
        Effect("ENOSPC", GROWING, errno.ENOSPC),
        Effect("EIO", CHANGING | READING | {"fcntl.flock"}, errno.EIO),
        Effect("EMFILE", READING | {"open to write", "subprocess.Popen"}, errno.EMFILE),
        Effect("EACCES", CHANGING | READING, errno.EACCES),
        Effect("EROFS", CHANGING, errno.EROFS),
        Effect("short write", frozenset({"write"})),
    )
}
"""By name. A kill in a write lets half of it through; so does a short write, which tells how much."""


class Struck(NamedTuple):
    """What was befallen."""

    operation: str
    what: str


class Points:
    """Counts the points of one process, and strikes at one of them.

    Args:
        effect: what befalls it.
        number: where, counted from 1; what can be befallen by this effect counts.
        below: the folders in which paths count.
    """

    def __init__(self, effect: Effect, number: int, below: tuple[str, ...]) -> None:
        self.struck: Struck | None = None
        self.reached: list[str] = []
        """Addresses that were called over the network."""
        self._effect, self._left, self._below = effect, number, below
        self._write = os.write
        self.on_strike: Callable[[Struck], None] = lambda _struck: None

    def arm(self) -> None:
        """Count from now on, until the process ends."""
        sys.addaudithook(self._hook)
        os.write = self._os_write  # type: ignore[assignment]
        _replace_open(self)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            self.reached.append(str(args[1]))
        if event == "open":
            writes = isinstance(args[2], int) and args[2] & _WRITING
            event = "open to write" if writes else "open to read"
        if event in self._effect.operations and self._counts(event, args):
            self._point(event, args[0] if isinstance(args[0], str | bytes | os.PathLike) else None)

    def _counts(self, event: str, args: tuple[Any, ...]) -> bool:
        if event == "fcntl.flock":  # which no system refuses to let go of
            return not self._effect.number or not args[1] & fcntl.LOCK_UN
        if event == "subprocess.Popen":
            return True
        if event.startswith("open") and isinstance(args[0], int):
            return False  # a descriptor that is there becomes a file object
        paths = [os.fsdecode(one) for one in args[:_PATHS] if isinstance(one, str | bytes | os.PathLike)]
        absolute = [path for path in paths if os.path.isabs(path)]
        return not absolute or any(path.startswith(self._below) for path in absolute)

    def _point(self, operation: str, path: Any) -> None:  # noqa: ANN401 (whatever names a file)
        if not self._is_here(operation, str(path)):
            return
        if not self._effect.number:
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(self._effect.number, os.strerror(self._effect.number), path)

    def _is_here(self, operation: str, what: str) -> bool:
        self._left -= 1
        if self._left != 0:
            return False
        self.struck = Struck(operation, what)
        self.on_strike(self.struck)
        return True

    def wrote(self, write: Callable[[bytes], int], data: bytes, what: str) -> int:
        """Write, unless something befalls it."""
        name = self._effect.name
        if "write" not in self._effect.operations or not data or not self._is_here("write", what):
            return write(data)
        if name in {"kill", "short write"}:
            done = write(data[: len(data) // 2 or 1])
            if name == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            return done
        raise OSError(self._effect.number, os.strerror(self._effect.number))

    def _os_write(self, descriptor: int, data: bytes) -> int:
        return self.wrote(lambda part: self._write(descriptor, part), bytes(data), f"descriptor {descriptor}")


def _replace_open(points: Points) -> None:
    """Have `open` give files whose writes are points, where they are written in binary."""
    unchanged = io.open

    class Raw(io.FileIO):
        def write(self, data: Any, /) -> int:  # noqa: ANN401 (whatever has bytes)
            return points.wrote(super().write, bytes(data), str(self.name))

    def opened(file: Any, mode: str = "r", buffering: int = -1, *args: Any, **named: Any) -> Any:  # noqa: ANN401
        if "b" not in mode or not set(mode) & set("wax+"):
            return unchanged(file, mode, buffering, *args, **named)
        raw = Raw(
            file,
            mode.replace("b", ""),
            closefd=named.get("closefd", True),
            opener=named.get("opener"),
        )
        if buffering == 0:
            return raw
        return io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)

    builtins.open = opened
    io.open = opened
