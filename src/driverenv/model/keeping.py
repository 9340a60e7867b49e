"""What is kept of what nobody uses at the moment: `Keep`."""

from __future__ import annotations

from driverenv.model.noun import Noun

DEFAULT_GENERATIONS = 2
DEFAULT_UNUSED_DAYS = 30.0
DEFAULT_GRACE_MINUTES = 60.0
LOG_FILES = ("*.log", "*.log.*", "log/*", "logs/*")


class Keep(Noun):
    """What `driverenv gc` leaves where it is, beside what a process holds; that it never removes.

    Args:
        generations: so many earlier environments of each driver, to go back to.
        unused_days: the environments of a driver that was not launched for so long go as well, the current one
            included; also wheels and archives of the store that no environment has and no launch took for so long,
            logs of builds and forgotten drivers. It counts up to the last launch of any driver.
        grace_minutes: what was taken so recently stays, in any case: somebody may be about to start it.
        max_bytes: how much environments and store may take in all; first goes what of the store no environment
            has, then what was taken the longest time ago, also current environments. No limit where it is not set.
        store_bytes: how much the store may take for archives and unpacked wheels; of those that no environment has
            goes what was used the longest time ago. No limit where it is not set.
        logs: the folder to which logs that drivers wrote below their environments are moved before these are
            removed; not set: they go as well.
        log_files: which files are such logs: patterns of their names, or of the last folder and the name
            ("logs/*"), whatever the case.

    Raises:
        ValueError: a number below 0, or no absolute path.
    """

    __slots__ = (
        "generations",
        "grace_minutes",
        "log_files",
        "logs",
        "max_bytes",
        "store_bytes",
        "unused_days",
    )

    generations: int
    unused_days: float
    grace_minutes: float
    max_bytes: int | None
    store_bytes: int | None
    logs: str | None
    log_files: tuple[str, ...]

    def __init__(
        self,
        *,
        generations: int = DEFAULT_GENERATIONS,
        unused_days: float = DEFAULT_UNUSED_DAYS,
        grace_minutes: float = DEFAULT_GRACE_MINUTES,
        max_bytes: int | None = None,
        store_bytes: int | None = None,
        logs: str | None = None,
        log_files: tuple[str, ...] | list[str] = LOG_FILES,
    ) -> None:
        numbers = (
            ("generations", generations),
            ("unused_days", unused_days),
            ("grace_minutes", grace_minutes),
        )
        sizes = (("max_bytes", max_bytes or 0), ("store_bytes", store_bytes or 0))
        for name, number in (*numbers, *sizes):
            if not number >= 0:
                raise ValueError(f"{name} must be 0 or more, not {number!r}")
        self._set(
            generations=int(generations),
            unused_days=float(unused_days),
            grace_minutes=float(grace_minutes),
            max_bytes=None if max_bytes is None else int(max_bytes),
            store_bytes=None if store_bytes is None else int(store_bytes),
            logs=logs,
            log_files=tuple(log_files),
        )
