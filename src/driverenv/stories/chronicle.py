"""What became of each launch of a driver, with which environment, and why it was another one. Nobody is asked."""

from __future__ import annotations

import os
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from driverenv import environment
from driverenv.errors import EnvironmentBroken
from driverenv.generations import Drivers, Generation
from driverenv.records import history
from driverenv.records.history import Ledger, Line
from driverenv.stories import inventory
from driverenv.stories.inventory import Known, State
from driverenv.stories.journal import iso
from driverenv.stories.site import readable_stem


@dataclass(frozen=True, slots=True)
class Launch:
    """One launch, as it was written down."""

    when: str
    """Its end: ISO 8601, UTC."""
    seconds: float
    how: str
    """A stable word: see `records.history.Line`."""
    generation: int
    """Of the driver; 0 where it failed, or the generation is not remembered any more."""
    key: str
    """Of the environment; "" where it failed."""
    code: str
    """Of the error; "" where it did not fail."""
    receipt: str
    """Path of the receipt of a failed launch; "" where that is not there."""
    driver: str
    """Its path then."""


@dataclass(frozen=True, slots=True)
class Chronicle:
    """A driver, and its launches, the oldest first."""

    shown: str
    driver: str
    states: tuple[State, ...]
    """Of its generations, the oldest first."""
    launches: tuple[Launch, ...]
    damaged: int
    """So many lines could not be read; those of its namesakes are counted as well."""


def chronicle(home: str, wanted: str, *, cwd: str) -> Chronicle:
    """The launches of the driver that `wanted` names: see `inventory.find`; of one that never came to an environment, too.

    Raises `EnvironmentBroken` (`ENV_UNKNOWN`) where no launch of it is known, and `HomeUnusable`.
    """
    try:
        known = inventory.find(home, wanted, cwd=cwd)
    except EnvironmentBroken:
        return _failed_ones(home, wanted, cwd)
    one = known.lineage
    others = {
        found.lineage.driver
        for found in Drivers(home)
        if found.lineage.name == one.name and found.shown != known.shown
    }
    return of(home, known, others, history.read(home, one.name))


def of(home: str, known: Known, others: AbstractSet[str], written: Ledger) -> Chronicle:
    """The launches of `known` among all that was `written` down of drivers of its name.

    Args:
        home: the home folder.
        known: the driver.
        others: the paths of its namesakes.
        written: the ledger of that name.
    """
    one = known.lineage
    keys = {generation.key for generation in one.generations}
    lines = [
        line
        for line in written.lines
        if line.driver == one.driver or (line.driver not in others and (line.what in keys or not others))
    ]
    launches = tuple(_launch(home, known, one.name, line) for line in lines)
    return Chronicle(known.shown, one.driver, known.states, launches, written.damaged)


def of_nobody(home: str, name: str, written: Ledger) -> list[Chronicle]:
    """What was `written` down of drivers of this name, where none is known: a chronicle for each path."""
    paths = dict.fromkeys(line.driver for line in written.lines)
    return [
        Chronicle(
            name,
            path,
            (),
            tuple(_launch(home, None, name, line) for line in written.lines if line.driver == path),
            written.damaged,
        )
        for path in paths
    ]


def _failed_ones(home: str, wanted: str, cwd: str) -> Chronicle:
    """Launches of a driver without a generation. Raises what `inventory.find` does where there are none."""
    path = os.path.normpath(os.path.join(cwd, wanted))
    for name in dict.fromkeys((environment.readable_name(readable_stem(path)), *history.names(home))):
        found = history.read(home, name)
        lines = [line for line in found.lines if path == line.driver or wanted == name]
        if lines:
            launches = tuple(_launch(home, None, name, line) for line in lines)
            return Chronicle(name, lines[-1].driver, (), launches, found.damaged)
    inventory.find_folder(home, wanted, cwd=cwd)
    return Chronicle(wanted, path, (), (), 0)


def _launch(home: str, known: Known | None, name: str, line: Line) -> Launch:
    failed = line.how == "failed"
    one = None if failed or known is None else _generation(known, line)
    receipt = os.path.join(home, "failures", name, os.path.basename(line.receipt)) if line.receipt else ""
    return Launch(
        when=iso(line.when),
        seconds=line.seconds,
        how=line.how,
        generation=0 if one is None else one.number,
        key="" if failed else line.what,
        code=line.what if failed else "",
        receipt=receipt if receipt and os.path.isfile(receipt) else "",
        driver=line.driver,
    )


def _generation(known: Known, line: Line) -> Generation | None:
    """The generation that a launch had: an environment may have been several of them, one after the other."""
    moment = iso(line.when)
    rows = [one for one in known.lineage.generations if one.key == line.what]
    earlier = [one for one in rows if one.made <= moment]
    return next(iter([*reversed(earlier), *rows]), None)
