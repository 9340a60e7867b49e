"""What a report is to be about: a home, a driver, or an environment, however it is named."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from driverenv.errors import EnvironmentBroken
from driverenv.generations.drivers import FILE_NAME
from driverenv.records import history
from driverenv.stories import inventory
from driverenv.stories.site import readable_stem

_KEY = re.compile(r"[0-9a-f]{40}")
_PARTS = ("drivers", "environments", "history", "failures", "wheels", "documents", "locks", "asks")
_ENOUGH = 2
"""So many of these folders make a home."""


class Scope(NamedTuple):
    """What is meant."""

    home: str
    driver: str = ""
    """The folder's name of the driver that alone is told of; or the readable name of one without an environment."""
    key: str = ""
    """The environment that alone is told of."""


def scope(home: str, wanted: str | None, *, cwd: str) -> Scope:
    """What `wanted` names: a driver (as everywhere), an environment (its folder, its prefix or its key), or a home.

    Raises `EnvironmentBroken` (`ENV_UNKNOWN`) where it is nothing of this, and `HomeUnusable`.
    """
    if wanted is None:
        return Scope(home)
    path = os.path.normpath(os.path.join(cwd, wanted))
    try:
        return Scope(home, driver=inventory.find_folder(home, wanted, cwd=cwd).shown)
    except EnvironmentBroken:
        found = _environment(path) or _driver(path) or _key(home, wanted) or _failed(home, wanted, path)
        if found is None and not is_home(path):
            raise
        return found or Scope(path)


def is_home(path: str) -> bool:
    """Whether driverenv keeps things there."""
    return sum(os.path.isdir(os.path.join(path, name)) for name in _PARTS) >= _ENOUGH


def is_key(text: object) -> bool:
    """Whether this may be the key of an environment: never a way out of the home folder."""
    return isinstance(text, str) and _KEY.fullmatch(text) is not None


def is_path(text: str) -> bool:
    """Whether this may be handed to the system as a path, or a part of one."""
    try:
        return "\0" not in text and bool(text.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return False


def _environment(path: str) -> Scope | None:
    """The environment at this path: its KEY folder, its prefix, or a driver's stable path that leads to it."""
    real = Path(os.path.realpath(path))
    for one in (Path(path), Path(path).parent, real, real.parent):
        if is_key(one.name) and one.parent.name == "environments" and one.is_dir():
            return Scope(str(one.parent.parent), key=one.name)
    return None


def _driver(path: str) -> Scope | None:
    """The driver whose folder below ``drivers`` this is."""
    one = Path(path)
    is_one = one.parent.name == "drivers" and (one / FILE_NAME).is_file()
    return Scope(str(one.parent.parent), driver=one.name) if is_one else None


def _key(home: str, wanted: str) -> Scope | None:
    there = is_key(wanted) and os.path.isdir(os.path.join(home, "environments", wanted))
    return Scope(home, key=wanted) if there else None


def _failed(home: str, wanted: str, path: str) -> Scope | None:
    """A driver that never came to an environment."""
    for name in history.names(home):
        if wanted == name:
            return Scope(home, driver=name)
        if name == readable_stem(path) and any(one.driver == path for one in history.read(home, name).lines):
            return Scope(home, driver=name)
    return None
