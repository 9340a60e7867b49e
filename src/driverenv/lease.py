"""Leases: whoever runs from an environment holds it, by a lock on a descriptor that processes inherit.

An environment has an empty file beside its prefix, `NAME`. On POSIX a lease is a shared lock (flock) on an open
descriptor of it: the system keeps it as long as any process has that descriptor, whatever became of the one
that opened it. On Windows it is an open handle, which keeps the file, and so its folder, from being renamed.
Whoever would remove the environment needs the file for himself (`claim`).

The file's modification time is when the environment was taken last. A warm launch passes through here: only `os`,
`sys` and the system's locks are imported.
"""

from __future__ import annotations

import os
import sys

try:
    from _weakref import ref  # the standard library's own, without loading what surrounds it
except ImportError:  # another implementation of Python
    from weakref import ref

if sys.platform != "win32":
    import fcntl

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from typing import Any, Self

NAME = "lease"
MOST_HELD = 128
"""So many environments one process holds between `prepare` and the start; the oldest are let go of."""
_AT_ONCE = getattr(os, "O_NONBLOCK", 0)
"""Whatever else lies there, such as a pipe, holds nobody up."""
_PATIENCE_SECONDS = 5.0
_NAP_SECONDS = 0.001


def path_of(prefix: str) -> str:
    """The lease's file of the environment at `prefix`."""
    return os.path.join(os.path.dirname(prefix), NAME)


def make(path: str) -> None:
    """Make the file at `path` where it is not there."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | _AT_ONCE, 0o644))


def take(path: str, *, wait: float = 0.0) -> int:
    """A descriptor that holds the lease at `path`, not inheritable; `wait` in seconds while somebody claims it.

    Raises `FileNotFoundError` where it is gone, `BlockingIOError` where it is being removed.
    """
    if wait:
        return _patiently(path, wait)
    descriptor = os.open(path, os.O_RDONLY | _AT_ONCE)
    try:
        _share(descriptor)
        _check_there(path, descriptor)
        _used(path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _patiently(path: str, wait: float) -> int:
    import time  # noqa: PLC0415 (only where somebody waits)

    end = time.monotonic() + wait
    while True:
        try:
            return take(path)
        except BlockingIOError:
            if time.monotonic() > end:
                raise
        time.sleep(_NAP_SECONDS)


def _check_there(path: str, descriptor: int) -> None:
    if not _is_at(path, descriptor):
        raise FileNotFoundError(2, "the environment was removed just now", path)


def _is_at(path: str, descriptor: int) -> bool:
    """Whether `path` leads to the file that was opened: with its folder, it may have been moved away meanwhile."""
    try:
        there, mine = os.stat(path), os.fstat(descriptor)
    except OSError:
        return False
    return (there.st_ino, there.st_dev) == (mine.st_ino, mine.st_dev)


def _used(path: str) -> None:
    try:
        os.utime(path)
    except OSError:  # another account's, or a disk that was made read-only: the lock is what counts
        return


if sys.platform == "win32":

    def _share(_descriptor: int) -> None:
        """Nothing: the handle, opened without leave to delete, is the lease."""

    def claim(path: str) -> int | None:
        """A descriptor for `release` where nobody holds the lease at `path`, else None."""
        try:
            make(path)
            os.rename(path, path)  # refused while anybody has it open
            return os.open(os.devnull, os.O_RDONLY)
        except OSError:
            return None

else:

    def _share(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def claim(path: str) -> int | None:
        """A descriptor that has the lease at `path` to itself, until `release`; None where somebody holds it."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | _AT_ONCE, 0o644)
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
        if not _is_at(path, descriptor):
            os.close(descriptor)
            return None
        return descriptor


def release(descriptor: int) -> None:
    """Let go of what `take` or `claim` gave."""
    os.close(descriptor)


def is_held(path: str) -> bool:
    """Whether any process holds the lease at `path`."""
    if not os.path.exists(path):
        return False
    descriptor = claim(path)
    if descriptor is None:
        return True
    release(descriptor)
    return False


# ------------------------------------------------------------------------------------------ processes


class Lease:
    """Keeps an environment from being removed: until `close`, and as long as a process that inherited it lives.

    Use it in a `with` statement around the start of a process, and hand `options` to whatever starts it:
    ``subprocess.Popen(argv, env=environ, **lease.options)``. What was started holds the lease on its own.

    Args:
        paths: the files of leases, all of which are taken.

    Raises:
        FileNotFoundError: an environment is gone; prepare it again.
    """

    def __init__(self, *paths: str) -> None:
        self.descriptors: tuple[int, ...] = ()
        try:
            for path in paths:
                self.descriptors += (take(path, wait=_PATIENCE_SECONDS),)
        except BaseException:
            self.close()
            raise

    @property
    def options(self) -> dict[str, Any]:
        """Keyword arguments for `subprocess.Popen`, `subprocess.run` and `asyncio.create_subprocess_exec`."""
        return inherited(self.descriptors, {})

    def close(self) -> None:
        """Let go of it here."""
        descriptors, self.descriptors = self.descriptors, ()
        for descriptor in descriptors:
            release(descriptor)

    def __enter__(self) -> Self:
        """Nothing more: it was taken when it was made."""
        return self

    def __exit__(self, *_raised: object) -> None:
        """Let go of it here."""
        self.close()


