"""An environment of its own for one launch (``instances="fresh"``): a spare that was made ahead, or one made now.

The launch is answered as ever, and the driver's generation stays what it is: the instance is another environment with
the same content, a prefix and a lease of its own. It is no driver's, so that `driverenv gc` removes it when nobody
holds it any more. A process of low priority makes the next spare.
"""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from pathlib import Path

from driverenv import boot, environment, lease, plan, warm
from driverenv.environment.naming import INSTANCE, RECEIPT
from driverenv.errors import EnvironmentBroken, HomeUnusable, foreign
from driverenv.events import Listener, ignore
from driverenv.model.launch import Environment, Request, held
from driverenv.stories import beside, failure, making, spares
from driverenv.stories.journal import Journal
from driverenv.stories.site import Site, open_site
from driverenv.stories.workshop import Workshop, open_workshop

STOCKING = beside.Errand(
    kind="spare",
    pause_seconds=1.0,
    program="from driverenv.stories.instances import stock\nstock(*job)\n",
)

_TRUSTED = ("asks", "environments", "spares", "wheels")
"""What a launch relies on that finds a spare, right below the home folder."""


def at_hand(site: Site, request: Request, ask_key: str) -> tuple[Environment, str] | None:
    """A spare for a request whose answer holds, and the key of the environment that it is like; None where there is none.

    The spare's files are looked at, as those of any environment that is handed back. Those of the other one are
    not: nobody gets it here.
    """
    if warm.unsafe(site.home, _TRUSTED)[1]:
        return None  # opening the store tells it
    now = time.time()
    fields = warm.find(
        site.home, ask_key, now, boot=boot.identity(now), uptime=boot.uptime(), whole=_not_handed_out
    )
    if fields is None:
        return None
    model = Environment(**fields)
    if not held(model, lease.hold(lease.path_of(model.prefix))):
        return None
    try:
        found = _taken(site, model)
    except HomeUnusable:  # whoever makes one tells it
        found = None
    if found is None:
        return None
    _restock(site, request, model)
    return found, model.key


def _not_handed_out(_home: str, _prefix: str) -> bool:
    """Nobody gets the model: what its files are does not matter here."""
    return True


def own(
    site: Site,
    request: Request,
    model: Environment,
    on_event: Listener | None,
    diary: list[Journal],
    *,
    ask_key: str,
    begun: float,
) -> Environment:
    """An environment like `model` that no other launch has, or gets; held, as `model` is.

    Args:
        site: the definite request.
        request: as it was made.
        model: the driver's own environment.
        on_event: told what is told of making one.
        diary: of this launch; it has one afterwards.
        ask_key: the key of the request.
        begun: when the launch began, by the monotonic clock.

    Raises:
        HomeUnusable, IntegrityError, InterpreterNotFound: as `environment.create` does.
        EnvironmentBroken: `model` cannot be made again.
    """
    with failure.written_down(site, ask_key, begun), failure.kept(site) as journal:
        diary[:] = diary or [journal]
        found = _taken(site, model)
        if found is None:
            found = _made_now(site, model, on_event or ignore, diary[0])
        _restock(site, request, model)
        return found


def _made_now(site: Site, model: Environment, on_event: Listener, journal: Journal) -> Environment:
    with open_workshop(site, on_event, journal=journal) as workshop, workshop.timing("link"):
        return _made(workshop, model, is_taken=True)


def _taken(site: Site, model: Environment) -> Environment | None:
    """A spare, which is nobody else's now; one that was made before an edit of `model` is left to the collection."""
    found = spares.take(site.home, model, time.time())
    return None if found is None or (site.policy.overlays and _edits(found) != _edits(model)) else found


def _restock(site: Site, request: Request, model: Environment) -> None:
    if not spares.waiting(site.home, model.key):
        with contextlib.suppress(OSError, HomeUnusable):  # then the next launch makes its own
            beside.begin(site, STOCKING, model.key, request, model)


def _edits(one: Environment) -> environment.Edits:
    return environment.edits(Path(one.prefix))


def stock(request: Request, model: Environment, lock: str) -> None:
    """Make a spare of `model` unless there is one, or another process is at it; what goes wrong is told nobody."""
    with beside.alone(lock) as is_mine:
        site, hold = open_site(request), lease.hold(lease.path_of(model.prefix))
        if not is_mine or spares.waiting(site.home, model.key) or not held(model, hold):
            return
        with open_workshop(site, ignore) as workshop:
            spare = _made(workshop, model, is_taken=False)
            witnesses = environment.witnesses(spare, workshop.interpreter)
            spares.offer(site.home, model.key, spare, witnesses, time.time())


def _made(workshop: Workshop, model: Environment, *, is_taken: bool) -> Environment:
    """Another environment with the content of `model`, from the store, and with what was edited there."""
    at, store = Path(model.prefix), workshop.store
    key = warm.key((b"instance", model.key.encode(), uuid.uuid4().bytes))
    try:
        wheels, documents = environment.remembered(at, workshop.interpreter)
        receipt = {**json.loads(documents[RECEIPT]), "key": key}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _impossible(model, f"what stands beside it cannot be read: {error}") from error
    arrivals = []
    for one in wheels:
        stored = store.wheel(one.sha256)
        if stored is None:
            raise _impossible(model, f"the store lacks its wheel {one.sha256}")
        arrivals.append(plan.arrival(stored, requested=one.requested, origin=one.origin, public=one.public))
    documents[RECEIPT] = json.dumps(receipt, sort_keys=True).encode()
    documents |= {INSTANCE: spares.mark(model.key)} if is_taken else {}
    drawn = making.draw(workshop, arrivals, key=key, name=model.name)
    made = making.create(workshop, drawn, lambda: documents, environment.latest_edits(at, store))
    if workshop.policy.byte_code == "background":
        environment.sync_later(Path(made.prefix), store)
    return made


def _impossible(model: Environment, why: str) -> EnvironmentBroken:
    return EnvironmentBroken(
        f"there can be no second environment like {foreign(model.prefix)}",
        facts=(("why", foreign(why)),),
        remedies=(
            "launch once with --refresh, so that it is made for what is there now",
            "or launch with the environment that the driver's launches share, without --instances fresh",
        ),
        data={"prefix": model.prefix, "why": why},
    )
