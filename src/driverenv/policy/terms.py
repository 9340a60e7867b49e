"""What a policy comes to at an instant: exceptions that still hold, durations as instants.

Days and instants are UTC. The clock comes in as a value: seconds since the epoch.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from driverenv.model.site import Exemption, Policy

_DURATION = re.compile(r"\s*(\d{1,6})\s*(minute|hour|day|week)s?\s*", re.ASCII)


def ends(exemption: Exemption) -> float:
    """The end of the last day of an exception, in seconds since the epoch (UTC)."""
    last = date.fromisoformat(exemption.until)
    begin = datetime(last.year, last.month, last.day, tzinfo=UTC)
    return begin.timestamp() + 24 * 3600


def in_force(policy: Policy, now: float) -> tuple[Exemption, ...]:
    """The exceptions whose last day is not over at `now`."""
    return tuple(one for one in policy.exceptions if now < ends(one))


def over(policy: Policy, now: float) -> tuple[Exemption, ...]:
    """The exceptions whose last day is over at `now`."""
    return tuple(one for one in policy.exceptions if now >= ends(one))


def settled(policy: Policy, now: float) -> Policy:
    """The policy as it holds at `now`: without ended exceptions, and `exclude_newer` as an instant.

    Raises `ValueError` where `exclude_newer` is neither an instant nor a duration.
    """
    if not policy.exceptions and policy.exclude_newer is None:
        return policy
    newest = None if policy.exclude_newer is None else instant(policy.exclude_newer, now)
    return policy.replace(exceptions=in_force(policy, now), exclude_newer=newest)


def valid_for(policy: Policy, name: str) -> float:
    """For how many minutes an environment of the driver with this readable name is valid.

    The most specific pattern decides: the longest without its ``*``; whatever the case.
    """
    fitting = [
        (len(pattern.replace("*", "")), minutes)
        for pattern, minutes in policy.valid_for_drivers
        if _fits(pattern.casefold(), name.casefold())
    ]
    return max(fitting, key=lambda one: one[0])[1] if fitting else policy.valid_for_minutes


def _fits(pattern: str, name: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name, re.DOTALL) is not None


def instant(text: str, now: float) -> str:
    """`text` as an instant, ISO 8601 in UTC with a Z: a day, a date-time, or a duration back from `now`.

    A day is its beginning, a date-time without an offset is UTC; a duration is a whole number of
    minutes, hours, days or weeks ("7 days").

    Raises `ValueError` for anything else.
    """
    found = _DURATION.fullmatch(text)
    if found:
        length = timedelta(minutes=int(found[1]) * _MINUTES[found[2]])
        if length > _LONGEST:
            raise ValueError(f"a duration is at most {_LONGEST.days} days, not {text!r}")
        moment = datetime.fromtimestamp(now, UTC) - length
    else:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


EXCLUDE_NEWER = (
    'a date, a date-time (UTC where it names no offset), or a duration such as "7 days" or "12 hours"'
)
"""What `Policy.exclude_newer` may be, in words."""
_LONGEST = timedelta(days=3650)
_MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60, "week": 7 * 24 * 60}
