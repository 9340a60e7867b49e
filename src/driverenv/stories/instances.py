"""An environment of its own for one launch (``instances="fresh"``): a spare that was made ahead, or one made now.

The launch is answered as ever, and the driver's generation stays what it is: the instance is another environment with
the same content, a prefix and a lease of its own. It is no driver's, so that `driverenv gc` removes it when nobody
holds it any more. A process of low priority makes the next spare.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import time
import uuid
from pathlib import Path

from driverenv import _fs, boot, environment, lease, plan, warm
from driverenv.environment.naming import INSTANCE, RECEIPT
from driverenv.errors import EnvironmentBroken, HomeUnusable, foreign
from driverenv.events import Listener, ignore
from driverenv.model.launch import Environment, Request, held
from driverenv.store import Store
from driverenv.stories import making, spares
from driverenv.stories.journal import Journal
from driverenv.stories.refreshing import alone
from driverenv.stories.site import Site, open_site
from driverenv.stories.workshop import Workshop, open_workshop

KIND = "spare"
PAUSE_SECONDS = 1.0
"""So long after one was begun nobody begins to make another spare."""
_PROGRAM = """
import os, pickle, sys
if hasattr(os, "nice"):
    os.nice(10)
sys.path[:] = sys.argv[1:]
from driverenv.stories.instances import stock
stock(*pickle.load(sys.stdin.buffer))
"""


def own(
    site: Site, request: Request, model: Environment, on_event: Listener, journal: Journal
) -> Environment:
    """An environment like `model` that no other launch has, or gets; held, as `model` is.

    Raises `HomeUnusable`, `IntegrityError`, `InterpreterNotFound`, and `EnvironmentBroken` where `model` is one that
    cannot be made again.
    """
    found = spares.take(site.home, model, time.time())
    if found is None or (site.policy.overlays and _edits(found) != _edits(model)):
        with open_workshop(site, on_event, journal=journal) as workshop, workshop.timing("link"):
            found = _made(workshop, model, is_taken=True)
    if not spares.waiting(site.home, model.key):
        _begin(site, request, model)
    return found


def _edits(one: Environment) -> environment.Edits:
    return environment.edits(Path(one.prefix))


def stock(request: Request, model: Environment, lock: str) -> None:
    """Make a spare of `model` unless there is one, or another process is at it; what goes wrong is told nobody."""
    with alone(lock) as is_mine:
        site, hold = open_site(request), lease.hold(lease.path_of(model.prefix))
        if not is_mine or spares.waiting(site.home, model.key) or not held(model, hold):
            return
        with open_workshop(site, ignore) as workshop:
            spare = _made(workshop, model, is_taken=False)
            spares.offer(site.home, model.key, spare.key)


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


def _begin(site: Site, request: Request, model: Environment) -> None:
    """Have a spare made in the background, unless that goes on, or was begun just now. Never raises."""
    lock = Path(site.home, "locks", KIND, model.key)
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        release = _fs.hold(lock) if sys.executable else None
        if release is None:
            return
        try:
            if not _is_due(Store(Path(site.home)), model.key):
                return
        finally:
            release()
        definite = request.replace(
            driver=site.driver,
            policy=site.policy,
            home=site.home,
            python=site.python or None,
            default_python=site.default_python or None,
            name=site.name,
        )
        data = pickle.dumps((definite, model, os.fspath(lock)))
        environment.on_its_own([sys.executable, "-c", _PROGRAM, *sys.path], cwd=Path(site.home), data=data)
    except (OSError, HomeUnusable):
        return


def _is_due(store: Store, key: str) -> bool:
    now, run = boot.uptime(), boot.identity(0.0)
    seen = (store.read(KIND, key) or b"").decode("utf-8", "replace").partition(" ")
    if warm.same_run(seen[2], run) and 0 <= now - float(seen[0] or 0) < PAUSE_SECONDS:
        return False
    store.write(KIND, key, f"{now!r} {run}".encode())
    return True
