"""What an environment was made with, and the stamps by which a warm launch knows that it is still so.

The record lies beside the prefix; `warm` describes it and reads it at every launch. Files that are an
environment's own have their stamps here. Those that it shares with the store have them there, where whoever
makes or removes a link brings them up to date: so no environment has to be looked at again because another
one was made.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from driverenv import warm

_HERE, _STORE, _EDITED = "e", "s", "o"


class Place(NamedTuple):
    """Where a file of a wheel is looked at: in the environment, or in the store where it is not linked from there."""

    here: bool
    path: str
    """Relative to the prefix, or to the home folder; `/`-separated."""


@dataclass(frozen=True, slots=True)
class Section:
    """The shared files of one part of the store (`store.stamps.Part`), in its order."""

    record: str
    """The part's record of stamps, relative to the home folder, `/`-separated."""
    places: tuple[Place, ...]


@dataclass(slots=True)
class Shipped:
    """What an environment was made with."""

    own: list[str] = field(default_factory=list)
    """The files of its own, relative to the prefix, `/`-separated."""
    sections: list[Section] = field(default_factory=list)
    library: str = ""
    """site-packages, relative to the prefix: where Python looks for what it runs at its start."""
    hooks: tuple[str, ...] = ()
    """The names of all such files there, sorted."""
    digest: str = ""
    """What the stamps of its own files hashed to."""
    overlays: tuple[str, ...] = ()
    """Files of its own that may be edited; no stamps are kept of them."""


def render(shipped: Shipped, prefix: str) -> bytes:
    """The record, with the stamps of the environment's own files as they are below `prefix` now.

    Raises `OSError` where one is gone, `ValueError` where a name cannot be written down.
    """
    own = sorted(shipped.own, key=lambda path: path.rpartition("/")[::2])
    stamps: list[int] = []
    lines = []
    for folder, names in _folders(own):
        warm.measure(f"{prefix}/{folder}", names, stamps)
        lines.append("\t".join([f"{_HERE} {folder}", *names]))
    lines = [warm.SHIPPED_HEADER, f"own {warm.summary(stamps)}", *lines]
    for folder, names in _folders(sorted(shipped.overlays, key=lambda path: path.rpartition("/")[::2])):
        warm.measure(f"{prefix}/{folder}", names, [])
        lines.append("\t".join([f"{_EDITED} {folder}", *names]))
    for section in shipped.sections:
        lines.append(f"wheel {section.record}")
        for here, places in groupby(section.places, key=lambda place: place.here):
            kind = _HERE if here else _STORE
            for folder, names in _folders([place.path for place in places]):
                lines.append("\t".join([f"{kind} {folder}", *names]))
    lines.append("\t".join([f"hooks {shipped.library}", *shipped.hooks]))
    if any("\n" in line or "\r" in line for line in lines):
        raise ValueError("a name with a line break in it cannot be recorded")
    return "\n".join([*lines, "end", ""]).encode("utf-8", "surrogateescape")


def parse(data: bytes) -> Shipped:
    """What a record says. Raises `ValueError` where it is none, or not whole."""
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    if lines[0] != warm.SHIPPED_HEADER or lines[-2:] != ["end", ""]:
        raise ValueError("this is no whole record of what was shipped")
    shipped = Shipped()
    places: list[Place] = []
    record = ""
    for line in lines[1:-1]:
        kind, _, rest = line.partition(" ")
        if kind in (_HERE, _STORE, _EDITED):
            folder, *names = rest.split("\t")
            paths = [f"{folder}/{name}" if folder else name for name in names]
            if kind == _EDITED:
                shipped.overlays += tuple(paths)
            else:
                places += [Place(kind == _HERE, path) for path in paths]
            continue
        if record:
            shipped.sections.append(Section(record, tuple(places)))
        elif places:
            shipped.own = [place.path for place in places]
        record, places = rest if kind == "wheel" else "", []
        if kind == "own":
            shipped.digest = rest
        elif kind == "hooks":
            shipped.library, *hooks = rest.split("\t")
            shipped.hooks = tuple(hooks)
    return shipped


def doubted(data: bytes) -> bytes:
    """The same record, with stamps for its own files that none can have."""
    head, own, *rest = data.split(b"\n", 2)
    return b"\n".join([head, b"own -" if own.startswith(b"own ") else own, *rest])


def _folders(paths: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Folders, and the names in each, in the order of `paths`."""
    split = (path.rpartition("/") for path in paths)
    for folder, found in groupby(split, key=lambda one: one[0]):
        yield folder, [one[2] for one in found]


def hooks_in(folder: str) -> tuple[str, ...]:
    """The names of what Python reads or runs on its own, in the site-packages `folder`."""
    return tuple(sorted(filter(warm.is_hook, os.listdir(folder))))


def section(record: str, below: str, paths: Iterable[tuple[str, str]], linked: set[str]) -> Section:
    """The section of a part of the store: pairs of a target and a path `below`, in the part's order."""
    places = [
        Place(True, target) if target in linked else Place(False, f"{below}/{path}") for target, path in paths
    ]
    return Section(record, tuple(places))
