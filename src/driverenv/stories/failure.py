"""What is left of a launch that failed: its receipt, and its log beside it.

A receipt lies below ``home/failures``, in a folder named for the driver; `driverenv explain --last` reads it.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from driverenv import __version__, _fs, environment, facts, ledger, warm
from driverenv.errors import DriverEnvError, FactsInvalid, foreign
from driverenv.events import Asked, Failed, Listener
from driverenv.facts import Record
from driverenv.index.burden import weight_of
from driverenv.model.answers import Found
from driverenv.store.premises import UNSAFE
from driverenv.stories.journal import Journal, iso
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
LOG = "InstallRequirements_"
"""How the names of logs begin, here and beside an environment's receipt."""


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
        if receipt and isinstance(error, DriverEnvError) and error.code != UNSAFE:
            error.failure = leave(site, journal, error)
        if save_facts is not None:
            with contextlib.suppress(FactsInvalid):  # the launch's own error is the one to be told
                save(journal.record(error), save_facts)
        raise
    if save_facts is not None:
        save(journal.record(), save_facts)


@contextlib.contextmanager
def written_down(site: Site, ask_key: str, begun: float) -> Iterator[None]:
    """A launch that goes into the ledger where it fails; `begun` by the monotonic clock."""
    try:
        yield
    except Exception as error:
        if isinstance(error, DriverEnvError) and error.code == UNSAFE:
            raise  # nothing is written there
        ledger.write(
            site.home,
            environment.readable_name(site.name),
            when=time.time(),
            seconds=time.monotonic() - begun,
            how=ledger.FAILED,
            what=error.code if isinstance(error, DriverEnvError) else type(error).__name__,
            ask=ask_key,
            driver=site.driver,
            receipt=os.path.basename(error.failure) if isinstance(error, DriverEnvError) else "",
        )
        raise


@contextlib.contextmanager
def told(on_event: Listener) -> Iterator[list[Journal]]:
    """A call whose end by an error is the last thing that `on_event` hears of it; put its diary into what is given."""
    begun, diary = time.monotonic(), list[Journal]()
    try:
        yield diary
    except BaseException as error:
        tell(on_event, error, time.monotonic() - begun, diary)
        raise


def tell(on_event: Listener, error: BaseException, seconds: float, diary: Sequence[Journal]) -> None:
    """Say that a call ends with `error`, after so many seconds, with what its diary says of them. Never raises."""
    name = type(error).__name__
    event = Failed(name, f"{name}: {foreign(error)}".removesuffix(": "), seconds)
    if isinstance(error, DriverEnvError):
        event = Failed(error.code, str(error), seconds, error.failure)
    for journal in diary:
        event = replace(event, stages=journal.stages, traffic=journal.traffic)
    with contextlib.suppress(Exception):
        on_event(event)


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
        "when": iso(now),
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
    end = f"failed after {journal.seconds:.3f} s\n\n{error}"
    _fs.write_atomically(log_of(path), journal.log(end), mode=0o600)
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


def _stamp(now: float) -> str:
    """For a file's name: names in order are receipts in order."""
    return f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(now))}.{int(now % 1 * 1_000_000):06d}Z"


def folder_of(home: str, name: str) -> Path:
    """Where the receipts of drivers of this readable name are."""
    return Path(home) / "failures" / environment.readable_name(name)


def log_of(receipt: Path) -> Path:
    """The log of a failed launch, by the path of its receipt."""
    return receipt.with_name(f"{LOG}{receipt.name.partition('.json')[0]}.log")


def mark_of(driver: str) -> str:
    """What stands for the driver's path in the name of a receipt: drivers of one name share a folder."""
    return warm.key((driver.encode("utf-8", "surrogateescape"),))[:8]


def _tidy(folder: Path) -> None:
    """Keep the newest, with their logs; another process may be doing the same."""
    for old in _newest_first(folder.glob("*.json*"))[KEPT_OF_A_DRIVER:]:
        old.unlink(missing_ok=True)
    beyond = _newest_first(folder.parent.glob("*/*.json*"))[KEPT:]
    for old in beyond:
        old.unlink(missing_ok=True)
    for log in folder.parent.glob(f"*/{LOG}*.log"):
        stem = log.name.removeprefix(LOG).removesuffix(".log")
        if not any(log.with_name(f"{stem}.json{end}").exists() for end in ("", _PACKED)):
            log.unlink(missing_ok=True)  # receipts are written first
    for old in beyond:
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
        with _fs.opened(path) as file:
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
