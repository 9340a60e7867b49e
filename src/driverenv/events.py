"""What happens during a launch, told as typed events to whoever listens.

A listener is any callable that takes one event; it may be called from worker threads, and what
it raises ends the launch. Order: `Started`, then `Asked`, `Solved`, `Downloading`, `Downloaded`,
`Building`, `Built`, `Linking`, then `Ready`. `Warned` comes at any time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """The base of all events."""


@dataclass(frozen=True, slots=True)
class Started(Event):
    """There is work to do: no finished environment was found."""

    name: str
    python: str


@dataclass(frozen=True, slots=True)
class Asked(Event):
    """An index answered about a project: `answer` is "found" or "absent"."""

    project: str
    index: str
    answer: str
    public: bool


@dataclass(frozen=True, slots=True)
class Resolving(Event):
    """A round of questions begins: so many projects and candidates are known by now."""

    projects: int
    candidates: int


@dataclass(frozen=True, slots=True)
class Solved(Event):
    """The resolution is there: `count` distributions, `local` of them from local indexes."""

    count: int
    local: int


@dataclass(frozen=True, slots=True)
class Downloading(Event):
    """So many bytes of a file have come; `total` is None where the server did not say."""

    filename: str
    received: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Downloaded(Event):
    """A file is in the store, verified."""

    filename: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Building(Event):
    """An sdist is being built."""

    filename: str


@dataclass(frozen=True, slots=True)
class Built(Event):
    """An sdist became a wheel, which is kept; `seconds` by the monotonic clock."""

    filename: str
    wheel: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Linking(Event):
    """The environment is being made from `count` distributions."""

    count: int


@dataclass(frozen=True, slots=True)
class Ready(Event):
    """The environment is there; `reused` where it was there before. `seconds` by the monotonic clock.

    `home` and `ask` say where the record of this answer is: `warm.ask_path(home, ask)`.
    """

    prefix: str
    reused: bool
    seconds: float
    ask: str = ""
    home: str = ""


@dataclass(frozen=True, slots=True)
class Warned(Event):
    """Something a person should look at; the launch goes on."""

    code: str
    text: str


Listener = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Listen to nothing."""