if sys.platform == "win32":

    def inherited(descriptors: tuple[int, ...], options: dict[str, Any]) -> dict[str, Any]:
        """`options` for a new process, with `descriptors` among what it inherits."""
        import msvcrt  # noqa: PLC0415 (another system's)
        import subprocess  # noqa: PLC0415 (whoever starts a process has it)

        handles = [msvcrt.get_osfhandle(one) for one in descriptors]
        for handle in handles:
            os.set_handle_inheritable(handle, True)
        startup = options.get("startupinfo")
        startup = subprocess.STARTUPINFO() if startup is None else startup.copy()
        before = dict(startup.lpAttributeList)
        startup.lpAttributeList = {**before, "handle_list": [*before.get("handle_list", ()), *handles]}
        return {**options, "startupinfo": startup, "close_fds": True}

    def become(argv: tuple[str, ...], environ: dict[str, str], paths: tuple[str, ...]) -> int:
        """Start `argv`, wait for its end, and give its exit code: no process takes another's place here."""
        return popen(argv, environ, paths, {}).wait()

else:

    def inherited(descriptors: tuple[int, ...], options: dict[str, Any]) -> dict[str, Any]:
        """`options` for a new process, with `descriptors` among what it inherits."""
        return {**options, "pass_fds": (*options.get("pass_fds", ()), *descriptors)}

    def become(argv: tuple[str, ...], environ: dict[str, str], paths: tuple[str, ...]) -> int:
        """Let `argv` take this process's place, with the leases at `paths`; never returns."""
        lease = Lease(*paths)
        try:
            for descriptor in lease.descriptors:
                os.set_inheritable(descriptor, True)
            os.execve(argv[0], argv, environ)  # noqa: S606 (that is the point)
        finally:
            lease.close()


def popen(
    argv: tuple[str, ...], environ: dict[str, str], paths: tuple[str, ...], options: dict[str, Any]
) -> subprocess.Popen[Any]:
    """Start a process that holds the leases at `paths`; `options` are those of `subprocess.Popen`."""
    import subprocess  # noqa: PLC0415 (only where a process is started)

    with Lease(*paths) as lease:
        return subprocess.Popen(argv, env=environ, **inherited(lease.descriptors, options))


def run(
    argv: tuple[str, ...], environ: dict[str, str], paths: tuple[str, ...], options: dict[str, Any]
) -> subprocess.CompletedProcess[Any]:
    """Start such a process and wait for its end; `options` are those of `subprocess.run`."""
    import subprocess  # noqa: PLC0415 (only where a process is started)

    with Lease(*paths) as lease:
        more = inherited(lease.descriptors, options)
        return subprocess.run(argv, env=environ, check=more.pop("check", False), **more)


# ----------------------------------------------------------------------------- between prepare and start


class Hold:
    """One process's own lease of an environment, shared by all that refer to it; gone when nobody does."""

    __slots__ = ("__weakref__", "descriptor")

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def let_go(self) -> None:
        """Close the descriptor now."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    __del__ = let_go


_held: dict[str, ref[Hold]] = {}


def hold(path: str, *, wait: float = 0.0) -> Hold | None:
    """Hold the lease at `path` as long as what is answered is referred to; None where the environment is gone.

    Cheap where this process holds it already. Safe for threads: two that come at once both hold it.
    """
    known = _held.get(path)
    found = known() if known is not None else None
    if found is not None and found.descriptor >= 0 and _is_at(path, found.descriptor):
        _used(path)
        return found
    try:
        made = Hold(take(path, wait=wait))
    except OSError:
        return None
    _held.pop(path, None)
    _held[path] = ref(made)
    if len(_held) > MOST_HELD:
        _thin_out()
    return made


def hold_before(path: str, final: str, *, wait: float = 0.0) -> Hold | None:
    """Hold the lease at `path`, whose folder is about to be renamed so that it is at `final`: no moment without it.

    None where the system does not rename what is open.
    """
    if sys.platform == "win32":
        return None
    made = Hold(take(path, wait=wait))
    _held.pop(final, None)
    _held[final] = ref(made)
    return made


def _thin_out() -> None:
    """Forget who is gone, then let go of the oldest."""
    for path, known in list(_held.items()):
        if known() is None:
            _held.pop(path, None)
    for path, known in list(_held.items())[: max(0, len(_held) - MOST_HELD)]:
        _held.pop(path, None)
        found = known()
        if found is not None:
            found.let_go()
