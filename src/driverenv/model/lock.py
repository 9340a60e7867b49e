"""The nouns of a lock: what was chosen for a driver, file by file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from packaging.utils import NormalizedName

from driverenv.model.requirement import Source


@dataclass(frozen=True, slots=True)
class LockedPin:
    """One project of a lock: version, file, where it comes from and who asked for it."""

    name: str
    version: str
    index: str
    """The index's name."""
    location: str
    """The index's location, without credentials."""
    public: bool
    filename: str
    url: str
    """An absolute path where the index is a folder; else without a query, which may hold a token."""
    hashes: tuple[tuple[str, str], ...]
    """Pairs of algorithm and digest; always one of sha256."""
    size: int | None
    is_wheel: bool
    requires_python: str | None
    extras: tuple[str, ...]
    requested_by: tuple[str, ...]
    direct: str = ""
    """"url" or "bundled" where a line of the driver names the file itself, past every index."""


@dataclass(frozen=True, slots=True)
class Lock:
    """What a driver would get, for one Python on this platform."""

    pins: tuple[LockedPin, ...]
    """Sorted by name."""
    python: str
    """The target's full version."""
    requirements_path: str


class Entry(NamedTuple):
    """What a lock says of one project."""

    version: str
    """"" where it does not say."""
    digests: frozenset[tuple[str, str]]
    """Pairs of algorithm and digest, of all files that it lists."""
    public: bool | None
    """Whether the public index served it; None where the lock does not say."""
    source: Source
    """The line of its name."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A lock that a launch is held to, as far as it is for this Python and platform."""

    path: str
    entries: Mapping[NormalizedName, Entry]
    requires_python: str
    """A specifier set, or empty."""
    environment: str = ""
    """The key of the environment that it was written for; "" where nobody says."""
