"""What happens during a launch, told as typed events to whoever listens.

A listener is any callable that takes one event; it may be called from worker threads, and what
it raises ends the launch. What follows upon what is `ORDER`. Spans of time are by the monotonic clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Traffic:
    """What was sent to one index: so many requests, each try counted; pages, metadata and files.

    `seconds` is their sum, from the question to the end of the answer; where several go on at once it is more than
    the time that they took. What others of this machine had asked a moment before is not asked again, and not here.
    """

    index: str
    public: bool
    requests: int
    seconds: float
    slowest: float


Stages = tuple[tuple[str, float], ...]
"""Seconds by stage, in the order in which they began: "wait", "read", "resolve", "fetch", "build", "compile", "link"."""


@dataclass(frozen=True, slots=True)
class Event:
    """The base of all events."""


@dataclass(frozen=True, slots=True)
class Started(Event):
    """There is work to do: no finished environment was found."""

    name: str
    python: str


@dataclass(frozen=True, slots=True)
class InterpreterChanged(Event):
    """The Python of the driver's last environment was patched, replaced or moved; that environment is stale.

    A new one is made for the Python that is there now. `was` and `executable` are absolute paths of the base
    interpreter ("" where it is not known any more), `was_version` and `version` its full versions; where all of
    that is the same, the file itself was replaced. `prefix` is the stale environment's, "" where it is gone.
    """

    name: str
    was: str
    was_version: str
    executable: str
    version: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Asked(Event):
    """An index answered about a project: `answer` is "found" or "absent".

    `detail` says more: how many files there are and where, or what proves the absence.
    """

    project: str
    index: str
    answer: str
    public: bool
    detail: str = field(default="", compare=False)
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Resolving(Event):
    """A round of questions begins: so many projects and candidates are known by now."""

    projects: int
    candidates: int


@dataclass(frozen=True, slots=True)
class Solved(Event):
    """The resolution is there: `count` distributions, `local` of them from local indexes.

    `seconds` is the time of all its rounds, with the questions and the builds that it took.
    """

    count: int
    local: int
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Downloading(Event):
    """So many bytes of a file have come; `total` is None where the server did not say."""

    filename: str
    received: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Downloaded(Event):
    """A file is in the store, verified. `seconds` has the transfer and, of a wheel, the unpacking."""

    filename: str
    size: int
    sha256: str
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Building(Event):
    """An sdist is being built."""

    filename: str


@dataclass(frozen=True, slots=True)
class Built(Event):
    """An sdist became a wheel, which is kept."""

    filename: str
    wheel: str
    seconds: float


@dataclass(frozen=True, slots=True)
class BuiltElsewhere(Event):
    """The wheel of an sdist came from the site's fleet store: `by` says who built it, and when."""

    filename: str
    wheel: str
    by: str
    seconds: float


@dataclass(frozen=True, slots=True)
class StartupHook(Event):
    """A distribution of the new environment has Python run something by itself at every start.

    `file` is relative to the prefix; `runs` says what, line by line.
    """

    project: str
    version: str
    file: str
    runs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Linking(Event):
    """The environment is being made from `count` distributions."""

    count: int


@dataclass(frozen=True, slots=True)
class Linked(Event):
    """The environment is there, whole."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Ready(Event):
    """The launch has its environment; `reused` where that was there before. `seconds` is the whole call.

    `home` and `ask` say where the record of this answer is: `warm.ask_path(home, ask)`. `how` is the word of
    ``driverenv history``, "ready" where nobody was asked. `stages` and `traffic` say where the time went.
    """

    prefix: str
    reused: bool
    seconds: float
    ask: str = ""
    home: str = ""
    how: str = field(default="", compare=False)
    stages: Stages = field(default=(), compare=False)
    traffic: tuple[Traffic, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Locked(Event):
    """`driverenv lock` has its answer, of `count` distributions; `seconds` is the whole call. See `Ready`."""

    count: int
    seconds: float
    stages: Stages = field(default=(), compare=False)
    traffic: tuple[Traffic, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """The call ends with an error, which is raised next.

    `code` is the error's, or the name of an exception that nobody foresaw; `text` the whole explanation;
    `receipt` the path of what is kept of the failure, where something is. What a listener raises at this
    event is dropped: the launch's own error is the one to be told. `stages` and `traffic` go as far as it had come.
    """

    code: str
    text: str
    seconds: float
    receipt: str = ""
    stages: Stages = field(default=(), compare=False)
    traffic: tuple[Traffic, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Working(Event):
    """A step of what an administrator asked for begins: number `done` of `total` (0: nobody knows), `what` it is at."""

    verb: str
    """"checking", "placing", "reading", "judging", "preparing", "proving"."""
    what: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Uploading(Event):
    """So many bytes of a file have gone to a server."""

    filename: str
    sent: int
    total: int


@dataclass(frozen=True, slots=True)
class Warned(Event):
    """Something a person should look at; the launch goes on."""

    code: str
    text: str


Listener = Callable[[Event], None]

BEGIN, END = "begin", "end"

_WORK = ("Asked", "Resolving", "Downloading", "Downloaded", "Building", "Built", "BuiltElsewhere", "Warned")

ORDER: Mapping[str, Mapping[str, str]] = {
    BEGIN: {"Warned": BEGIN, "Started": "resolving", "Linking": "linking", "Ready": END, "Failed": END},
    "resolving": {
        **dict.fromkeys(("InterpreterChanged", *_WORK), "resolving"),
        "Solved": "solved",
        "Linking": "linking",
        "Ready": END,
        "Failed": END,
    },
    "solved": {
        **dict.fromkeys(_WORK, "solved"),
        "Solved": "solved",
        "Locked": END,
        "StartupHook": "solved",
        "Linking": "linking",
        "Ready": END,
        "Failed": END,
    },
    "linking": {**dict.fromkeys(_WORK, "linking"), "Solved": "solved", "Linked": "linked", "Failed": END},
    "linked": {"Warned": "linked", "Linking": "linking", "Ready": END, "Failed": END},
    END: {},
}
"""By state of a launch: the events that may come, and the state that each leads to.

`prepare` goes from `BEGIN` to `END`, and so does `lock`; `explain` stops at "solved" or ends with `Failed`. `Downloaded`
follows upon each `Downloading` of the same file, `Built` upon its `Building`.
What a build needs is asked for, fetched and built by the same events, in between; its own little
environment is no `Solved` and no `Linking`. `Linking` comes without `Solved` where an environment that was
damaged is made again from the store. Where it turns out that a file of the store is damaged and must be fetched, work
comes after `Linking`, and it all begins again with `Solved`.
"""

OUTSIDE = ("Working", "Uploading")
"""Events of what administrators do; no launch has them."""


def following(state: str, event: Event) -> str:
    """The state of a launch after `event`. Raises `ValueError` where it cannot come in `state`."""
    name = type(event).__name__
    try:
        return ORDER[state][name]
    except KeyError:
        raise ValueError(f"{name} does not come in the state {state!r}") from None


def ignore(event: Event) -> None:
    """Listen to nothing."""
