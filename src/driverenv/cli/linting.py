"""``driverenv index lint``: what is wrong with a repository, file by file, and what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from driverenv.cli import places
from driverenv.cli.parser import UsageError
from driverenv.cli.printing import wrapped
from driverenv.cli.progress import things
from driverenv.errors import foreign

if TYPE_CHECKING:
    from driverenv.cli.commands import Call
    from driverenv.repository.findings import Finding
    from driverenv.settings import Settings
    from driverenv.stories.linting import CheckUp

BAD = 3
_COLOURS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "note": "\x1b[1m"}
_PLAIN = "\x1b[0m"
_MOST = 20
"""So many files of one code are shown, unless --verbose."""


def lint(call: Call, settings: Settings) -> int:
    """Look it over; gives the exit code."""
    from driverenv.repository.targets import PYTHONS, Targets  # noqa: PLC0415 (each command loads its own story)
    from driverenv.stories import linting  # noqa: PLC0415

    options, policy = call.options, settings.policy()
    index = places.place(call, options.place, settings)
    if options.credentials and (index.is_folder or index not in (*policy.local, *policy.extra)):
        raise UsageError(
            "argument --credentials: they are tried at a server of the settings only, by its name or address"
        )
    if options.ask_public and (policy.offline or policy.public is None):
        raise UsageError("argument --ask-public: the settings have no public index, or are offline")
    with call.steps() as steps:
        found = linting.lint(
            index,
            site=policy,
            home=settings.home,
            targets=Targets(tuple(options.target_python or PYTHONS), tuple(options.platform or ())),
            contents=not options.names_only,
            ask_public=options.ask_public,
            credentials=options.credentials,
            on_event=steps,
        )
    if options.json:
        call.say(json.dumps(_data(found), indent=2) + "\n")
    else:
        call.say("".join(f"{line}\n" for line in _told(found, call)))
    is_bad = found.is_bad or (options.strict and any(one.severity != "note" for one in found.findings))
    return BAD if is_bad else 0


def _told(found: CheckUp, call: Call) -> Iterator[str]:
    width, colour = call.shell.result_width, call.shell.shows_colours
    most = len(found.findings) if call.options.verbose else _MOST
    for code, group in groupby(found.findings, key=lambda one: one.code):
        yield from _of_code(code, list(group), most, width, colour=colour)
    counts = [
        things(count, severity)
        for severity in ("error", "warning", "note")
        if (count := sum(one.severity == severity for one in found.findings))
    ]
    where = f"{things(found.files, 'file')} in {foreign(found.location)}"
    looked = "" if found.read else ", by their names alone"
    yield from wrapped(f"{where}{looked}: {', '.join(counts) or 'nothing is wrong'}", width, "  ")


def _of_code(
    code: str, findings: list[Finding], most: int, width: int | None, *, colour: bool
) -> Iterator[str]:
    from driverenv.repository.findings import KINDS  # noqa: PLC0415

    kind = KINDS[code]
    head = f"{kind.severity}[{code}]"
    first, *rest = wrapped(f"{head}: {kind.meaning}", width, "  ")
    shown = f"{_COLOURS[kind.severity]}{head}{_PLAIN}{first[len(head) :]}" if colour else first
    yield from (shown, *rest)
    for one in findings[:most]:
        where = f"{foreign(one.file)}: " if one.file else ""
        yield from wrapped(f"  {where}{foreign(one.why, limit=500)}", width, "      ")
    if len(findings) > most:
        yield f"  and {len(findings) - most} more (--verbose shows them)"
    remedies = list(dict.fromkeys(foreign(one.remedy, limit=500) for one in findings))
    yield from wrapped(f"  to fix: {remedies[0]}", width, "      ")
    if len(remedies) > 1:
        yield from (line for one in remedies[1:3] for line in wrapped(f"  or:     {one}", width, "      "))


def _data(found: CheckUp) -> dict[str, Any]:
    return {
        "location": found.location,
        "files": found.files,
        "read": found.read,
        "findings": [{"severity": one.severity, **one._asdict()} for one in found.findings],
        "counts": {
            severity: sum(one.severity == severity for one in found.findings)
            for severity in ("error", "warning", "note")
        },
    }
