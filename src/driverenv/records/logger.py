"""Events as records of the standard library's `logging`, which driverenv never configures.

The loggers: ``driverenv.launch`` (begin, resolution, end), ``driverenv.index``, ``driverenv.fetch``, ``driverenv.build``,
``driverenv.environment``, ``driverenv.repository`` (administrators' work), and ``driverenv.warning`` for everything
that a person should look at. Each record has its
event as ``record.event``.
"""

from __future__ import annotations

import logging

from driverenv import events
from driverenv.errors import foreign
from driverenv.records.install_log import line

ROOT = "driverenv"

# Without it Python itself would print warnings of a library that nobody listens to.
logging.getLogger(ROOT).addHandler(logging.NullHandler())

NAMES: dict[type[events.Event], tuple[str, int]] = {
    events.Started: ("launch", logging.INFO),
    events.Solved: ("launch", logging.INFO),
    events.InterpreterChanged: ("launch", logging.WARNING),
    events.Ready: ("launch", logging.INFO),
    events.Locked: ("launch", logging.INFO),
    events.Failed: ("launch", logging.ERROR),
    events.Asked: ("index", logging.DEBUG),
    events.Resolving: ("index", logging.DEBUG),
    events.Downloading: ("fetch", logging.DEBUG),
    events.Downloaded: ("fetch", logging.INFO),
    events.Building: ("build", logging.INFO),
    events.Built: ("build", logging.INFO),
    events.BuiltElsewhere: ("build", logging.INFO),
    events.Linking: ("environment", logging.DEBUG),
    events.Linked: ("environment", logging.INFO),
    events.StartupHook: ("environment", logging.INFO),
    events.Warned: ("warning", logging.WARNING),
}
"""By event: the last part of the logger's name, and the level."""
OUTSIDE = ("repository", logging.DEBUG)
"""The same for what administrators do (`events.OUTSIDE`)."""


def log(event: events.Event, driver: str) -> None:
    """Hand `event` of the launch of `driver` (its readable name) to its logger."""
    name, level = NAMES.get(type(event), OUTSIDE)
    logger = logging.getLogger(f"{ROOT}.{name}")
    if logger.isEnabledFor(level):
        logger.log(level, "%s: %s", foreign(driver), _text(event), extra={"event": event})


def _text(event: events.Event) -> str:
    match event:
        case events.Resolving():
            said = f"{event.projects} projects and {event.candidates} candidates are known"
        case events.InterpreterChanged():
            said = f"the Python of its last environment is not as it was: {foreign(event.executable)} {event.version}"
        case events.Downloading():
            total = "" if event.total is None else f" of {event.total}"
            said = f"{foreign(event.filename)}: {event.received}{total} bytes"
        case events.Linking():
            said = f"linking {event.count} distributions"
        case events.Ready():
            was = ", as it was" if event.reused else ""
            said = f"ready in {event.seconds:.3f} s{was}: {event.prefix}"
        case events.Locked():
            said = f"locked {event.count} distributions in {event.seconds:.3f} s"
        case events.Failed():
            said = f"failed after {event.seconds:.3f} s: {event.text.partition(chr(10))[0]}"
        case _:
            said = line(event) or foreign(event)
    return said
