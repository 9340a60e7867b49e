"""The ledger: a line is written for each launch, for `driverenv history` to read.

A file for each readable name below ``<home>/history``. A line goes in by one write at the file's end, between line
breaks of its own, and has a mark at its end: what a crash or a full disk left of another line harms nobody. A file
that has grown takes the place of the one before it, so that there are two at most. A warm launch passes through here:
only `os` is imported.
"""

from __future__ import annotations

import os

FOLDER = "history"
SUFFIX = ".log"
BEFORE = ".1"
"""What is added to a file's name when another one is begun."""
MOST_BYTES = 256 * 1024
"""A file that is longer is put aside: about 1,500 launches."""
FORMAT = "1"
END = "."

READY, MADE, CHECKED, MENDED, STALE, REFRESHING, PINNED, FAILED, INSTANCE = (
    "ready",
    "made",
    "checked",
    "mended",
    "stale",
    "refreshing",
    "pinned",
    "failed",
    "instance",
)
"""How a launch ended; `records.history.Line` says what each word means."""

_OPEN = (
    os.O_WRONLY
    | os.O_APPEND
    | os.O_CREAT
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NOINHERIT", 0)
    | getattr(os, "O_NONBLOCK", 0)
)
"""Whatever else lies there, such as a pipe, holds no launch up."""


def path_of(home: str, name: str) -> str:
    """The file of the drivers with this readable name, below the home folder."""
    return os.path.join(home, FOLDER, name + SUFFIX)


def write(  # noqa: PLR0913 (a line, by name)
    home: str,
    name: str,
    *,
    when: float,
    seconds: float,
    how: str,
    what: str,
    ask: str,
    driver: str,
    receipt: str = "",
) -> None:
    """Write down a launch. Never raises for want of a disk: the launch is what counts.

    Args:
        home: the home folder.
        name: the driver's readable name.
        when: its end, in seconds since the epoch.
        seconds: how long it took.
        how: one of the words above.
        what: the key of its environment, or the code of its error.
        ask: the key of the request.
        driver: the driver's path.
        receipt: the name of the receipt of a failed launch.
    """
    fields = (f"{when:.3f}", f"{seconds:.4f}", how, what, ask, receipt, driver)
    line = "\t".join((FORMAT, *map(_escaped, fields), END))
    try:
        _append(path_of(home, name), f"\n{line}\n".encode("utf-8", "surrogateescape"))
    except (OSError, ValueError):
        return


def _escaped(text: str) -> str:
    if "%" in text or "\t" in text or "\n" in text or "\r" in text:
        text = text.replace("%", "%25").replace("\t", "%09").replace("\n", "%0A").replace("\r", "%0D")
    return text


def plain(text: str) -> str:
    """A field of a line as it was handed in."""
    if "%" in text:
        text = text.replace("%0D", "\r").replace("%0A", "\n").replace("%09", "\t").replace("%25", "%")
    return text


def _append(path: str, data: bytes) -> None:
    try:
        descriptor = os.open(path, _OPEN, 0o644)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        descriptor = os.open(path, _OPEN, 0o644)
    try:
        os.write(descriptor, data)
        grown = os.fstat(descriptor).st_size > MOST_BYTES
        if grown and os.name == "posix":
            _turn(path, descriptor)
    finally:
        os.close(descriptor)
    if grown and os.name != "posix":  # there an open file cannot be renamed
        os.replace(path, path + BEFORE)


def _turn(path: str, descriptor: int) -> None:
    """Begin another file; of several processes that see that it is time, one does."""
    import fcntl  # noqa: PLC0415 (seldom)

    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    there, mine = os.stat(path), os.fstat(descriptor)
    if (there.st_ino, there.st_dev) == (mine.st_ino, mine.st_dev):
        os.replace(path, path + BEFORE)
