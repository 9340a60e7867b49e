"""Remove an environment, and write down what that does to the files that it shared."""

from __future__ import annotations

import contextlib
import os
from itertools import groupby
from pathlib import Path

from driverenv import _fs, warm
from driverenv.environment import shipped
from driverenv.environment.shipped import Section
from driverenv.errors import DriverEnvError
from driverenv.store import Store, sharing
from driverenv.store.damage import Damaged


def remove(folder: Path, name: str, store: Store) -> None:
    """Remove the environment `folder/name` and what lies beside it; nobody looks for it there any more.

    Each link that goes changes the ctime of a file of the store. So links go wheel by wheel, while the wheel is
    held, and its new stamps are kept. Where that cannot be done the links go all the same: whoever shares
    those files looks at their contents then, once.
    """
    try:
        found = shipped.parse(_fs.read(folder / warm.SHIPPED))
    except (OSError, ValueError):
        found = shipped.Shipped()
    for _, sections in groupby(found.sections, key=lambda one: one.record.split("/")[:3]):
        with contextlib.suppress(Damaged, DriverEnvError, OSError):
            _unlink(list(sections), folder / name, store)
    _fs.remove(folder)


def _unlink(sections: list[Section], prefix: Path, store: Store) -> None:
    parts = {part.record: part for section in sections for part in store.parts(section.record)}
    if not parts:
        return
    ordered = list(parts.values())
    with sharing.linking(os.path.dirname(ordered[0].record), ordered):
        for section in sections:
            for place in section.places:
                if place.here:
                    with contextlib.suppress(OSError):
                        os.unlink(f"{prefix}/{place.path}")
