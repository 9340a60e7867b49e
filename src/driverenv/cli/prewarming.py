"""`driverenv prewarm` and `driverenv ready`: many drivers at once, before anybody launches them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from driverenv.cli import formats
from driverenv.cli.parser import UsageError
from driverenv.cli.printing import warning_line, wrapped
from driverenv.cli.progress import duration, things
from driverenv.errors import foreign

if TYPE_CHECKING:
    from driverenv.cli.commands import Call
    from driverenv.model.launch import Request
    from driverenv.stories.fleet import Member
    from driverenv.stories.prewarming import Warmed

    Ask = Callable[[str, str | None], Request]

ANSWER_IS_NO = 3
_PREWARM = {"made": "made", "ready": "already there", "failed": "failed"}
_DRY_RUN = {
    "ready": "ready",
    "fits": "would launch",
    "stale": "would go on stale",
    "failed": "would fail",
}
_READY = {"proved": "would launch", "failed": "would fail"}
_MOST_SHOWN = 40


def prewarm(call: Call, home: str, ask: Ask) -> int:
    """Prepare drivers, or say what would fail; gives the exit code. `ask` makes a request of path and name."""
    if call.options.dry_run:
        from driverenv.stories.foreseeing import next_launch  # noqa: PLC0415 (each command loads its own story)

        return _execute(call, home, ask, look=next_launch, verb="judging", words=_DRY_RUN)
    return _execute(call, home, ask, look=None, verb="preparing", words=_PREWARM)


def ready(call: Call, home: str, ask: Ask) -> int:
    """Say of each driver whether it would launch offline; gives the exit code."""
    from driverenv.stories.foreseeing import offline  # noqa: PLC0415

    return _execute(call, home, ask, look=offline, verb="proving", words=_READY)


def _execute(call: Call, home: str, ask: Ask, *, look: Any, verb: str, words: dict[str, str]) -> int:  # noqa: ANN401 (`prewarming.Look`, loaded later)
    from driverenv.stories import prewarming  # noqa: PLC0415

    if call.options.jobs < 0:
        raise UsageError("argument --jobs: it must be 1 or more, or 0 for as many as fit this machine")
    members = _members(call, home)
    names = {one.driver: _name(one) for one in members}
    with call.steps() as steps:
        found = prewarming.prewarm(
            members,
            lambda one: ask(one.driver, names[one.driver]),
            look=look,
            verb=verb,
            jobs=call.options.jobs,
            on_event=steps,
        )
    if call.options.json:
        call.say(json.dumps(_data(found), indent=2, default=str) + "\n")
    else:
        _tell(call, found, words)
    return ANSWER_IS_NO if any(one.error is not None for one in found) else 0


def _members(call: Call, home: str) -> tuple[Member, ...]:
    """The drivers that were named, once each; without any all that this home has launched."""
    from driverenv.stories import fleet  # noqa: PLC0415

    named = [one for said in call.options.drivers for one in _named(call, home, said)]
    members = tuple({one.driver: one for one in named}.values()) if named else fleet.known(home)
    if not members:
        raise UsageError(
            "no driver is known: this server has launched none with this home folder; name some, or a folder of them"
        )
    return members


def _named(call: Call, home: str, said: str) -> Sequence[Member]:
    """A driver or a folder of drivers at this path, else the driver that is known by this name."""
    from driverenv.driver.opening import is_package  # noqa: PLC0415
    from driverenv.stories import fleet, inventory  # noqa: PLC0415

    path = call.path(said)
    if os.path.exists(path):
        return fleet.in_folder(path)
    if is_package(path):
        return (fleet.Member(os.path.basename(path), path),)
    found = inventory.find_folder(home, said, cwd=str(call.shell.cwd)).lineage
    return (fleet.Member(found.name, found.driver),)


def _name(member: Member) -> str | None:
    """The name that a request has to give, as its launches gave it; None where it follows from the path."""
    from driverenv.environment import readable_name  # noqa: PLC0415
    from driverenv.stories.site import readable_stem  # noqa: PLC0415

    own = readable_stem(member.driver)
    return None if member.name in (own, readable_name(own)) else member.name


def _tell(call: Call, found: Sequence[Warmed], words: dict[str, str]) -> None:
    width = call.shell.result_width
    column = min(max(len(foreign(one.member.name)) for one in found), _MOST_SHOWN)
    for warning in dict.fromkeys((one.member.name, told) for one in found for told in one.warnings):
        name, told = warning
        text = warning_line(told.code, f"{name}: {told.text}", colour=call.shell.watched)
        call.shell.err.write("\n".join(wrapped(text, call.shell.width, "  ")) + "\n")
    shown = [one for one in found if one.error is not None or not call.options.quiet]
    lines = [line for one in shown for line in wrapped(_row(one, words, column), width, "    ")]
    counts = [f"{count} {word}" for state, word in words.items() if (count := _count(found, state))]
    call.say(
        "".join(f"{line}\n" for line in (*lines, f"{things(len(found), 'driver')}: {', '.join(counts)}"))
    )


def _row(one: Warmed, words: dict[str, str], column: int) -> str:
    head = f"{words[one.state]:<{max(map(len, words.values()))}}  {foreign(one.member.name):<{column}}"
    if one.error is not None:
        return f"{head}  {one.error.code}: {foreign(one.error.summary, limit=400)}"
    what = [duration(one.seconds)]
    what += [things(one.distributions, "distribution")] if one.distributions else []
    return f"{head}  {', '.join(what)}"


def _count(found: Sequence[Warmed], state: str) -> int:
    return sum(one.state == state for one in found)


def _data(found: Sequence[Warmed]) -> dict[str, Any]:
    return {"drivers": list(map(_driver, found)), "counts": dict(_counts(found))}


def _counts(found: Sequence[Warmed]) -> Iterator[tuple[str, int]]:
    yield from ((state, _count(found, state)) for state in dict.fromkeys(one.state for one in found))


def _driver(one: Warmed) -> dict[str, Any]:
    return {
        "name": one.member.name,
        "driver": one.member.driver,
        "state": one.state,
        "seconds": round(one.seconds, 4),
        "prefix": one.prefix or None,
        "distributions": one.distributions or None,
        "warnings": formats.warned(one.warnings),
        "error": None if one.error is None else one.error.as_dict(),
    }
