"""What driverenv asks of the warden, and what the warden answers; one line of JSON each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

TIME, MEMORY, DISK, OUTPUT, PROCESSES = "time", "memory", "disk", "output", "processes"
ABANDONED = "abandoned"
"""Nobody waits any more: the code was ended because driverenv went away or asked for it."""
UNCONFINED = "unconfined"
"""The code was not started, since the system gives less isolation than was required."""


class Limits(NamedTuple):
    """What the code may use."""

    seconds: float
    memory: int
    """Bytes: of each process where the system counts so, and of all together where they can be counted."""
    disk: int
    """Bytes below the code's own folder, and of each file that it writes."""
    output: int
    """Bytes printed."""
    processes: int


class Order(NamedTuple):
    """What to run, and how much of the machine it gets."""

    argv: Sequence[str]
    cwd: str
    environ: Mapping[str, str]
    work: str
    """The folder in which the code may write."""
    private: str
    """An empty folder on the same disk, out of the code's reach: what it sees in place of `/tmp` and the like."""
    needed: Sequence[str]
    """Folders and files that must stay visible, wherever they lie."""
    limits: Limits
    isolation: str
    """"auto" (as much as the system gives), "required" (without network and foreign files, or not at all) or "off"."""
    network: bool = False
    """Whether it keeps the network."""

    def encoded(self) -> bytes:
        """One line of ASCII."""
        return json.dumps(self._asdict()).encode("ascii") + b"\n"

    @classmethod
    def decoded(cls, line: bytes) -> Order:
        """The order in `line`."""
        fields = json.loads(line)
        return cls(**{**fields, "limits": Limits(*fields["limits"])})


class Held(NamedTuple):
    """What the system took from the code."""

    network: str = "open"
    """"cut" (only an own loopback), "allowed" (by the order) or "open"."""
    files: str = "open"
    """"own" (it writes below its own folder only) or "open" (whatever the account may write)."""
    processes: str = "group"
    """How all processes are found at the end: "namespace", "reaper" (Linux), "job" (Windows) or only the "group"."""
    because: str = ""
    """Why not more, where it is not all."""


class Report(NamedTuple):
    """How it went."""

    status: int | None
    """The exit status, negative for a signal; None where it was ended for `breach`, or never began."""
    breach: str
    """The limit that was reached, `ABANDONED` or `UNCONFINED`; empty where it is none of these."""
    error: str
    """Why it never began; empty where it did."""
    held: Held
    detail: str = ""
    """More about the breach."""

    def encoded(self) -> bytes:
        """One line of ASCII."""
        return json.dumps(self._asdict()).encode("ascii") + b"\n"

    @classmethod
    def decoded(cls, line: bytes) -> Report:
        """The report in `line`. Raises `ValueError` where it is none."""
        try:
            fields: dict[str, Any] = json.loads(line)
            return cls(**{**fields, "held": Held(*fields["held"])})
        except (TypeError, KeyError) as error:
            raise ValueError(f"no report: {line[:200]!r}") from error
