"""Whether the disk is known to have an environment: else its contents are looked at once after the machine was started anew.

`store.syncing` says how that comes to be known.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from driverenv import _fs, warm
from driverenv.environment.bytecode import on_its_own
from driverenv.environment.naming import COMPLETE
from driverenv.store import Store, syncing


def synced_at(at: Path) -> str:
    """The path that is there as soon as the disk has the environment whose prefix is `at`."""
    return str(at.parent / syncing.SYNCED)


def in_doubt(at: Path, boot: str) -> bool:
    """Whether it was made in another run of the machine than `boot`, and the disk may not have all of it.

    False where `boot` is empty: nobody asks.
    """
    if not boot or os.path.exists(synced_at(at)):
        return False
    try:
        made = str(json.loads(_fs.read(at.parent / COMPLETE))["boot"])
    except (OSError, ValueError, KeyError, TypeError):
        made = ""
    return not warm.same_run(made, boot)


def settle(at: Path) -> None:
    """Note that the disk has it: its contents were read after the machine was started anew."""
    try:
        _fs.write_atomically(Path(synced_at(at)), b"")
    except OSError as error:
        raise _fs.unusable(at, error) from error


def sync_later(at: Path, store: Store) -> None:
    """Have a process of low priority wait for the disk, and note that it has the environment at `at`; no launch waits."""
    program = syncing.__file__ or ""
    if sys.platform == "win32" or not sys.executable or not os.path.isfile(program):
        return
    on_its_own([sys.executable, "-I", "-S", "-B", program, str(store.home), str(at.parent)], cwd=store.home)


def sync(store: Store) -> bool:
    """Wait for the disk, and note that it has everything; for whoever has time. Whether that is known now.

    Raises `HomeUnusable`.
    """
    try:
        folders = [str(path) for path in (store.home / "environments").glob("*") if path.is_dir()]
    except OSError as error:
        raise _fs.unusable(store.home, error) from error
    return syncing.settle(str(store.home), folders)
