"""A launch is served at once although the validity of its environment is over: the indexes are asked beside it.

The asking is done by a process of low priority that goes on when this one has ended; one for each request, however many
launches come. What it finds is there for the launches that follow; what it fails with is in its receipt, as ever.
"""

from __future__ import annotations

from pathlib import Path

from driverenv import boot, environment, lease, policy, warm
from driverenv.errors import HomeUnusable, foreign
from driverenv.events import Listener, Warned
from driverenv.model.launch import Environment, Request, held
from driverenv.stories import beside, outage
from driverenv.stories.outage import LastAnswer
from driverenv.stories.site import Site

ASKING = beside.Errand(
    kind="refresh",
    pause_seconds=60.0,
    program="""
from driverenv.stories.beside import alone
from driverenv.stories.prepare import prepare
request, lock = job
with alone(lock) as is_mine:
    if is_mine:
        prepare(request)
""",
)


def instead(site: Site, ask_key: str, request: Request, on_event: Listener) -> Environment | None:
    """The environment of the last answer to this very request, while the indexes are asked in the background.

    None where there is none that is whole and may be used: then the launch has to wait for the indexes.
    Tells `Warned` (`REFRESHING`).
    """
    last = outage.last_answer(site, ask_key)
    if last is None or not _may_go_on(site, last):
        return None
    at, run = Path(last.environment.prefix), boot.identity(last.now)
    if environment.check(at) or environment.in_doubt(at, run) or not warm.intact(site.home, str(at)):
        return None
    if not held(last.environment, lease.hold(lease.path_of(str(at)))):
        return None
    try:
        begun = beside.begin(site, ASKING, ask_key, request)
    except (OSError, HomeUnusable):  # nobody can be asked in the background: then it is done here
        return None
    state = "now" if begun else "already"
    text = (
        f"the answers that {foreign(site.name)} was made of are valid no more; it is launched with them once more, "
        f"and the indexes are being asked {state}, in the background"
    )
    on_event(Warned("REFRESHING", text))
    return last.environment


def _may_go_on(site: Site, last: LastAnswer) -> bool:
    """Not for ever, and not across the end of an exception."""
    ended = any(last.checked < policy.ends(one) <= last.now for one in site.policy.exceptions)
    return not ended and last.checked <= last.now <= last.until + site.policy.max_stale_minutes * 60.0
