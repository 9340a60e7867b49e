"""`driverenv store`: what is kept for all drivers together, and whether it is what it was."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from driverenv.cli.environments import table
from driverenv.cli.progress import amount, things
from driverenv.errors import foreign

if TYPE_CHECKING:
    from driverenv.cli.commands import Call
    from driverenv.settings import Settings
    from driverenv.stories.auditing import Blemish, Report
    from driverenv.stories.holdings import Holding, Holdings

DAMAGED = 3
_MOST = 20
"""So many findings of one entry are shown, unless --verbose."""
_PATH = 1000


def execute(call: Call, settings: Settings) -> int:
    """Do what the options say; gives the exit code."""
    return _show(call, settings.home) if call.options.store_command == "show" else _verify(call, settings)


# ------------------------------------------------------------------------------------------- show


def _show(call: Call, home: str) -> int:
    from driverenv.stories.holdings import holdings  # noqa: PLC0415 (each command loads its own story)

    found = holdings(home)
    names = [name.lower().replace("_", "-").replace(".", "-") for name in call.options.names]
    rows = [one for one in found.rows if not names or _is_meant(one, names)]
    if call.options.json:
        call.say(json.dumps(_shown_data(found, rows), indent=2) + "\n")
    elif names:
        call.say("".join(f"{line}\n" for one in rows for line in _account(one)) or "the store has none\n")
    else:
        call.say("".join(_overview(found)))
    return 0


def _is_meant(one: Holding, names: Sequence[str]) -> bool:
    project = one.name.partition(" ")[0].lower().replace("_", "-").replace(".", "-")
    return any(fnmatchcase(project, name) for name in names)


def _overview(found: Holdings) -> Iterator[str]:
    if found.rows:
        head = ("what", "unpacked", "archive", "last used", "drivers")
        yield table(head, [_row(one) for one in found.rows])
    free = [one for one in found.rows if not one.keys]
    yield f"{things(len(found.rows), 'archive')}, {amount(found.size)}; no environment has {len(free)} of them, "
    yield f"{amount(sum(one.size for one in free))}\n"
    others = [f"{name} {amount(size)}" for name, size in found.others.items() if size]
    if others:
        yield f"besides: {', '.join(others)}\n"


def _row(one: Holding) -> Sequence[str]:
    sizes = (amount(size) if size else "-" for size in (one.files, one.archive))
    return (foreign(one.name) or one.sha256[:12], *sizes, _day(one), foreign(", ".join(one.users)) or "-")


def _day(one: Holding) -> str:
    return one.used_at.partition("T")[0]


def _account(one: Holding) -> Iterator[str]:
    yield foreign(one.name) or one.sha256
    yield f"  sha256     {one.sha256}"
    yield f"  unpacked   {amount(one.files) if one.files else 'no'}"
    yield f"  archive    {amount(one.archive) if one.archive else 'not kept'}"
    yield f"  last used  {one.used_at}"
    yield f"  drivers    {foreign(', '.join(one.users), limit=_PATH) or 'none: no environment has it'}"


def _shown_data(found: Holdings, rows: Sequence[Holding]) -> dict[str, Any]:
    return {
        "entries": [
            {
                "name": one.name or None,
                "sha256": one.sha256,
                "unpacked": one.files,
                "archive": one.archive,
                "used": one.used_at,
                "drivers": list(one.users),
                "environments": list(one.keys),
            }
            for one in rows
        ],
        "size": found.size,
        "others": dict(found.others),
    }


# ----------------------------------------------------------------------------------------- verify


def _verify(call: Call, settings: Settings) -> int:
    from driverenv.stories import auditing  # noqa: PLC0415 (each command loads its own story)

    options = call.options
    with call.steps() as steps:
        found = auditing.verify(
            settings.home,
            contents=options.contents,
            repair=options.repair,
            policy=settings.policy() if options.repair else None,
            on_event=steps,
        )
    if options.json:
        call.say(json.dumps(_verified_data(found), indent=2) + "\n")
    else:
        most = None if options.verbose else _MOST
        call.say("".join(f"{line}\n" for line in _told(found, most, quiet=options.quiet)))
    return 0 if found.is_sound else DAMAGED


def _told(found: Report, most: int | None, *, quiet: bool) -> Iterator[str]:
    damaged = [one for one in found.blemishes if one.fault.is_damage]
    for one in damaged if quiet else found.blemishes:
        yield from _blemish(one, most)
    counts = [things(count, kind) for kind, count in found.counts.items()]
    mended = sum(bool(one.fault.done) for one in damaged)
    states = [f"{len(damaged) - mended} damaged"] if len(damaged) > mended else []
    states += [f"{mended} mended"] if mended else []
    yield f"{', '.join(counts) or 'nothing is there yet'}: {', '.join(states) or 'all is well'}"


def _blemish(one: Blemish, most: int | None) -> Iterator[str]:
    fault = one.fault
    state = "mended" if fault.done else "damaged" if fault.is_damage else "touched"
    users = f" (of {', '.join(one.users)})" if one.users else ""
    yield f"{state:<8}  {fault.kind} {foreign(fault.name + users)}{': ' if fault.done else ''}{fault.done}"
    for finding in fault.findings[:most]:
        yield f"  {foreign(finding.path, limit=_PATH)}: {finding.how}"
    if most is not None and len(fault.findings) > most:
        yield f"  and {len(fault.findings) - most} more (--verbose shows them)"


def _verified_data(found: Report) -> dict[str, Any]:
    return {
        "sound": found.is_sound,
        "counts": dict(found.counts),
        "faults": [
            {
                "kind": one.fault.kind,
                "name": one.fault.name,
                "path": one.fault.path,
                "damage": one.fault.is_damage,
                "done": one.fault.done or None,
                "sha256": one.fault.sha256 or None,
                "drivers": list(one.users),
                "findings": [finding._asdict() for finding in one.fault.findings],
            }
            for one in found.blemishes
        ],
    }
