"""The nouns of a report: all that its page says, as plain values. Texts are free of secrets before they come here."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

LOCAL, EXTRA, PUBLIC, NAMED = "local", "extra", "public", "named"
"""Where a distribution came from; "named": a line of the driver names the file itself."""
BAD, WARN = "bad", "warn"
FAILS, STALE, BACK, REMOVED, WELL = "fails", "stale", "gone back", "removed", "well"
"""How a driver is."""


class Said(NamedTuple):
    """A label, and a text."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Distribution:
    """What is in an environment, from where, and why."""

    name: str
    version: str
    origin: str
    """"local", "extra" (a further index of the site), "public", or "named"."""
    index: str
    location: str
    rule: str
    file: str
    url: str
    sha256: str
    size: int | None
    built: bool
    """From an sdist, here or on another server."""
    requested_by: tuple[str, ...]
    parents: tuple[str, ...]
    """The distributions of the environment that ask for it."""
    chain: tuple[str, ...]
    """The shortest way from a line of the driver to it."""
    absent: tuple[Said, ...] = ()
    """Indexes that proved not to have it."""
    not_asked: tuple[Said, ...] = ()
    passed_over: tuple[Said, ...] = ()
    """Files, with why each was not taken."""
    more_passed_over: int = 0
    notes: tuple[str, ...] = ()
    built_by: str = ""
    """The server that built it, and when, where its wheel came from the fleet store."""


@dataclass(frozen=True, slots=True)
class Build:
    """How a wheel came of an sdist."""

    wheel: str
    python: str
    tools: tuple[str, ...]
    contained: str
    """What the system took from the build."""
    seconds: float
    attempt: int
    because: str
    log: str
    fleet: str = ""
    """Who built it, and when, where it was another server of the site."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What an environment's receipt says."""

    created: str = ""
    python: str = ""
    executable: str = ""
    mode: str = ""
    requirements: tuple[Said, ...] = ()
    """Each with its place: "requirements.txt line 1"."""
    exceptions: tuple[str, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    more_distributions: int = 0
    """So many are left out."""
    builds: tuple[Build, ...] = ()
    hooks: tuple[Said, ...] = ()
    """What Python runs by itself at every start, by who brought it."""
    warnings: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Generation:
    """One environment of a driver."""

    number: int
    key: str
    made: str
    python: str
    causes: tuple[str, ...]
    changes: tuple[str, ...]
    is_there: bool
    is_current: bool
    is_pinned: bool
    is_held: bool
    used: str
    """When it was last taken; "" where that is not known."""
    size: int | None
    """Bytes that its removal frees; None where it is not there, or was not measured."""


@dataclass(frozen=True, slots=True)
class Launch:
    """One launch."""

    when: str
    seconds: float
    how: str
    generation: int
    """0 where it failed, or the generation is not remembered."""
    code: str
    """Of the error; "" where it did not fail."""


class Side(NamedTuple):
    """One of the demands that exclude each other."""

    requirement: str
    chain: tuple[str, ...]
    """From a line of the driver to who demands it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A launch that failed, by its receipt."""

    when: str
    code: str
    summary: str
    facts: tuple[Said, ...]
    remedies: tuple[str, ...]
    sides: tuple[Side, ...]
    """Of a conflict: who demands what."""
    receipt: str
    python: str


@dataclass(frozen=True, slots=True)
class Driver:
    """A driver, its environments, and what became of its launches."""

    shown: str
    name: str
    path: str
    is_there: bool
    """Whether there is something at its path."""
    state: str
    """"fails" (its last launch did), "stale" (an index did not answer it), "gone back", "removed" (its environment is
    not there), or "well"."""
    why: str
    """What there is to say of the state; "" for nothing."""
    python: str
    last: str
    """When it was last launched; "" where that is not known."""
    generations: tuple[Generation, ...]
    """The newest ones, the oldest of them first."""
    earlier: int
    """So many generations came before these."""
    launches: tuple[Launch, ...]
    """The newest ones, the oldest of them first."""
    counts: tuple[tuple[str, int], ...]
    """How many launches went how, of all that are remembered."""
    damaged: int
    """So many lines of its history could not be read."""
    failures: tuple[Failure, ...]
    """The newest first."""
    told: int
    """The number of the generation whose contents are told: the current one, unless another was asked for; 0 for none."""
    contents: Contents | None
    """Of that generation; None where it is not there, its receipt cannot be read, or details are left out."""
    has_details: bool = True
    """Whether contents and failures are told, or were left out for the size of the page."""

    @property
    def current(self) -> Generation | None:
        """The generation that its next launch would use."""
        return next((one for one in self.generations if one.is_current), None)


class Problem(NamedTuple):
    """Something that a person should look at."""

    weight: str
    """"bad" or "warn"."""
    driver: str
    """As it is shown; "" for the home as a whole."""
    text: str
    remedy: str
    """A command or a sentence; "" for none."""


class Trouble(NamedTuple):
    """Launches of a driver in a row that failed alike, or were stale."""

    when: str
    """The last of them."""
    driver: str
    how: str
    """"failed" or "stale"."""
    code: str
    """Of the error; "" where none did."""
    times: int
    since: str
    """The first of them."""


class Loose(NamedTuple):
    """An environment that no driver has."""

    key: str
    name: str
    why: str
    size: int | None


class Place(NamedTuple):
    """A part of the home folder, and what it takes."""

    name: str
    what: str
    size: int


class Unread(NamedTuple):
    """Something that is not what it should be, and was passed over."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """All that the page says."""

    made: str
    """ISO 8601, UTC."""
    version: str
    home: str
    is_there: bool
    """Whether the home folder is there at all."""
    scope: str
    """What alone it is about; "" for the whole home."""
    drivers: tuple[Driver, ...]
    problems: tuple[Problem, ...]
    troubles: tuple[Trouble, ...]
    """Stale and failed launches of all drivers, the newest first."""
    loose: tuple[Loose, ...]
    places: tuple[Place, ...]
    unread: tuple[Unread, ...]
    left_out: int = 0
    """So many drivers are not told of at all."""
    notes: tuple[str, ...] = field(default=())
    """What else was left out, in sentences."""

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON-able values."""
        return {"format": FORMAT, **_plain(asdict(self))}


FORMAT = "driverenv-report 1"


def _plain(value: Any) -> Any:  # noqa: ANN401 (JSON)
    """Without named tuples, which JSON would tell as lists."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _plain(value._asdict())
    return [_plain(one) for one in value] if isinstance(value, tuple | list) else value
