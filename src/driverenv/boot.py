"""Which run of the machine this is, and how long it has run: what no set clock can spoil.

A warm launch passes through here: only `os` and `time` are imported.
"""

from __future__ import annotations

import os
import time

_ID = "/proc/sys/kernel/random/boot_id"
_SINCE = "since "

_CLOCK: int | None = getattr(time, "CLOCK_BOOTTIME", None)
"""Linux: the one that goes on while the machine sleeps."""

_known: list[str] = []


def identity(now: float) -> str:
    """The name of this run of the machine; `now` is what the clock says, in seconds since the epoch.

    Where the system has no name for it, its beginning stands for it (`warm.same_run` compares).
    """
    return _name() or f"{_SINCE}{now - uptime():.0f}"


def uptime() -> float:
    """Seconds by a clock that all processes share, that is never set, and begins anew with each run of the machine."""
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)


def _name() -> str:
    """The system's own name for this run, read once; "" where it has none."""
    if not _known:
        try:
            file = os.open(_ID, os.O_RDONLY)
            try:
                _known.append(os.read(file, 64).decode("utf-8", "replace").strip())
            finally:
                os.close(file)
        except OSError:
            _known.append("")
    return _known[0]
