"""The only door to locks and to replacing things on disk: atomic, tolerant of files in use."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any

from driverenv import warm
from driverenv.errors import HomeUnusable

LOCK_TIMEOUT_SECONDS = 1800.0


def unusable(home_path: Path | str, error: OSError) -> HomeUnusable:
    """An operating system error below the home folder, in words."""
    if isinstance(error, NoFileError):
        return HomeUnusable(
            "something else lies in driverenv's home folder where a file of its own should be",
            facts=(
                ("path", str(error.filename)),
                ("what it is", "no regular file: a folder, a pipe or a socket"),
            ),
            remedies=("move it away: what was there is found out anew, or made anew, by the next launch",),
            data={"path": str(error.filename), "errno": error.errno},
        )
    return HomeUnusable(
        f"driverenv cannot write below its home folder: {error.strerror or error}",
        facts=(("path", str(error.filename or home_path)),),
        remedies=(
            "check the folder's owner, its rights and the free space on its disk",
            "or name another folder: --home DIR, DRIVERENV_HOME or `home` in the settings file",
        ),
        data={"path": str(error.filename or home_path), "errno": error.errno},
    )


@contextlib.contextmanager
def translated(home_path: Path | str) -> Iterator[None]:
    """What the system refuses within, below the home folder, is `HomeUnusable`."""
    try:
        yield
    except OSError as error:
        raise unusable(home_path, error) from error


@contextlib.contextmanager
def lock(path: Path, *, timeout: float = LOCK_TIMEOUT_SECONDS) -> Iterator[None]:
    """Hold the exclusive lock file `path`, across threads and processes.

    The operating system lets go of it when the process dies. Raises `HomeUnusable`
    (`HOME_BUSY` after `timeout` seconds).
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 (50 ms that a warm launch never pays)

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held = FileLock(path, timeout=timeout, poll_interval=0.01, thread_local=False)
        held.acquire()
    except Timeout:
        raise _busy(path, timeout) from None
    except OSError as error:
        raise unusable(path, error) from error
    try:
        yield
    finally:
        held.release()


@contextlib.contextmanager
def locked_file(path: str, *, timeout: float = LOCK_TIMEOUT_SECONDS) -> Iterator[int]:
    """A descriptor of the file at `path`, for reading and writing, locked against everybody who asks this way.

    For what is done for each wheel of a launch: it costs 2 microseconds, `lock` 300.
    The file is made where it is not there, and never removed. The system lets go of the lock when the
    process dies. Raises `OSError`, and `HomeUnusable` (`HOME_BUSY`) after `timeout` seconds.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _PLAIN_FILE, 0o644)
    try:
        for _ in range(max(1, int(timeout / _PAUSE_SECONDS))):
            if _try_lock(descriptor):
                break
            time.sleep(_PAUSE_SECONDS)
        else:
            raise _busy(path, timeout)
        try:
            yield descriptor
        finally:
            _unlock(descriptor)  # closing is not enough where this process has forked meanwhile
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        """A byte far behind the end is locked: there locks keep readers out, too."""
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        os.lseek(descriptor, 0, os.SEEK_SET)
        return True

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def _busy(path: Path | str, timeout: float) -> HomeUnusable:
    return HomeUnusable(
        f"another process has been doing the same work for {timeout:.0f} s and has not finished",
        code="HOME_BUSY",
        facts=(("lock", str(path)),),
        remedies=("look for a hanging driverenv process on this machine",),
    )


def temporary_name(near: Path) -> Path:
    """A name beside `near` that nobody else uses."""
    return near.with_name(f".{near.name}.{os.getpid()}.{uuid.uuid4().hex[:12]}")


class NoFileError(OSError):
    """What lies there is no regular file, but a folder, say, a socket, or a pipe, which would be waited for for ever."""


def opened(path: Path | str) -> BufferedReader:
    """The record at `path`, to be read. Raises `OSError`; `NoFileError` where something else lies there."""
    return open(path, "rb", opener=_regular)


def _regular(path: str, flags: int) -> int:
    why = (errno.EINVAL, "it is no regular file", path)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        if error.errno == errno.ENXIO:  # a socket
            raise NoFileError(*why) from error
        raise
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise NoFileError(*why)


def read(path: Path | str) -> bytes:
    """The content of the record at `path`. Raises as `opened` does."""
    # A launch reads hundreds: by a file object it takes twice the time.
    return warm.drained(_regular(os.fspath(path), _READING))


def version(path: str) -> tuple[int, ...]:
    """What tells a file from another that was renamed to `path` since: inode, size and times. Raises `OSError`."""
    one = os.stat(path)
    return one.st_ino, one.st_size, one.st_mtime_ns, one.st_ctime_ns


def write_atomically(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Put `data` at `path`: readers see the old file or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = temporary_name(path)
    try:
        descriptor = os.open(staged, _NEW, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        staged.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            staged.unlink()
        raise


def publish(staged: Path, final: Path) -> bool:
    """Rename the folder `staged` to `final`. False where `final` is there already (then `staged` is removed)."""
    final.parent.mkdir(parents=True, exist_ok=True)
    try:
        staged.rename(final)
    except OSError:
        if not final.is_dir():
            raise
        remove(staged)
        return False
    return True


def publish_file(staged: Path, final: Path, *, mode: int) -> None:
    """Rename the file `staged` to `final`, with `mode`; where `final` is there already it stands."""
    final.parent.mkdir(parents=True, exist_ok=True)
    if final.is_file():
        remove(staged)
        return
    staged.chmod(mode)
    try:
        staged.replace(final)
    except PermissionError:  # Windows: somebody else published it, and it is open or read-only
        if not final.is_file():
            raise
        remove(staged)


def write_new(path: str, chunks: Iterable[bytes], *, mode: int = 0o644, mtime: int | None = None) -> None:
    """Write `chunks` to a file that must not exist yet; `mtime` in seconds since the epoch, exactly."""
    descriptor = os.open(path, _NEW, mode if _POSIX else 0o600)
    try:
        for chunk in chunks:
            write_all(descriptor, chunk)
        if _POSIX and mtime is not None:
            os.utime(descriptor, (mtime, mtime))
    finally:
        os.close(descriptor)
    if not _POSIX:  # a read-only file's time cannot be set there, nor through a descriptor
        if mtime is not None:
            os.utime(path, (mtime, mtime))
        os.chmod(path, mode)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data`: the system may take less at once than it is given."""
    done = os.write(descriptor, data)
    while done < len(data):
        done += os.write(descriptor, data[done:])


