"""The story: a driver's requirements in, the driver's own environment out.

The only module that knows the order; wiring only. The warm path stays above the line where the
heavy rooms are imported.
"""

from __future__ import annotations

import time

from driverenv import boot, lease, ledger, warm, watch
from driverenv.model.launch import Environment, held
from driverenv.stories.site import Site, open_site

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from driverenv.events import Listener
    from driverenv.model.launch import Request
    from driverenv.stories.journal import Journal
    from driverenv.stories.making import Made
    from driverenv.stories.waiting import Queue
    from driverenv.stories.workshop import Workshop

_FOR_EVER = float("inf")
_NEW = (ledger.MADE, ledger.MENDED, ledger.INSTANCE)


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
    diary: list[Journal] = []
    try:
        return _prepare(request, on_event, save_facts, begun, diary)
    except BaseException as error:
        if on_event is not None:
            from driverenv.stories import failure  # noqa: PLC0415 (only where something went wrong)

            failure.tell(on_event, error, time.monotonic() - begun, diary)
        raise


def _prepare(
    request: Request,
    on_event: Listener | None,
    save_facts: str | PathLike[str] | None,
    begun: float,
    diary: list[Journal],
) -> Environment:
    site = open_site(request)
    ask_key = site.ask_key
    environment, what, how = _handed_out(
        site, request, on_event, diary, ask_key=ask_key, save_facts=save_facts, begun=begun
    )
    spent = time.monotonic() - begun
    ledger.write(
        site.home,
        environment.name,
        when=time.time(),
        seconds=spent,
        how=how,
        what=what,
        ask=ask_key,
        driver=site.driver,
    )
    if on_event is not None:
        from driverenv.events import Ready  # noqa: PLC0415 (only where somebody listens)

        stages, traffic = next(((one.stages, one.traffic) for one in diary), ((), ()))
        reused = how not in _NEW
        on_event(Ready(environment.prefix, reused, spent, ask_key, site.home, how, stages, traffic))
    return environment


def _handed_out(
    site: Site,
    request: Request,
    on_event: Listener | None,
    diary: list[Journal],
    *,
    ask_key: str,
    save_facts: str | PathLike[str] | None,
    begun: float,
) -> tuple[Environment, str, str]:
    """What the caller gets, the key of the driver's own environment, and how it came about."""
    refresh = request.refresh is True or save_facts is not None
    if request.instances == "fresh":
        from driverenv.stories import instances  # noqa: PLC0415 (where a launch wants its own)

        spare = None if refresh else instances.at_hand(site, request, ask_key)
        if spare is not None:
            return *spare, ledger.INSTANCE
    found, how = _shared(site, request, on_event, diary, ask_key=ask_key, save_facts=save_facts, begun=begun)
    if request.instances != "fresh":
        return found, found.key, how
    from driverenv.stories import instances  # noqa: PLC0415

    own = instances.own(site, request, found, on_event, diary, ask_key=ask_key, begun=begun)
    return own, found.key, ledger.INSTANCE if how == ledger.READY else how


def _shared(
    site: Site,
    request: Request,
    on_event: Listener | None,
    diary: list[Journal],
    *,
    ask_key: str,
    save_facts: str | PathLike[str] | None,
    begun: float,
) -> tuple[Environment, str]:
    """The driver's own environment, and how it came about."""
    refresh = request.refresh is True or save_facts is not None
    found = None if refresh else _find(site, ask_key)
    if found is not None:
        return found, ledger.READY
    if request.refresh == "background" and not refresh:
        found = _meanwhile(site, ask_key, request, on_event)
        if found is not None:
            return found, ledger.REFRESHING
    from driverenv.stories import failure  # noqa: PLC0415 (there is work to do)

    with failure.written_down(site, ask_key, begun), failure.kept(site, save_facts=save_facts) as journal:
        diary.append(journal)
        return _make(site, ask_key, on_event, journal, refresh=refresh)


def _find(site: Site, ask_key: str) -> Environment | None:
    if warm.unsafe(site.home)[1]:
        return None  # opening the store tells it
    now = time.time()
    whole = watch.WATCHES.intact if site.policy.watch_environments == "auto" else warm.intact
    fields = warm.find(site.home, ask_key, now, boot=boot.identity(now), uptime=boot.uptime(), whole=whole)
    if fields is None:
        return None
    environment = Environment(**fields)
    # From here on it cannot be removed as long as the caller refers to it.
    return environment if held(environment, lease.hold(lease.path_of(environment.prefix))) else None


