"""`driverenv history`: what launched when, with what, and why that changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from driverenv.cli.parser import UsageError
from driverenv.cli.printing import account_text
from driverenv.cli.progress import duration
from driverenv.errors import foreign

if TYPE_CHECKING:
    from driverenv.cli.commands import Call
    from driverenv.stories.chronicle import Chronicle, Launch
    from driverenv.stories.inventory import State

_WORDS = {
    "ready": "ready",
    "made": "made",
    "checked": "indexes asked, nothing new",
    "mended": "made again, since it had been changed",
    "stale": "an index did not answer: the last answer again",
    "refreshing": "the last answer once more, the indexes asked in the background",
    "pinned": "gone back to",
    "instance": "ready, and a fresh instance of it was given",
    "failed": "failed",
}
_UNKNOWN = "a generation that is not remembered any more"
_MOST_NAMED = 40


def execute(call: Call, home: str) -> int:
    """Do what the options say; gives the exit code."""
    from driverenv.stories.chronicle import chronicle  # noqa: PLC0415 (each command loads its own story)

    options = call.options
    if options.last < 0:
        raise UsageError(f"argument --last: {options.last} is less than 0; 0 shows all launches")
    found = chronicle(home, options.driver, cwd=str(call.shell.cwd))
    if options.json:
        call.say(json.dumps(_data(found, options.last), indent=2) + "\n")
    else:
        call.say(account_text(tuple(_lines(found, options.last)), width=call.shell.result_width))
    return 0


def _lines(found: Chronicle, last: int) -> Iterator[str]:
    yield f"{foreign(found.shown)}  {foreign(found.driver)}"
    groups = [list(rows) for _, rows in groupby(found.launches, _alike)]
    shown = groups[-last:] if last else groups
    left_out = sum(map(len, groups)) - sum(map(len, shown))
    if left_out:
        yield f"{_count(left_out)} before these: `--last 0` shows all"
    told: set[int] = set()
    for rows in shown:
        yield from _group_lines(found, rows, told)
    if not found.launches:
        yield "no launch of it was written down"
    if found.damaged:
        what = "1 line was" if found.damaged == 1 else f"{found.damaged} lines were"
        yield f"{what} damaged and passed over"


def _alike(one: Launch) -> tuple[object, ...]:
    """Launches in a row of which this is the same are told as one."""
    return (one.how, one.key, one.code, one.generation)


def _group_lines(found: Chronicle, rows: Sequence[Launch], told: set[int]) -> Iterator[str]:
    first, latest = rows[0], rows[-1]
    more = f"; {_count(len(rows) - 1)} more like it until {_moment(latest.when)}" if len(rows) > 1 else ""
    if first.how == "failed":
        yield f"{_moment(first.when)}  failed after {duration(first.seconds)}: {foreign(first.code)}{more}"
        if latest.receipt:
            yield f'{_label("see")}driverenv explain --failure "{foreign(latest.receipt, limit=1000)}"'
        return
    which = f"generation {first.generation}" if first.generation else _UNKNOWN
    yield f"{_moment(first.when)}  {which}: {_WORDS[first.how]}, {duration(first.seconds)}{more}"
    state = next((one for one in found.states if one.generation.number == first.generation), None)
    if state is not None and first.generation not in told:
        told.add(first.generation)
        yield from _generation_lines(state)


def _generation_lines(state: State) -> Iterator[str]:
    """What is to be said of a generation where it is met first."""
    generation = state.generation
    causes = "; ".join(foreign(cause.text) for cause in generation.causes)
    yield f"{_label('why')}{causes}; Python {generation.python}"
    if generation.changes:
        yield from (f"{_label('changed')}{foreign(line)}" for line in generation.changes)
        return
    names = _contents(state)
    if names:
        more = len(names) - _MOST_NAMED
        yield f"{_label('with')}{', '.join(names[:_MOST_NAMED])}{f' and {more} more' if more > 0 else ''}"


def _label(text: str) -> str:
    return f"  {text:<14}"


def _contents(state: State) -> list[str]:
    from driverenv.stories import inventory  # noqa: PLC0415 (each command loads its own story)

    return [f"{foreign(one.name)} {foreign(one.version)}" for one in inventory.within(state).values()]


def _moment(when: str) -> str:
    return f"{when[:10]} {when[11:19]} UTC"


def _count(launches: int) -> str:
    return "1 launch" if launches == 1 else f"{launches} launches"


def _data(found: Chronicle, last: int) -> dict[str, Any]:
    shown = found.launches[-last:] if last else found.launches
    return {
        "driver": found.shown,
        "path": found.driver,
        "launches": [_launch(one) for one in shown],
        "left_out": len(found.launches) - len(shown),
        "damaged": found.damaged,
        "generations": list(_generations(found.states)),
    }


def _launch(one: Launch) -> dict[str, Any]:
    return {
        "when": one.when,
        "seconds": one.seconds,
        "how": one.how,
        "generation": one.generation or None,
        "key": one.key or None,
        "error": one.code or None,
        "receipt": one.receipt or None,
        "driver": one.driver,
    }


def _generations(states: Iterable[State]) -> Iterator[dict[str, Any]]:
    from driverenv.stories import inventory  # noqa: PLC0415 (each command loads its own story)

    for state in states:
        generation = state.generation
        yield {
            "number": generation.number,
            "key": generation.key,
            "made": generation.made,
            "python": generation.python,
            "causes": [cause._asdict() for cause in generation.causes],
            "changes": list(generation.changes),
            "is_there": state.is_there,
            "distributions": [
                {"name": one.name, "version": one.version, "index": one.origin}
                for one in inventory.within(state).values()
            ],
        }
