"""Real servers for scenarios, started once for all: real pypiservers, and public on the kit's static index.

A pypiserver reads its folder anew at each request, so that the content of one server can be changed
from scenario to scenario; starting one for each would take most of the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.kit import IndexSite, PypiServer, StaticIndex, Universe, run_pypiserver, serve
from tests.kit.universe import IndexData


@dataclass(frozen=True, slots=True)
class Set:
    """The servers of one scenario."""

    locals: tuple[PypiServer, ...]
    public: StaticIndex
    seen_before: tuple[int, ...]
    """How many requests each pypiserver had logged before this scenario."""

    def paths(self, number: int) -> list[str]:
        """The paths that were asked of a local server for this scenario."""
        return self.locals[number].log.paths()[self.seen_before[number] :]


class Lab:
    """Keeps the servers."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._public: StaticIndex | None = None
        self._servers: dict[tuple[int, bool], PypiServer] = {}

    def public(self, universe: Universe) -> StaticIndex:
        """The public index, now with this content."""
        if self._public is None:
            self._public = self._stack.enter_context(serve(universe))
        self._public.site = IndexSite(universe.public)
        self._public.log.clear()
        return self._public

    def set_up(self, universe: Universe) -> Set:
        """Servers with the content of this universe."""
        public = self.public(universe)
        servers = tuple(self._local(number, index, public) for number, index in enumerate(universe.local))
        return Set(servers, public, tuple(len(server.log) for server in servers))

    def _local(self, number: int, index: IndexData, public: StaticIndex) -> PypiServer:
        place = (number, index.fallback)
        if place not in self._servers:
            folder = self._folder / f"local-{number}-{index.fallback}"
            folder.mkdir()
            fallback = public.simple_url if index.fallback else None
            running = run_pypiserver(folder, logs=self._folder / "logs", fallback_url=fallback)
            self._servers[place] = self._stack.enter_context(running)
        server = self._servers[place]
        for old in server.folder.iterdir():
            old.unlink()
        index.write_folder(server.folder)
        return server


@contextmanager
def open_lab(folder: Path) -> Iterator[Lab]:
    """A lab, closed at the end."""
    with ExitStack() as stack:
        yield Lab(folder, stack)
