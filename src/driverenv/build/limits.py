"""What a build may use, by the policy: in the policy's units, in those of the cell, and in words."""

from __future__ import annotations

from typing import NamedTuple

from driverenv._cell.terms import DISK, MEMORY, OUTPUT, PROCESSES, TIME, Limits
from driverenv.model.site import Policy

_MIB = 1 << 20


class Words(NamedTuple):
    """How one limit is spoken of."""

    setting: str
    """Its name in `build_limits`."""
    happened: str
    """With the value."""
    may_have: str


WORDS: dict[str, Words] = {
    TIME: Words("minutes", "it did not end within {:g} minutes", "{:g} minutes"),
    MEMORY: Words("memory_mib", "it used more than {:g} MiB of memory", "{:g} MiB of memory in each process"),
    DISK: Words("disk_mib", "it wrote more than {:g} MiB to the disk", "{:g} MiB on the disk"),
    OUTPUT: Words("output_mib", "it printed more than {:g} MiB", "{:g} MiB of output"),
    PROCESSES: Words("processes", "it had more than {:g} processes at once", "{:g} processes"),
}


def of(policy: Policy) -> Limits:
    """The limits of the policy, as the cell counts them."""
    given = dict(policy.build_limits)
    return Limits(
        seconds=given["minutes"] * 60,
        memory=int(given["memory_mib"] * _MIB),
        disk=int(given["disk_mib"] * _MIB),
        output=int(given["output_mib"] * _MIB),
        processes=int(given["processes"]),
    )


def shown(limits: Limits) -> dict[str, float]:
    """The same in the policy's units."""
    return {
        "minutes": limits.seconds / 60,
        "memory_mib": limits.memory / _MIB,
        "disk_mib": limits.disk / _MIB,
        "output_mib": limits.output / _MIB,
        "processes": float(limits.processes),
    }
