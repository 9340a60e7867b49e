"""A small site with real stories: a folder as local index, drivers, a home, and what listeners were told.

The home starts out with the interpreter known and its image made, as after the first launch: that
takes longer than all the rest.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, Unpack

from driverenv import Environment, Index, Policy, Request, prepare
from driverenv.environment.image import image
from driverenv.events import END, Event
from driverenv.interpreter import inspect
from driverenv.store import Store
from driverenv.stories.site import base_executable, open_site
from driverenv.stories.workshop import Workshop, open_workshop
from tests.kit.order import end_of
from tests.kit.sdists import SdistOptions, make_sdist
from tests.kit.wheels import WheelOptions, make_wheel

E = TypeVar("E", bound=Event)
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"


def prime(home: Path) -> Path:
    """Make `home` the home of a site that has launched with this Python before."""
    store = Store(home)
    image(inspect(Path(base_executable()), store=store), store)
    return home


def copy_home(primed: Path, home: Path) -> Path:
    """Another home like `primed`."""
    shutil.copytree(primed, home, symlinks=True, ignore=shutil.ignore_patterns("staging"))
    return home


@dataclass
class Bench:
    """One site; every policy is offline unless a test says otherwise."""

    root: Path
    home: Path
    events: list[Event] = field(default_factory=list)

    @property
    def index(self) -> Path:
        """The local index: a folder."""
        return self.root / "index"

    def wheel(self, name: str, version: str = "1.0", **options: Unpack[WheelOptions]) -> Path:
        """A wheel in the local index."""
        return make_wheel(self.index, name, version, **options)

    def sdist(self, name: str, version: str = "1.0", **options: Unpack[SdistOptions]) -> Path:
        """An sdist in the local index."""
        return make_sdist(self.index, name, version, **options)

    def driver(self, requirements: str, name: str = "Switch Driver") -> Path:
        """A driver's folder with this requirements file, made or changed."""
        folder = self.root / "drivers" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "requirements.txt").write_text(requirements, encoding="utf-8")
        return folder

    def policy(self, **changes: Any) -> Policy:  # noqa: ANN401 (fields have all types)
        """The site's policy; byte code is left alone, so that no process outlives a test."""
        self.index.mkdir(exist_ok=True)
        local = [Index(self.index, name="lab")]
        return Policy(mode="offline", local=local, byte_code="never").replace(**changes)

    def request(self, requirements: str = "six\n", *, name: str = "Switch Driver", **changes: Any) -> Request:  # noqa: ANN401
        """A launch of a driver with these requirements; `changes` are the policy's."""
        return Request(self.driver(requirements, name), policy=self.policy(**changes), home=self.home)

    def prepare(self, request: Request) -> Environment:
        """As a server calls it; the events of this call are in `events`."""
        self.events.clear()
        try:
            return prepare(request, on_event=self.events.append)
        finally:
            assert end_of(self.events) == END

    def told(self, kind: type[E]) -> list[E]:
        """The events of this kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @contextmanager
    def workshop(self, request: Request) -> Iterator[Workshop]:
        """The bench below the story."""
        with open_workshop(open_site(request), self.events.append) as opened:
            yield opened

    def environments(self) -> list[Path]:
        """Every prefix that can be seen, those of builds included."""
        return sorted(self.home.glob("environments/*/*/pyvenv.cfg"))

    def staged(self) -> list[str]:
        """What lies in the staging folder."""
        return sorted(path.name for path in self.home.glob("staging/*"))
