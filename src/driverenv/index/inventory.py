"""Everything that an index over HTTP lists: for those who look after it, not for launches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from packaging.utils import NormalizedName

from driverenv._http import Transport
from driverenv.index.simple import SimpleIndex
from driverenv.model.answers import ProjectFile
from driverenv.model.site import Index

_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Inventory:
    """What an index lists."""

    files: Mapping[NormalizedName, tuple[ProjectFile, ...]]
    """By the project that the index lists them under, whoever they belong to."""
    partial: str
    """Why the root page may not be the whole listing, as a sentence's end; "" where nothing says so."""


def inventory(
    index: Index, *, transport: Transport, on_page: Callable[[str, int, int], None] = lambda *_: None
) -> Inventory:
    """All pages of `index`, at most four at once; `on_page` hears of each with its number and how many there are.

    Raises `IndexUnavailable`: what cannot be read is not left out.
    """
    asked = SimpleIndex(index, public=False, transport=transport)
    listed, partial = asked.listed()
    found: dict[NormalizedName, tuple[ProjectFile, ...]] = {}

    def read(name: NormalizedName) -> tuple[ProjectFile, ...]:
        files = [file for url in listed[name] for file in asked.page(name, url)]
        return tuple(dict.fromkeys(files))

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="driverenv-inventory") as pool:
        for number, (name, files) in enumerate(
            zip(sorted(listed), pool.map(read, sorted(listed)), strict=True), 1
        ):
            on_page(name, number, len(listed))
            found[name] = files
    return Inventory(found, partial)
