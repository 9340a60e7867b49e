"""The servers of one situation, for one tool: nothing that one tool does is seen by another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.safety import attacker
from benchmarks.safety.situation import Situation
from tests.kit import IndexData, IndexSite, StaticIndex, Universe, run_pypiserver, serve


@dataclass(slots=True)
class Scene:
    """What runs."""

    folder: Path
    universe: Universe
    public: StaticIndex
    """Plays public PyPI."""
    stranger: StaticIndex
    """A host that nobody configured; it has what public has."""
    locations: list[str] = field(default_factory=list)
    """The local indexes as they are configured: URLs or folders."""
    folders: list[Path] = field(default_factory=list)
    """The folders behind them, where there are any."""
    servers: list[StaticIndex] = field(default_factory=list)
    """The servers behind them, where they are the kit's."""

    def filled(self, text: str) -> str:
        """With origins, and the digest of the local widget, in the place of their names."""
        return str(attacker.filled(text, self.places))

    @property
    def places(self) -> Mapping[str, str]:
        """What the names in a situation stand for."""
        found = {"<public>": self.public.url, "<stranger>": self.stranger.url}
        if self.locations and self.locations[0].startswith("http"):
            parts = urlsplit(self.locations[0])
            found["<local>"] = f"{parts.scheme}://{parts.netloc}"
        for index in self.universe.local:
            for _, _, stored in index.files():
                found[f"<sha256 {stored.filename}>"] = f"sha256:{stored.sha256}"
        return found


@contextmanager
def opened(situation: Situation, folder: Path) -> Iterator[Scene]:
    """Start the servers; end them."""
    with ExitStack() as stack:
        bare = attacker.index({}, {})
        public, stranger = stack.enter_context(serve(bare)), stack.enter_context(serve(bare))
        scene = Scene(folder, Universe(), public, stranger)
        data = attacker.filled([situation.public, situation.copies, list(situation.local)], scene.places)
        assert isinstance(data, list)
        projects, copies, local = data
        content = attacker.index(projects, copies)
        public.site, stranger.site = IndexSite(content), IndexSite(content)
        scene.universe = Universe.parse({"local": local})
        _open_local(situation, scene, stack)
        yield scene


def _open_local(situation: Situation, scene: Scene, stack: ExitStack) -> None:
    if callable(situation.served):
        scene.locations = situation.served(scene, stack)
        return
    for number, index in enumerate(scene.universe.local):
        if situation.served == "static":
            server = stack.enter_context(serve(index, fallback_url=scene.public.simple_url))
            scene.servers.append(server)
            scene.locations.append(server.simple_url)
            continue
        folder = index.write_folder(scene.folder / f"local-{number}")
        scene.folders.append(folder)
        if situation.put is not None:
            situation.put(folder)
        scene.locations.append(
            str(folder) if situation.served == "folder" else _pypiserver(index, scene, stack)
        )


def _pypiserver(index: IndexData, scene: Scene, stack: ExitStack) -> str:
    fallback = scene.public.simple_url if index.fallback else None
    running = run_pypiserver(scene.folders[-1], logs=scene.folder / "logs", fallback_url=fallback)
    return stack.enter_context(running).simple_url
