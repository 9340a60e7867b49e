"""What happens where a new answer cannot be had: the last one may go on for a while, if its environment is whole.

Nothing is made from half an answer: the environment of the very same request is used again, or none.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from driverenv import _fs, boot, policy, warm
from driverenv.errors import DriverEnvError, EnvironmentBroken, IndexUnavailable, foreign
from driverenv.events import Warned
from driverenv.model.launch import Environment
from driverenv.stories import mending
from driverenv.stories.site import Site
from driverenv.stories.workshop import Workshop


class LastAnswer(NamedTuple):
    """The warm record of a request whose files are still what they were."""

    checked: float
    """When the indexes were asked, in seconds since the epoch."""
    until: float
    """The end of its validity, by the same clock."""
    now: float
    """The present by that clock: in the same run of the machine it goes on evenly, whoever sets the clock."""
    environment: Environment

    @property
    def is_valid(self) -> bool:
        """Whether it is used without asking the indexes."""
        return self.checked <= self.now <= self.until


def last_answer(site: Site, ask_key: str) -> LastAnswer | None:
    """What was answered last to this very request, its validity over or not, its environment whole or not."""
    try:
        text = _fs.read(warm.ask_path(site.home, ask_key)).decode("utf-8", "surrogateescape")
        return _parse(text.split("\n"))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def still_valid(workshop: Workshop, ask_key: str) -> tuple[Environment, bool] | None:
    """The environment of the last answer, within its validity: looked at closer, and made again where that is needed.

    With it comes whether it was whole. None where there is none, or where it cannot be made without asking an index.
    """
    last = last_answer(workshop.site, ask_key)
    if last is None or not last.is_valid:
        return None
    mended = mending.whole(workshop, last.environment)
    if mended.wrong:
        return None
    _restamp(workshop.site, ask_key)
    return last.environment, not mended.anew


def _restamp(site: Site, ask_key: str) -> None:
    """Write the warm record anew, with the stamps of what was made anew; what it says stays as it was."""
    path = Path(warm.ask_path(site.home, ask_key))
    try:
        text = _fs.read(path).decode("utf-8", "surrogateescape")
        lines = [
            f"stamp {warm.stamp(place)} {place}" if line.startswith("stamp ") else line
            for line in text.split("\n")
            for place in [line.split(" ", 3)[-1]]
        ]
        renewed = "\n".join(lines)
        if renewed != text:
            _fs.write_atomically(path, renewed.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise _fs.unusable(path, error) from error


def _parse(lines: list[str]) -> LastAnswer | None:
    if lines[0] != warm.HEADER or lines[-2:] != ["end", ""]:
        return None
    rows = [line.partition(" ") for line in lines[1:-2]]
    inputs = [rest.partition(" ") for kind, _, rest in rows if kind == "input"]
    if any(warm.fingerprint(path) != seen for seen, _, path in inputs):
        return None
    times = {kind: rest for kind, _, rest in rows if kind in ("checked", "until", "run")}
    fields = dict(rest.split(" ", 1) for kind, _, rest in rows if kind == "field")
    now = time.time()
    present = warm.by_its_clock(times, now, boot.identity(now), boot.uptime())
    return LastAnswer(float(times["checked"]), float(times["until"]), present, Environment(**fields))


def instead(workshop: Workshop, last: LastAnswer, error: DriverEnvError) -> Environment:
    """The environment to be launched although making one failed with `error`.

    Within its validity the last answer would have been used, had its environment been whole. After that
    it may go on where an index could not answer, as the policy's `on_outage` and `max_stale_minutes` say;
    a warning (`STALE`) tells so.

    Raises `error`, or `EnvironmentBroken` (`ENV_CORRUPT`) where the environment that would be used is not whole.
    """
    if not last.is_valid:
        why_not = _why_not_stale(workshop, last, error)
        if why_not:
            raise _with(error, why_not) from error.__cause__
        if why_not is not None:
            raise error
    damage = mending.whole(workshop, last.environment).wrong
    if damage:
        raise _corrupt(workshop.site, last.environment, damage, error) from error
    if last.is_valid:  # it was whole all the time: somebody wanted the indexes asked
        raise error
    workshop.on_event(Warned("STALE", _told(workshop, last, error)))
    return last.environment


def may_go_on(workshop: Workshop, last: LastAnswer, error: DriverEnvError) -> bool:
    """Whether the last answer would be used after making one failed with `error`; its environment is not looked at."""
    return _why_not_stale(workshop, last, error) is None


def _with(error: DriverEnvError, facts: tuple[tuple[str, str], ...]) -> DriverEnvError:
    """The same error, with these facts after its own."""
    return type(error)(
        error.summary,
        code=error.code,
        facts=(*error.facts, *facts),
        remedies=error.remedies,
        data=error.data,
    )


def _why_not_stale(
    workshop: Workshop, last: LastAnswer, error: DriverEnvError
) -> tuple[tuple[str, str], ...] | None:
    """Facts for the error where the last answer must not go on, maybe none; None where it may."""
    rules, now = workshop.site.policy, last.now
    if not isinstance(error, IndexUnavailable) or rules.on_outage == "fail" or now < last.checked:
        return ()
    end = _end(workshop, last)
    ended = [one for one in rules.exceptions if last.checked < policy.ends(one) <= now]
    if ended:
        return (
            ("not reused", f"the environment of {_day(last.checked)}: over is the exception to {ended[0]}"),
        )
    if now > end:
        return (("not reused", f"the environment of {_day(last.checked)}: its time was over on {_day(end)}"),)
    return None


def _end(workshop: Workshop, last: LastAnswer) -> float:
    rules = workshop.site.policy
    limits = [policy.ends(one) for one in rules.exceptions if last.checked < policy.ends(one)]
    return min([last.until + rules.max_stale_minutes * 60.0, *limits])


def _told(workshop: Workshop, last: LastAnswer, error: DriverEnvError) -> str:
    named = [text for label, text in error.facts if label.endswith(" index")]
    index = foreign(named[0] if named else error.data.get("index", "an index"))
    return (
        f"{index} did not answer ({error.code}), so an environment whose validity is over is used again: "
        f"its answers are of {_day(last.checked)} and were valid until {_day(last.until)}; "
        f"this goes on until {_day(_end(workshop, last))}, then launches fail"
    )


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _corrupt(site: Site, found: Environment, damage: str, error: DriverEnvError) -> EnvironmentBroken:
    return EnvironmentBroken(
        f"the environment of {foreign(site.name)} is not whole, and cannot be made anew",
        facts=(
            ("environment", found.prefix),
            ("damage", damage),
            ("cause", f"{error.code}: {error.summary}"),
            *error.facts,
        ),
        remedies=error.remedies,
        data={"prefix": found.prefix, "why": damage, "cause": error.as_dict()},
    )