_POSIX = os.name == "posix" and os.utime in os.supports_fd
_PLAIN_FILE = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _PLAIN_FILE
_READING = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_PAUSE_SECONDS = 0.005


def hold(path: Path) -> Callable[[], None] | None:
    """Take the exclusive lock file `path` now, or answer None; call what is answered to let go of it.

    The operating system lets go of it when the process dies.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 (50 ms that a warm launch never pays)

    held = FileLock(path, timeout=0, thread_local=False)
    try:
        held.acquire()
    except Timeout:
        return None
    return held.release


class Latch:
    """A lock file that is opened once and taken often, at the price of one system call; for processes.

    It does not keep the threads of one process apart. The operating system lets go of it when the
    process dies. Raises `OSError` where the file cannot be opened.
    """

    def __init__(self, path: str) -> None:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0)
        self._descriptor = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)

    def take(self) -> bool:
        """Take it now; False where another process has it."""
        try:
            if sys.platform == "win32":
                import msvcrt  # noqa: PLC0415 (there only)

                msvcrt.locking(self._descriptor, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl  # noqa: PLC0415 (elsewhere only)

                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def give(self) -> None:
        """Let go of it."""
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 (there only)

            msvcrt.locking(self._descriptor, msvcrt.LK_UNLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 (elsewhere only)

            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file; whatever is taken is let go."""
        os.close(self._descriptor)


def remove(path: Path) -> None:
    """Remove a file or folder as far as the system lets us; what is in use stays for the next sweep."""
    if path.is_dir() and not path.is_symlink():
        with contextlib.suppress(RecursionError):
            _remove_tree(path)
        if os.path.lexists(path):
            with contextlib.suppress(OSError):  # with no more descriptors not even the module can be loaded
                _remove_stubborn_tree(path)
        return
    with contextlib.suppress(OSError):
        path.unlink()


def _remove_tree(path: Path) -> None:
    if sys.version_info >= (3, 12):
        shutil.rmtree(path, onexc=_make_writable)
    else:
        shutil.rmtree(path, onerror=_make_writable)


def _remove_stubborn_tree(path: Path) -> None:
    """Folders as deep as only foreign code makes them, or that nobody may look into."""
    from driverenv._cell.watch import flatten  # noqa: PLC0415 (seldom)

    flatten(str(path))
    with contextlib.suppress(RecursionError):
        _remove_tree(path)


def _make_writable(function: Callable[..., Any], path: str, _error: object) -> None:
    """Windows refuses to delete read-only files: take the flag off and try once more."""
    if function in (os.unlink, os.rmdir):
        with contextlib.suppress(OSError):
            os.chmod(path, stat.S_IRWXU)
            function(path)
