"""``driverenv doctor``: the lines of a check-up, as a table for who watches, as plain lines and as JSON for the rest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from driverenv.cli.printing import wrapped
from driverenv.errors import SettingsInvalid
from driverenv.model.finding import FAIL, OK, STATUSES, WARN, Finding, Section, worst

if TYPE_CHECKING:
    from driverenv.cli.commands import Call
    from driverenv.settings import Settings
    from driverenv.stories.checkup import Asked

EXIT_CODES = {OK: 0, FAIL: 3, WARN: 4}
_NARROW = 64
"""Columns: below that a table has no room for its last column."""
_NAMES = {WARN: ("warning", "warnings"), FAIL: ("failure", "failures"), OK: ("line ok", "lines ok")}


def execute(call: Call) -> int:
    """Look, tell, and give the exit code."""
    sections = _chosen(call.shell.stories.check(_asked(call)), quiet=call.options.quiet)
    if call.options.json:
        told = [one for one, _ in sections]
        call.say(json.dumps(_document(told), indent=2) + "\n")
        return EXIT_CODES[worst(one.status for one in told)]
    if call.shell.out.isatty():
        from driverenv.cli.doctor_table import show  # noqa: PLC0415 (rich costs 60 ms, for a watching person only)

        told = show(call.shell, sections, narrow=_NARROW)
    else:
        told = []
        for section, shown in sections:
            call.say("".join(f"{line}\n" for line in plain(section, shown)))
            told.append(section)
    call.say("\n".join(wrapped(summary(told), call.shell.result_width, "  ")) + "\n")
    return EXIT_CODES[worst(one.status for one in told)]


def _asked(call: Call) -> Asked:
    """What is to be looked at: settings that are wrong are a finding, too."""
    from driverenv.stories.checkup import Asked  # noqa: PLC0415 (a launch never needs it)

    def asked(settings: Settings | None, wrong: SettingsInvalid | None, missing: Iterable[str] = ()) -> Asked:
        return Asked(
            settings,
            call.shell.environ,
            wrong=wrong,
            missing=tuple(missing),
            only=tuple(call.options.index or ()),
            fast=call.options.fast,
        )

    try:
        return asked(_settings(call, None), None)
    except SettingsInvalid as error:
        missing: list[str] = []
        try:
            return asked(_settings(call, missing), error, missing)
        except SettingsInvalid as still_wrong:
            return asked(None, still_wrong)


def _settings(call: Call, missing: list[str] | None) -> Settings:
    from driverenv import settings as settings_room  # noqa: PLC0415

    options = call.options
    return settings_room.load(
        environ=call.shell.environ,
        arguments={name: getattr(options, name) for name in ("local", "public", "mode", "python", "home")},
        config=None if options.config is None else Path(options.config),
        cwd=call.shell.cwd,
        missing=missing,
    )


def _chosen(sections: Iterable[Section], *, quiet: bool) -> Iterator[tuple[Section, tuple[Finding, ...]]]:
    """Each section, and what is shown of it."""
    for section in sections:
        yield section, tuple(one for one in section.findings if not quiet or one.status != OK)


def _document(told: list[Section]) -> dict[str, object]:
    return {
        "status": worst(one.status for one in told),
        "counts": {status: _count(told, status) for status in STATUSES},
        "sections": [one.as_dict() for one in told],
    }


def _count(told: Iterable[Section], status: str) -> int:
    return sum(finding.status == status for one in told for finding in one.findings)


def plain(section: Section, shown: tuple[Finding, ...]) -> Iterator[str]:
    """A section in lines that are never wrapped; each finding begins with its status."""
    if not shown:
        return
    yield section.name
    for finding in shown:
        yield f"  {finding.status:<4}  {finding.what:<15} {finding.detail}"
        for number, remedy in enumerate(finding.remedy.splitlines()):
            yield f"        {'' if number else 'to fix':<15} {remedy}"


def summary(told: list[Section]) -> str:
    """How many there are of each."""
    counts = {status: _count(told, status) for status in reversed(STATUSES)}
    parts = [f"{count} {_NAMES[status][count != 1]}" for status, count in counts.items() if count]
    return ", ".join(parts) or "nothing was looked at"
