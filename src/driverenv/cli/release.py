"""`driverenv release`: forget names that were local, or show what is remembered."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING, Any

from driverenv.cli.parser import UsageError

if TYPE_CHECKING:
    from driverenv.cli.commands import Call
    from driverenv.stories.release import Remembered


def execute(call: Call, home: str) -> int:
    """Do what the options say, below `home`; gives the exit code."""
    from driverenv.stories import release  # noqa: PLC0415 (each command loads its own story)

    options = call.options
    if options.list == bool(options.names):
        raise UsageError("release needs the NAME of a project, or --list alone")
    if options.list:
        found = [one for one in release.remembered(home) if options.index in (None, one.index, one.location)]
        word, text = "remembered", _listed(found)
    else:
        found = list(release.release(home, options.names, index=options.index))
        word, text = "released", "".join(f"{line}\n" for one in found for line in _told(one))
    call.say(json.dumps({word: [_data(one) for one in found]}, indent=2) + "\n" if options.json else text)
    return 0


def _told(one: Remembered) -> list[str]:
    """What was forgotten."""
    if not one.first_day:
        return [f"released {one.project}: {_index(one)} listed it once, and nobody asked for it"]
    files = [
        f"  {file.filename}  {f'sha256 {file.sha256}' if file.sha256 else 'content unknown'}"
        for file in one.files
    ]
    verb = "was fetched from" if one.public else "was in"
    return [f"released {one.project}: it {verb} {_index(one)} {_days(one)}", *files]


def _listed(found: Iterable[Remembered]) -> str:
    """What is remembered, below its index."""
    lines = []
    for (index, public), rows in groupby(found, key=lambda one: (_index(one), one.public)):
        lines.append(f"{index}, fetched from there:" if public else f"{index}:")
        lines += [f"  {one.project}  {_count(one)}" for one in rows]
    return "".join(f"{line}\n" for line in lines) or "nothing is remembered\n"


def _count(one: Remembered) -> str:
    if not one.first_day:
        return "listed once"
    count = len(one.files)
    return f"{count} file{'' if count == 1 else 's'} {_days(one)}"


def _days(one: Remembered) -> str:
    return (
        f"on {one.last_day}" if one.first_day == one.last_day else f"from {one.first_day} to {one.last_day}"
    )


def _index(one: Remembered) -> str:
    if not one.location:
        return "an index that is not known any more"
    return one.location if one.index == one.location else f"{one.index} ({one.location})"


def _data(one: Remembered) -> dict[str, Any]:
    return {
        "project": one.project,
        "index": one.index,
        "location": one.location,
        "public": one.public,
        "first_day": one.first_day or None,
        "last_day": one.last_day or None,
        "files": [
            {
                "filename": file.filename,
                "sha256": file.sha256,
                "others": list(file.others),
                "size": file.size,
            }
            for file in one.files
        ],
    }
