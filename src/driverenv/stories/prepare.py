"""The story: a driver's requirements in, the driver's own environment out.

The only module that knows the order; wiring only. The warm path stays above the line where the
heavy rooms are imported.
"""

from __future__ import annotations

import time

from driverenv import warm
from driverenv.model.launch import Environment
from driverenv.stories.site import Site, open_site

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from driverenv.events import Listener
    from driverenv.model.launch import Request
    from driverenv.stories.failure import Journal
    from driverenv.stories.making import Made
    from driverenv.stories.workshop import Workshop


def prepare(
    request: Request, *, on_event: Listener | None = None, save_facts: str | PathLike[str] | None = None
) -> Environment:
    """Hand back the environment of the driver in `request`, made now if it is not there.

    Safe to call from many threads and processes at once: one makes it, all get it. Within its
    validity a finished environment is found without any network and in well under a millisecond.

    Args:
        request: the driver; where it leaves gaps they are filled from the settings.
        on_event: called with each `Event`, also from worker threads.
        save_facts: a path for all that the resolution depends on, written also where it fails
            (``driverenv replay`` plays it again); the indexes are asked anew for it.

    Returns:
        An `Environment`: whole, verified, immutable.

    Raises:
        DriverEnvError: one of its subclasses, with a stable code, the whole reason and what to do.
            Nothing half-made is left behind.
    """
    begun = time.monotonic()
    site = open_site(request)
    ask_key = site.ask_key
    refresh = request.refresh or save_facts is not None
    environment = None if refresh else _find(site, ask_key)
    reused = environment is not None
    if environment is None:
        from driverenv.stories import failure  # noqa: PLC0415 (there is work to do)

        with failure.kept(site, save_facts=save_facts) as journal:
            environment, reused = _make(site, ask_key, on_event, journal, refresh=refresh)
    if on_event is not None:
        from driverenv.events import Ready  # noqa: PLC0415 (only where somebody listens)

        spent = time.monotonic() - begun
        on_event(Ready(environment.prefix, reused, spent, ask=ask_key, home=site.home))
    return environment


def _find(site: Site, ask_key: str) -> Environment | None:
    fields = warm.find(site.home, ask_key, time.time())
    return None if fields is None else Environment(**fields)


def _make(
    site: Site, ask_key: str, on_event: Listener | None, journal: Journal, *, refresh: bool
) -> tuple[Environment, bool]:
    from driverenv import events  # noqa: PLC0415 (below this line there is work to do)
    from driverenv.errors import DriverEnvError, HomeUnusable  # noqa: PLC0415
    from driverenv.stories import outage  # noqa: PLC0415
    from driverenv.stories.workshop import open_workshop  # noqa: PLC0415

    with (
        open_workshop(site, on_event or events.ignore, journal=journal) as workshop,
        workshop.store.lock("ask", ask_key),
    ):
        found = None if refresh else _find(site, ask_key)  # made while we stood at the lock?
        if found is not None:
            return found, True
        try:
            made = _build_up(workshop, site, ask_key)
        except HomeUnusable:
            raise
        except DriverEnvError as error:
            last = None if refresh else outage.last_answer(site, ask_key)
            if last is None:
                raise
            return outage.instead(workshop, last, error), True
        return made.environment, made.reused


def _build_up(workshop: Workshop, site: Site, ask_key: str) -> Made:
    from driverenv import environment  # noqa: PLC0415
    from driverenv.stories import reading  # noqa: PLC0415
    from driverenv.stories.making import make  # noqa: PLC0415

    found = reading.read(workshop)
    made = make(workshop, found.requirements, name=environment.readable_name(site.name))
    _remember(workshop, ask_key, made, found.prints)
    if site.policy.byte_code == "background":
        environment.compile_for([wheel.root for wheel in made.wheels], workshop.interpreter, wait=False)
    return made


def _remember(workshop: Workshop, ask_key: str, made: Made, before: Mapping[str, str]) -> None:
    """Write the warm record, unless what it would vouch for changed while we worked."""
    from pathlib import Path  # noqa: PLC0415

    from driverenv import _fs, environment, policy  # noqa: PLC0415

    if {path: warm.fingerprint(path) for path in before} != before:
        return
    found, site = made.environment, workshop.site
    now = time.time()
    # An answer that an exception took part in is over when the exception is.
    ends = [policy.ends(exemption) for exemption in workshop.policy.exceptions]
    try:
        record = warm.render(
            checked=now,
            until=min([now + site.policy.valid_for_minutes * 60.0, *ends]),
            fields={name: str(getattr(found, name)) for name in found.__slots__},
            inputs=tuple(before),
            stamps=environment.witnesses(found, workshop.interpreter),
        )
    except ValueError:  # a path with a line break: such a driver is looked at anew each time
        return
    path = Path(warm.ask_path(site.home, ask_key))
    try:
        _fs.write_atomically(path, record.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise _fs.unusable(path, error) from error
