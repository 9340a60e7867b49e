"""Which environment a driver has now: written down after each launch that asked the indexes, with the reason."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from driverenv import _fs, environment
from driverenv.errors import foreign
from driverenv.events import InterpreterChanged, Warned
from driverenv.generations import Drivers, Generation, Lineage, Request, difference, lineage
from driverenv.records import pylock
from driverenv.stories import reading
from driverenv.stories.making import Made
from driverenv.stories.site import is_file_name
from driverenv.stories.workshop import Workshop

Change = Callable[[Lineage], Lineage]

_RECEIPT = "receipt.json"
_LINES = 40
"""So many lines of what changed are kept with a generation."""


def settle(workshop: Workshop, ask_key: str, made: Made, prints: Mapping[str, str]) -> None:
    """Make the environment of `made` the driver's current generation; `prints` are those of the files that were read.

    Raises `HomeUnusable`.
    """
    site = workshop.site
    request = Request(
        ask=ask_key,
        terms=site.terms_key,
        variant=site.variant_key,
        interpreter=workshop.interpreter.identity,
        inputs={
            _within(site.folder, path): seen
            for path, seen in sorted(prints.items())
            if path not in site.inputs
        },
    )

    def change(known: Lineage) -> Lineage:
        before = known.latest(request.variant)
        if before is not None and before.key == made.environment.key:
            return known.settled(replace(before, request=request))
        return known.settled(
            Generation(
                number=0,
                key=made.environment.key,
                made=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                python=workshop.interpreter.target.python_full_version,
                causes=lineage.causes(before, request),
                changes=() if before is None else _changes(site.home, before, made),
                request=request,
            )
        )

    found = Drivers(site.home).update(environment.readable_name(site.name), site.driver, change)
    _keep_lock(found.folder / pylock.NAME, Path(made.environment.receipt).with_name(pylock.NAME))


def _keep_lock(kept: Path, beside: Path) -> None:
    """Have the driver's newest lock outlive its environment."""
    try:
        data = _fs.read(beside)
        if not kept.is_file() or _fs.read(kept) != data:
            _fs.write_atomically(kept, data)
    except FileNotFoundError:  # it could not be written down
        return
    except OSError as error:
        raise _fs.unusable(kept, error) from error


def look_back(workshop: Workshop) -> None:
    """Tell `InterpreterChanged`, and warn, where the driver's last environment was for a Python that is not as it was."""
    site, now = workshop.site, workshop.interpreter
    known = Drivers(site.home).find(environment.readable_name(site.name), site.driver)
    before = known.lineage.latest(site.variant_key) if known is not None else None
    if before is None or before.request.interpreter == now.identity:
        return
    folder = Path(site.home, "environments", before.key)
    try:
        told = json.loads(_fs.read(folder / _RECEIPT))
        was, version = str(told["python"]["executable"]), str(told["python"]["version"])
        prefix = str(folder / str(told["name"]))
    except (OSError, ValueError, KeyError, TypeError):
        was, version, prefix = "", before.python, ""
    event = InterpreterChanged(
        site.name, was, version, now.executable, now.target.python_full_version, prefix
    )
    workshop.on_event(event)
    workshop.on_event(Warned("INTERPRETER_CHANGED", _told(event)))


def _told(event: InterpreterChanged) -> str:
    """The same for people."""
    was = f"Python {event.was_version}{f' at {event.was}' if event.was else ''}"
    now = f"Python {event.version} at {event.executable}"
    change = f"{was} was replaced by another build" if was == now else f"it was {was}, and is {now}"
    text = f"the interpreter of {event.name} changed since its last environment was made: {change}"
    return foreign(f"{text}; that environment is stale, and a new one is made", limit=1000)


def _changes(home: str, before: Generation, made: Made) -> tuple[str, ...]:
    """What is in it that was not in the one before; nothing where that one is not there any more."""
    try:
        was = contents(Path(home, "environments", before.key, _RECEIPT))
        now = contents(Path(made.environment.receipt))
    except (OSError, ValueError):
        return ()
    lines = [str(one) for one in difference.changes(was, now)]
    more = len(lines) - _LINES
    return (*lines[:_LINES], f"and {more} more") if more > 0 else tuple(lines)


def fingerprints(driver: str, inputs: Iterable[str]) -> dict[str, str]:
    """What the files `inputs` of a driver are now, by the names that requests know them by.

    Raises `RequirementsInvalid` (`REQUIREMENTS_MISSING`) where one is there, and cannot be read.
    """
    return {name: reading.fingerprint(path_of(driver, name)) for name in inputs}


def path_of(driver: str, name: str) -> str:
    """The absolute path of a driver's file that requests know by this name."""
    folder = os.path.dirname(driver) if is_file_name(driver) else driver
    return os.path.normpath(os.path.join(folder, name))


def _within(folder: str, path: str) -> str:
    """`path` relative to `folder` where it lies below, else as it is: a driver may be unpacked elsewhere each time."""
    return os.path.relpath(path, folder) if path == folder or path.startswith(folder + os.sep) else path


def contents(receipt: Path) -> dict[str, difference.Distribution]:
    """What the receipt at this path says is in its environment. Raises `OSError` and `ValueError`."""
    return difference.distributions(json.loads(_fs.read(receipt)))
