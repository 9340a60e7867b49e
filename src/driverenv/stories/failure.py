"""What is left of a launch that failed: its diary while it goes on, its receipt when it has ended.

A receipt lies below ``home/failures``, in a folder named for the driver; `driverenv explain --last` reads it.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from driverenv import __version__, _fs, environment, facts, warm
from driverenv.errors import DriverEnvError, FactsInvalid, foreign
from driverenv.events import Asked, Event, Listener, Warned
from driverenv.facts import Record
from driverenv.index.burden import weight_of
from driverenv.model.answers import Found
from driverenv.model.requirement import Requirements, Target
from driverenv.model.resolution import Facts
from driverenv.model.site import Policy
from driverenv.stories.site import Site

FORMAT = "driverenv-failure 1"
KEPT_OF_A_DRIVER = 20
KEPT = 200
_LARGE = 256 * 1024
"""Bytes: a receipt beyond that is compressed."""
_MOST_LISTED = 16 * 1024 * 1024
"""Bytes, about, of the files that a receipt has; the largest driver has a tenth of that."""
_LARGEST = 512 * 1024 * 1024
"""Bytes: no file of facts is larger, unpacked."""
_PACKED = ".gz"


class Journal:
    """The diary of one launch: what it goes by, and what it has learned. Safe for threads."""

    def __init__(self, site: Site) -> None:
        self._lock = threading.Lock()
        self._record = Record(driver=site.driver, name=site.name, policy=site.policy)
        self._known = Facts()
        self._digests: dict[str, str] = {}
        self._warnings: set[tuple[str, str]] = set()
        self._asked: set[Asked] = set()

    def aims_at(self, target: Target) -> None:
        """The interpreter is known."""
        self._record = replace(self._record, target=target)

    def hearing(self, on_event: Listener) -> Listener:
        """`on_event`, overheard."""

        def hear(event: Event) -> None:
            with self._lock:
                if isinstance(event, Warned):
                    self._warnings.add((event.code, event.text))
                elif isinstance(event, Asked):
                    self._asked.add(event)
            on_event(event)

        return hear

    def learned(self, policy: Policy, requirements: Requirements, known: Facts) -> None:
        """What is known after a round of questions; the last one has it all."""
        self._record = replace(self._record, policy=policy, requirements=requirements)
        self._known = known

    def fetched(self, digests: Mapping[str, str]) -> None:
        """Files are there, with these SHA-256 digests by `Candidate.key`."""
        self._digests.update(digests)

    @property
    def asked(self) -> list[Asked]:
        """Every answer that was given, in order of names."""
        return sorted(self._asked, key=lambda one: (one.project, one.public, one.index))

    def record(self, error: Exception | None = None) -> Record:
        """The facts by now, and what the launch failed with."""
        wanted = self._record.requirements
        learned: dict[str, Any] = {}
        if wanted is not None:
            learned["listings"] = facts.answers(self._known, wanted, self._record.policy)
            learned["dependencies"] = self._known.dependencies
        return replace(
            self._record,
            **learned,
            digests=self._digests,
            warnings=tuple(self._warnings),
            error=error if isinstance(error, DriverEnvError) else None,
        )


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed launch, as its receipt tells it."""

    when: str
    """ISO 8601, UTC."""
    error: DriverEnvError
    asked: tuple[Asked, ...]
    """Every answer that was given, those of the round that failed included."""
    record: Record


@contextlib.contextmanager
def kept(
    site: Site, *, save_facts: str | os.PathLike[str] | None = None, receipt: bool = True
) -> Iterator[Journal]:
    """A launch with a diary: where it fails, a receipt is written (`error.failure` says where).

    Args:
        site: the definite request.
        save_facts: a path: the facts are written there, whether it fails or not.
        receipt: whether a failure leaves one.

    Raises:
        FactsInvalid: the launch went well, but `save_facts` cannot be written.
    """
    journal = Journal(site)
    try:
        yield journal
    except Exception as error:
        if receipt and isinstance(error, DriverEnvError):
            error.failure = leave(site, journal, error)
        if save_facts is not None:
            with contextlib.suppress(FactsInvalid):  # the launch's own error is the one to be told
                save(journal.record(error), save_facts)
        raise
    if save_facts is not None:
        save(journal.record(), save_facts)


def leave(site: Site, journal: Journal, error: DriverEnvError) -> str:
    """Write the receipt of a failed launch; gives its path, or "" where that cannot be. Never raises."""
    try:
        return _leave(site, journal, error)
    except Exception:  # noqa: BLE001 (whatever goes wrong here, the launch's own error is the one to be told)
        return ""


def _leave(site: Site, journal: Journal, error: DriverEnvError) -> str:
    now = time.time()
    record = _bounded(journal.record(error))
    content = {
        "format": FORMAT,
        "driverenv": __version__,
        "when": _shown(now),
        "request": {"driver": site.driver, "name": site.name, "python": site.python, "home": site.home},
        "message": str(error),
        "asked": [[one.project, one.index, one.answer, one.public] for one in journal.asked],
        "facts": facts.data_of(record),
    }
    data = facts.laid_out(content).encode("utf-8", "backslashreplace") + b"\n"
    folder = folder_of(site.home, site.name)
    for one in (folder.parent, folder):
        one.mkdir(mode=0o700, parents=True, exist_ok=True)
    packed = _PACKED if len(data) > _LARGE else ""
    path = folder / f"{_stamp(now)}-{error.code}-{mark_of(site.driver)}.json{packed}"
    _fs.write_atomically(path, gzip.compress(data, mtime=0) if packed else data, mode=0o600)
    _tidy(folder)
    return str(path)


