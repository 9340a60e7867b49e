"""An environment that is not what it was made is made again, from the store: no index is asked what it should be."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from driverenv import environment, plan
from driverenv.errors import IntegrityError
from driverenv.model.launch import Environment
from driverenv.model.plan import Arrival
from driverenv.stories import making
from driverenv.stories.workshop import Workshop


class Mended(NamedTuple):
    """What became of an environment."""

    wrong: str
    """What is still wrong with it; "" where it is whole."""
    anew: bool = False
    """Whether it was made again just now."""


def whole(workshop: Workshop, found: Environment) -> Mended:
    """Have `found` whole, and held: look at it, and make it again where it is not what it was made.

    It is made again where its mark can be read, the interpreter is the one it was made for, unchanged, and the
    store has all of its wheels, or their archives. Tells `Warned` (`MADE_ANEW`). Raises `HomeUnusable`.
    """
    at = Path(found.prefix)
    reason = environment.take(found, workshop.store, workshop.on_event)
    if not reason or found != environment.describe(at, workshop.interpreter):
        return Mended(reason)
    try:
        wheels, documents = environment.remembered(at, workshop.interpreter)
    except (OSError, ValueError):
        return Mended(reason)
    arrivals: list[Arrival] = []
    for one in wheels:
        stored = workshop.store.wheel(one.sha256)
        if stored is None:
            return Mended(reason)
        arrivals.append(plan.arrival(stored, requested=one.requested, origin=one.origin, public=one.public))
    drawn = making.draw(workshop, arrivals, key=found.key, name=found.name)
    roots = [one.root for one in arrivals]
    if workshop.policy.byte_code == "now":
        environment.compile_for(roots, workshop.interpreter, wait=True)
    try:
        making.create(workshop, drawn, lambda: documents)
    except IntegrityError:
        return Mended(reason)
    if workshop.policy.byte_code == "background":
        environment.compile_for(roots, workshop.interpreter, wait=False)
    return Mended(environment.take(found, workshop.store, workshop.on_event), anew=True)
