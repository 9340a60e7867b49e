"""`driverenv env verify`: what is not what it was made, and making it again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from driverenv.cli.progress import things
from driverenv.errors import foreign

if TYPE_CHECKING:
    from driverenv.cli.commands import Call
    from driverenv.settings import Settings
    from driverenv.stories.verifying import Checked

BAD = 3
_MOST = 20
"""So many findings of one environment are shown, unless --verbose."""


def execute(call: Call, settings: Settings) -> int:
    """Look at the environments of one driver, or of all; gives the exit code."""
    from driverenv.stories import verifying  # noqa: PLC0415 (each command loads its own story)

    options, home, policy = call.options, settings.home, settings.policy()
    targets = verifying.targets(home, options.driver, cwd=str(call.shell.cwd))
    found: list[Checked] = []
    with call.progress() as progress:
        for target in targets:
            checked = verifying.verify(
                target,
                home=home,
                policy=policy,
                contents=options.contents,
                repair=options.repair,
                on_event=progress,
            )
            if checked is not None:
                found.append(checked)
    if options.json:
        call.say(json.dumps(_data(found), indent=2) + "\n")
    else:
        most = None if options.verbose else _MOST
        call.say("".join(f"{line}\n" for line in _told(found, most)))
    return BAD if any(one.state == verifying.DAMAGED for one in found) else 0


def _told(found: Sequence[Checked], most: int | None) -> Iterator[str]:
    for one in found:
        owners = ", ".join(f"{foreign(shown)} (generation {number})" for shown, number in one.target.owners)
        yield f"{one.state:<8}  {owners or 'of no driver that is known'}: {foreign(one.target.prefix, limit=1000)}"
        yield from (f"  {finding}" for finding in one.findings[:most])
        if most is not None and len(one.findings) > most:
            yield f"  and {len(one.findings) - most} more (--verbose shows them)"
        if one.beyond:
            yield f"  it cannot be made again: {one.beyond}"
    yield f"{things(len(found), 'environment')}{_counts(found)}"


def _counts(found: Sequence[Checked]) -> str:
    counts = Counter(one.state for one in found)
    told = ", ".join(f"{counts[state]} {state}" for state in ("whole", "mended", "damaged") if counts[state])
    return f": {told}" if told else ""


def _data(found: Sequence[Checked]) -> dict[str, Any]:
    return {
        "environments": [
            {
                "prefix": one.target.prefix,
                "drivers": [{"driver": shown, "generation": number} for shown, number in one.target.owners],
                "state": one.state,
                "findings": list(one.findings),
                "cannot_be_repaired": one.beyond or None,
            }
            for one in found
        ],
        "counts": {
            state: sum(one.state == state for one in found) for state in ("whole", "mended", "damaged")
        },
    }