def _bounded(record: Record) -> Record:
    """The record without its largest listings, where there is too much: a receipt takes memory, too."""
    weights = {
        project: weight_of(one.files) if isinstance(one, Found) else 0
        for project, one in record.listings.items()
    }
    left = dict(record.listings)
    dropped = []
    for project in sorted(weights, key=lambda one: (-weights[one], one)):
        if sum(weights[one] for one in left) <= _MOST_LISTED:
            break
        dropped.append(project)
        del left[project]
    if not dropped:
        return record
    text = f"too many files were listed to be written down: the receipt has none of {', '.join(dropped)}"
    return replace(record, listings=left, warnings=(*record.warnings, ("RECEIPT_CUT", text)))


def _shown(now: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))


def _stamp(now: float) -> str:
    """For a file's name: names in order are receipts in order."""
    return f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(now))}.{int(now % 1 * 1_000_000):06d}Z"


def folder_of(home: str, name: str) -> Path:
    """Where the receipts of drivers of this readable name are."""
    return Path(home) / "failures" / environment.readable_name(name)


def mark_of(driver: str) -> str:
    """What stands for the driver's path in the name of a receipt: drivers of one name share a folder."""
    return warm.key((driver.encode("utf-8", "surrogateescape"),))[:8]


def _tidy(folder: Path) -> None:
    """Keep the newest; another process may be doing the same."""
    for old in _newest_first(folder.glob("*.json*"))[KEPT_OF_A_DRIVER:]:
        old.unlink(missing_ok=True)
    for old in _newest_first(folder.parent.glob("*/*.json*"))[KEPT:]:
        old.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # others are left in it
            old.parent.rmdir()


def _newest_first(paths: Iterator[Path]) -> list[Path]:
    return sorted(
        (path for path in paths if not path.name.startswith(".")), key=lambda path: path.name, reverse=True
    )


def last(home: str, *, driver: str, name: str) -> Path:
    """The newest receipt of this driver, else of one that has its name. Raises `FactsInvalid` where there is none."""
    folder = folder_of(home, name)
    found = _newest_first(folder.glob("*.json*"))
    mark = f"-{mark_of(driver)}.json"
    own = [path for path in found if mark in path.name]
    if not found:
        there = sorted(path.name for path in folder.parent.glob("*"))
        raise FactsInvalid(
            f"no failed launch of {foreign(name)} is remembered",
            facts=(
                ("looked in", str(folder)),
                ("remembered", ", ".join(map(foreign, there[:10])) or "no failed launch of any driver"),
            ),
            remedies=(
                "name the driver as it was launched, and the same --home",
                "or name the receipt itself: driverenv explain --failure FILE",
            ),
            data={"folder": str(folder), "remembered": there},
        )
    return (own or found)[0]


def read(path: str | os.PathLike[str]) -> Failure:
    """The failed launch whose receipt is at `path`. Raises `FactsInvalid`."""
    shown = os.fspath(path)
    data = facts.loaded(_content(shown), path=shown)
    facts.check_format(data, FORMAT, path=shown)
    record = facts.record_of(data.get("facts"), path=shown)
    try:
        asked = tuple(
            Asked(str(project), str(index), str(answer), bool(public))
            for project, index, answer, public in data["asked"]
        )
        when = str(data["when"])
    except (KeyError, TypeError, ValueError) as error:
        raise facts.invalid(shown, "asked or when is malformed", written_by=data.get("driverenv")) from error
    if record.error is None:
        raise facts.invalid(shown, "it names no error", written_by=data.get("driverenv"))
    return Failure(when, record.error, asked, record)


def save(record: Record, path: str | os.PathLike[str]) -> None:
    """Write the facts to `path`, all or nothing; compressed where it ends in ``.gz``. Raises `FactsInvalid`."""
    shown = os.fspath(path)
    data = facts.render(record)
    try:
        _fs.write_atomically(
            Path(os.path.realpath(shown)), gzip.compress(data, mtime=0) if shown.endswith(_PACKED) else data
        )
    except OSError as error:
        raise FactsInvalid(
            f"the facts cannot be written: {error.strerror or error}",
            facts=(("file", foreign(shown)),),
            remedies=("name a file in a folder that is there and may be written",),
            data={"file": shown},
        ) from error


def read_facts(path: str | os.PathLike[str]) -> Record:
    """The facts at `path`: a file of facts, or the receipt of a failed launch. Raises `FactsInvalid`."""
    shown = os.fspath(path)
    data = facts.loaded(_content(shown), path=shown)
    is_receipt = isinstance(data, dict) and data.get("format") == FORMAT
    return facts.record_of(data.get("facts") if is_receipt else data, path=shown)


def _content(path: str) -> bytes:
    """A file of facts or a receipt, unpacked. Raises `FactsInvalid`."""
    try:
        with open(path, "rb") as file:
            start = file.read(2)
            file.seek(0)
            data = (gzip.GzipFile(fileobj=file) if start == b"\x1f\x8b" else file).read(_LARGEST + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise facts.invalid(path, f"it is damaged: {error}") from error
    except OSError as error:
        raise FactsInvalid(
            f"there is no such file to be read: {error.strerror or error}",
            facts=(("file", foreign(path)),),
            remedies=("name a file that --save-facts wrote, or the receipt of a failed launch",),
            data={"file": path},
        ) from error
    if len(data) > _LARGEST:
        raise facts.invalid(path, f"it is larger than {_LARGEST // 1024 // 1024} MiB")
    return data
