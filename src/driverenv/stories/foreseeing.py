"""What a driver's next launch would come to, and whether it would without leaving the site. No environment is made."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import NamedTuple

from driverenv import boot, environment, warm
from driverenv.environment.image import image
from driverenv.errors import DriverEnvError
from driverenv.events import Event, Listener, Warned
from driverenv.model.launch import Request
from driverenv.model.requirement import Requirements
from driverenv.stories import failure, looking, making, outage, promised, reading
from driverenv.stories.site import open_site
from driverenv.stories.workshop import Workshop, open_workshop

READY, FITS, STALE, PROVED = "ready", "fits", "stale", "proved"


class Foreseen(NamedTuple):
    """A launch that would not fail."""

    state: str
    """A stable word: "ready" (its environment is there, and nobody would be asked), "fits" (the indexes would be asked, and
    have what it needs), "stale" (an index does not answer, and the last answer may go on), "proved" (all that it needs is
    there, read and built, and nothing left the site)."""
    distributions: int
    """How many it would get; 0 where nobody looked."""


def next_launch(request: Request, on_event: Listener) -> Foreseen:
    """What the next launch would come to. Files of sdists are built where nothing else tells what they need.

    Raises what it would raise.
    """
    site = open_site(request)
    now, refresh = time.time(), request.refresh is True
    known = warm.find(site.home, site.ask_key, now, boot=boot.identity(now), uptime=boot.uptime())
    if known is not None and not refresh:
        return Foreseen(READY, 0)
    last = outage.last_answer(site, site.ask_key)
    with (
        failure.kept(site, receipt=False) as journal,
        open_workshop(site, _warnings(on_event), journal=journal, refresh=refresh) as workshop,
    ):
        try:
            with _wanted(workshop) as (held, wanted):
                found = looking.looking_twice(
                    held, lambda bench: making.resolved(bench, making.resolve_for(bench, wanted))
                )
        except DriverEnvError as error:
            if last is None or refresh:
                raise
            if last.is_valid:  # it is damaged, and will be mended from the store
                return Foreseen(READY, 0)
            if not outage.may_go_on(workshop, last, error):
                raise
            return Foreseen(STALE, 0)
        return Foreseen(FITS, len(found.pins))


def offline(request: Request, on_event: Listener) -> Foreseen:
    """Whether a launch in offline mode would come to an environment here and now: everything is done but making it.

    Raises what it would raise. The store then has all that is needed.
    """
    site = open_site(request)
    policy = site.policy.replace(mode="offline")
    site = open_site(request.replace(policy=policy, home=site.home))
    with (
        failure.kept(site, receipt=False) as journal,
        open_workshop(site, _warnings(on_event), journal=journal) as workshop,
    ):
        return Foreseen(PROVED, _rehearsed(workshop))


def _rehearsed(workshop: Workshop) -> int:
    name = environment.readable_name(workshop.site.name)
    with _wanted(workshop) as (held, wanted):
        drawn = making.rehearse(held, wanted, name=name)
    image(workshop.interpreter, workshop.store)
    return len(drawn.wheels)


@contextlib.contextmanager
def _wanted(workshop: Workshop) -> Iterator[tuple[Workshop, Requirements]]:
    """The bench, and what the driver wants; both are held to its lock where the request says so."""
    wanted = reading.read(workshop).requirements
    if not workshop.site.locked:
        yield workshop, wanted
        return
    with promised.bound(workshop, wanted) as one:
        yield one.workshop, one.requirements


def _warnings(on_event: Listener) -> Listener:
    """Who looks at many drivers wants to hear of what a person should look at, and of no step."""

    def hear(event: Event) -> None:
        if isinstance(event, Warned):
            on_event(event)

    return hear