def _meanwhile(site: Site, ask_key: str, request: Request, on_event: Listener | None) -> Environment | None:
    from driverenv import events  # noqa: PLC0415 (the validity is over)
    from driverenv.stories import refreshing  # noqa: PLC0415

    return refreshing.instead(site, ask_key, request, on_event or events.ignore)


def _make(
    site: Site, ask_key: str, on_event: Listener | None, journal: Journal, *, refresh: bool
) -> tuple[Environment, str]:
    from driverenv import events  # noqa: PLC0415 (below this line there is work to do)
    from driverenv.errors import DriverEnvError, HomeUnusable  # noqa: PLC0415
    from driverenv.stories import outage, returning, waiting  # noqa: PLC0415
    from driverenv.stories.workshop import open_workshop  # noqa: PLC0415

    with (
        open_workshop(site, on_event or events.ignore, journal=journal, refresh=refresh) as workshop,
        waiting.queued(workshop, ask_key) as queue,
    ):
        found = None if refresh else _find(site, ask_key)  # made while we stood at the lock?
        if found is not None:
            return found, ledger.READY
        back = returning.pinned(workshop)
        if back is not None:
            seen = {path: warm.fingerprint(path) for path in (*back.inputs, *site.inputs)}
            _remember(workshop, ask_key, back.environment, seen, minutes=_FOR_EVER)
            return back.environment, ledger.PINNED
        mended = None if refresh else outage.still_valid(workshop, ask_key)  # or not what it was made?
        if mended is not None:
            return mended[0], ledger.READY if mended[1] else ledger.MENDED
        try:
            made = _build_up(workshop, site, ask_key, queue)
        except HomeUnusable:
            raise
        except DriverEnvError as error:
            last = None if refresh else outage.last_answer(site, ask_key)
            if last is None:
                raise
            return outage.instead(workshop, last, error), ledger.STALE
        return made.environment, ledger.CHECKED if made.reused else ledger.MADE


def _build_up(workshop: Workshop, site: Site, ask_key: str, queue: Queue) -> Made:
    from pathlib import Path  # noqa: PLC0415

    from driverenv import environment, policy  # noqa: PLC0415
    from driverenv.stories import reading, succession  # noqa: PLC0415
    from driverenv.stories.making import make  # noqa: PLC0415

    found = reading.read(workshop)
    name, seen = environment.readable_name(site.name), dict(found.prints)
    with queue.answering(workshop, found.prints):
        succession.look_back(workshop)
        if site.locked:
            from driverenv.stories import promised  # noqa: PLC0415

            made, locks = promised.make(workshop, found.requirements, name=name)
            seen |= locks
        else:
            made = make(workshop, found.requirements, name=name)
    _remember(workshop, ask_key, made.environment, seen, minutes=policy.valid_for(site.policy, site.name))
    succession.settle(workshop, ask_key, made, found.prints)
    if site.policy.byte_code == "background":
        environment.compile_for(made.roots, workshop.interpreter, wait=False)
        if not made.reused:
            environment.sync_later(Path(made.environment.prefix), workshop.store)
    return made


def _remember(
    workshop: Workshop, ask_key: str, found: Environment, before: Mapping[str, str], *, minutes: float
) -> None:
    """Write the warm record, unless what it would vouch for changed while we worked."""
    from pathlib import Path  # noqa: PLC0415

    from driverenv import _fs, environment, events, policy  # noqa: PLC0415

    site = workshop.site
    now = time.time()
    # An answer that an exception took part in is over when the exception is.
    ends = [policy.ends(exemption) for exemption in workshop.policy.exceptions]
    try:
        if {path: warm.fingerprint(path) for path in before} != before:
            return
        record = warm.render(
            checked=now,
            until=min([now + minutes * 60.0, *ends]),
            fields={name: str(getattr(found, name)) for name in found.__slots__},
            inputs=tuple(before),
            stamps=environment.witnesses(found, workshop.interpreter),
            shipped=found.prefix,
            run=(boot.uptime(), boot.identity(now)),
            synced=environment.synced_at(Path(found.prefix)),
        )
    except (ValueError, OSError):  # a path with a line break, or a file that cannot be read any more
        return
    path = Path(warm.ask_path(site.home, ask_key))
    try:
        _fs.write_atomically(path, record.encode("utf-8", "surrogateescape"))
    except OSError as error:  # the environment is whole: only the next launch has more to do
        text = f"the answer cannot be kept, so that the next launch asks again: {error.strerror or error}"
        workshop.on_event(events.Warned("NOT_REMEMBERED", f"{text} ({path})"))
