"""The story of going back: a driver gets an earlier environment again, and keeps it until somebody lets it go on.

A pin holds for the requests that come after it as long as they are what they were: another requirements file,
policy or Python is another question, and an answer from before cannot be the answer to it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from driverenv import environment
from driverenv.errors import EnvironmentBroken, foreign
from driverenv.events import Warned
from driverenv.generations import Drivers, Found, Generation, Lineage, Pin
from driverenv.model.launch import Environment
from driverenv.stories import inventory, leftovers, mending, succession
from driverenv.stories.workshop import Workshop


def rollback(home: str, wanted: str, number: int | None = None, *, cwd: str) -> inventory.Known:
    """Have the driver `wanted` use an earlier generation: that of this number, else the one before the current.

    Raises `EnvironmentBroken` (`ENV_UNKNOWN`, or `ENV_CORRUPT` where it is not there any more), `HomeUnusable`.
    """
    found = inventory.find_folder(home, wanted, cwd=cwd)
    one = _chosen(found, number)
    prefix = Path(home, "environments", one.key, found.lineage.name)
    damage = environment.check(prefix)
    if damage:
        raise _broken(
            found,
            one,
            prefix,
            damage,
            "go back to another one; `driverenv env show` tells which are there",
            "keep more of them in future: `generations` in [keep]",
        )
    inputs = found.lineage.generations[-1].request.inputs
    pin = Pin(one.number, succession.fingerprints(found.lineage.driver, inputs))
    return _changed(home, found, lambda known: replace(known, current=one.number, pin=pin))


def go_on(home: str, wanted: str, *, cwd: str) -> inventory.Known:
    """Let the driver `wanted` go on: its next launch asks the indexes. Raises as `rollback` does."""
    found = inventory.find_folder(home, wanted, cwd=cwd)
    return _changed(home, found, lambda known: replace(known, pin=None))


def anew(home: str, wanted: str, *, cwd: str) -> inventory.Known:
    """Have the current environment of the driver `wanted` made again by its next launch, which asks the indexes.

    What runs from it goes on. Raises as `rollback` does.
    """
    known = go_on(home, wanted, cwd=cwd)
    state = known.current
    if state is not None and state.is_there:
        environment.unmark(Path(state.prefix))
    return known


def _changed(home: str, found: Found, change: succession.Change) -> inventory.Known:
    drivers = Drivers(home)
    new = drivers.update(found.lineage.name, found.lineage.driver, change)
    _forget_answers(home, {one.key for one in new.lineage.generations})
    return inventory.find(home, new.shown, cwd=home)


def _forget_answers(home: str, keys: Iterable[str]) -> None:
    """The answers that lead to these environments: the next launch looks what is meant now."""
    for path in leftovers.answers_with(Path(home), frozenset(keys)):
        with contextlib.suppress(OSError):
            path.unlink()


def _chosen(found: Found, number: int | None) -> Generation:
    known = found.lineage
    one = known.before(known.current) if number is None else known.find(number)
    if one is not None:
        return one
    numbers = ", ".join(str(row.number) for row in known.generations)
    what = "one before the current one" if number is None else f"number {number}"
    raise EnvironmentBroken(
        f"{foreign(found.shown)} has no generation to go back to: there is no {what}",
        code=inventory.UNKNOWN,
        facts=(("known", numbers or "none"),),
        remedies=(f'name one that is known; `driverenv env show "{foreign(found.shown)}"` tells of each',),
        data={"driver": found.shown, "wanted": number},
    )


def _broken(found: Found, one: Generation, prefix: Path, damage: str, *remedies: str) -> EnvironmentBroken:
    return EnvironmentBroken(
        f"generation {one.number} of {foreign(found.shown)} cannot be gone back to: {damage}",
        facts=(("environment", str(prefix)),),
        remedies=remedies,
        data={"driver": found.shown, "generation": one.number, "prefix": str(prefix)},
    )


# ------------------------------------------------------------------------------------------- launches


class Returned(NamedTuple):
    """The environment that somebody went back to."""

    environment: Environment
    inputs: tuple[str, ...]
    """The absolute paths of the driver's files that this depends on."""


def pinned(workshop: Workshop) -> Returned | None:
    """The environment that somebody went back to, for this request; None where there is none, or it does not hold.

    Tells `Warned` (`PINNED`, `PIN_ENDED`). Raises `EnvironmentBroken` where it is not whole.
    """
    site = workshop.site
    drivers = Drivers(site.home)
    found = drivers.find(environment.readable_name(site.name), site.driver)
    pin = None if found is None else found.lineage.pin
    one = None if found is None or pin is None else found.lineage.find(pin.number)
    if found is None or pin is None or one is None or one.request.variant != site.variant_key:
        return None
    ended = _ended(found.lineage, pin, site.terms_key)
    if ended:
        text = f"{foreign(found.shown)} goes on from generation {one.number}: {ended}"
        workshop.on_event(Warned("PIN_ENDED", text))
        drivers.update(found.lineage.name, site.driver, lambda known: replace(known, pin=None))
        return None
    made = _taken(workshop, found, one)
    workshop.on_event(Warned("PINNED", _told(found, one)))
    bound = replace(pin, terms=site.terms_key)
    drivers.update(
        found.lineage.name, site.driver, lambda known: replace(known, current=one.number, pin=bound)
    )
    return Returned(made, tuple(succession.path_of(site.driver, name) for name in pin.inputs))


def _taken(workshop: Workshop, found: Found, one: Generation) -> Environment:
    prefix = Path(workshop.site.home, "environments", one.key, found.lineage.name)
    made = environment.describe(prefix, workshop.interpreter)
    damage = mending.whole(workshop, made).wrong
    if damage:
        remedy = f'let the driver go on: driverenv env rollback --release "{foreign(found.shown)}"'
        raise _broken(found, one, prefix, damage, remedy)
    return made


def _told(found: Found, one: Generation) -> str:
    return (
        f"somebody went back to generation {one.number} of {foreign(found.shown)}, of {one.made[:10]}: it is used, and "
        f'no index is asked, until `driverenv env rollback --release "{foreign(found.shown)}"`'
    )


def _ended(known: Lineage, pin: Pin, terms: str) -> str:
    """Why a pin is over; "" where it holds."""
    now = succession.fingerprints(known.driver, pin.inputs)
    changed = [name for name, seen in pin.inputs.items() if now[name] != seen]
    if changed:
        return f"{', '.join(map(foreign, changed))} changed since"
    return "the policy changed since" if pin.terms not in ("", terms) else ""
