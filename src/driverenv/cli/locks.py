"""A lock on its way out: in which format, and where to."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from driverenv.cli import formats
from driverenv.cli.parser import UsageError
from driverenv.cli.printing import warning_line
from driverenv.cli.progress import Progress
from driverenv.model.lock import Lock
from driverenv.records import pylock

if TYPE_CHECKING:
    from driverenv.cli.commands import Call
    from driverenv.settings import Settings

_PYLOCK_NAME = re.compile(r"pylock\.([^.]+\.)?toml")
NOT_SHARED = 3
_BY_SUFFIX = {".toml": "pylock", ".json": "json"}


def output(call: Call) -> Path | None:
    """Where the lock goes; None for stdout. Raises `UsageError` where that cannot be, before any work."""
    return None if call.options.output in (None, "-") else in_a_folder(call, "output", "-o/--output")


def is_shared(call: Call, settings: Settings) -> bool:
    """Whether the lock also goes to the fleet store. Raises `UsageError` where there is none to write to."""
    if call.options.share:
        fleet = settings.policy().fleet
        if fleet is None or not fleet.write:
            what = "no fleet store" if fleet is None else "a fleet store that this server only reads"
            raise UsageError(f"argument --share: the settings have {what}: [fleet] with write = true")
    return bool(call.options.share)


def told(progress: Progress) -> int:
    """The exit code of a lock that was to be shared: 3 where it is not."""
    return NOT_SHARED if any(one.code.startswith("FLEET_") for one in progress.tally.warnings) else 0


def in_a_folder(call: Call, name: str, shown: str) -> Path:
    """The file that the option `name` names, where its folder is there: a slip in a path makes no folders."""
    path = Path(call.shell.cwd, getattr(call.options, name))
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.isdir(folder):
        raise UsageError(f"argument {shown}: cannot write {path}: the folder {folder} is not there")
    return path


def deliver(call: Call, lock: Lock, at: Path | None, progress: Progress) -> None:
    """Write `lock`, to stdout where `at` is None."""
    text = _text(call, lock, at, progress)
    if at is None:
        call.say(text)
    else:
        write(at, text)


def _text(call: Call, lock: Lock, at: Path | None, progress: Progress) -> str:
    chosen = _format(call, at)
    if chosen == "pins":
        return formats.pins(lock)
    if chosen == "json":
        profile = progress.profile.data if progress.profile is not None and is_told(call, at) else None
        return formats.lock_json(lock, warnings=formats.warned(progress.tally.warnings), profile=profile)
    if at is not None and not _PYLOCK_NAME.fullmatch(at.name) and not call.options.json:
        text = (
            f"driverenv and other tools read a lock only as pylock.toml or pylock.NAME.toml, not as {at.name}"
        )
        call.shell.err.write(warning_line("LOCK_NAME", text, colour=call.shell.watched) + "\n")
    return pylock.render(lock, folder=at.parent if at is not None else call.shell.cwd)


def is_told(call: Call, at: Path | None) -> bool:
    """Whether the lock is the result of the command in JSON, and no file that is kept."""
    return at is None and bool(call.options.json) and _format(call, at) == "json"


def _format(call: Call, at: Path | None) -> str:
    """What was asked for, else what the file's name says, else JSON for ``--json``."""
    if call.options.format is not None:
        return str(call.options.format)
    if at is not None:
        return _BY_SUFFIX.get(at.suffix.lower(), "pins")
    return "json" if call.options.json else "pins"


def write(at: Path, text: str) -> None:
    """Write `text` there, all or nothing. Raises `UsageError` where that cannot be."""
    from driverenv import _fs  # noqa: PLC0415 (only here)

    try:
        _fs.write_atomically(Path(os.path.realpath(at)), text.encode("utf-8"))
    except OSError as error:
        raise UsageError(f"argument -o/--output: cannot write {at}: {error.strerror or error}") from error
