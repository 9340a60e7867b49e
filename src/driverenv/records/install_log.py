"""The log of one launch, for people: what was read, who was asked and what came back, what was decided and done.

Written beside the receipt of an environment, and beside that of a failure. Everything from outside is escaped.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from driverenv import events
from driverenv.errors import foreign, masked
from driverenv.model.requirement import Requirements
from driverenv.model.site import Policy

MOST_LINES = 5_000
"""A log keeps its first lines, and says how many it left out."""
_LIMIT = 2_000


class InstallLog:
    """Lines of one launch, with the seconds since it began; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: list[str] = []
        self._left_out = 0

    def hear(self, event: events.Event, seconds: float) -> None:
        """Write down what `event` says, if it says anything new; `seconds` since the launch began."""
        said = line(event)
        if said:
            self.note([f"{seconds:9.3f} s  {said}"])

    def note(self, lines: Iterable[str]) -> None:
        """Write down these lines as they are."""
        with self._lock:
            for one in lines:
                if len(self._lines) < MOST_LINES:
                    self._lines.append(one)
                else:
                    self._left_out += 1

    def text(self, end: Iterable[str] = ()) -> bytes:
        """The log so far, then `end`; UTF-8."""
        with self._lock:
            more = [f"({self._left_out} more lines were left out)"] if self._left_out else []
            lines = [*self._lines, *more, *end]
        return ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")


def heading(driver: str, name: str, when: str, version: str) -> list[str]:
    """Which launch this is."""
    return [
        f"driver        {foreign(driver)}",
        f"name          {foreign(name)}",
        f"began         {when}",
        f"driverenv     {version}",
    ]


def of_policy(policy: Policy) -> list[str]:
    """Where distributions may come from, in the order in which it is asked, and the exceptions."""
    indexes = [("local index", one) for one in policy.local] + [("extra index", one) for one in policy.extra]
    indexes += [("public index", policy.public)] if policy.public is not None else []
    return [
        f"mode          {policy.mode}",
        *(f"{kind:<14}{foreign(one)}" for kind, one in indexes),
        *(f"exception     {foreign(one)}" for one in policy.exceptions),
    ]


def of_requirements(requirements: Requirements) -> list[str]:
    """Every requirement and constraint with the file and the line where it stands, as it was read."""
    rows = [("", one) for one in requirements.roots] + [
        ("constraint ", one) for one in requirements.constraints
    ]
    said = [f"  {kind}{foreign(masked(str(one.source)), limit=_LIMIT)}" for kind, one in rows]
    files = [f"file          {foreign(path)}" for path in requirements.inputs]
    return [*files, "", f"requirements  {len(requirements.roots) or 'none'}", *said, ""]


def of_distributions(rows: Iterable[Mapping[str, Any]], building: Sequence[str] = ()) -> list[str]:
    """What was chosen, from where, and who asked for it, from the rows of a receipt; `building`: for which builds."""
    what = f"chosen for the build of {foreign(building[-1])}" if building else "chosen"
    said = [
        f"  {row['name']} {row['version']} from {foreign(row['index']['name'])}: {foreign(row['file'])}; "
        f"{foreign(', '.join(row['requested_by']), limit=_LIMIT)}"
        for row in rows
    ]
    return ["", what, *(said or ["  nothing"]), ""]


def line(event: events.Event) -> str:
    """What a log says of `event`, in one line; empty for what is told elsewhere or too often."""
    match event:
        case events.Started():
            said = f"started for Python {foreign(event.python)}"
        case events.Asked():
            detail = f": {foreign(event.detail, limit=_LIMIT)}" if event.detail else ""
            said = f"{foreign(event.project)}: {event.answer} at {foreign(event.index)}{detail}{_took(event.seconds)}"
        case events.Solved():
            public = event.count - event.local
            said = f"resolved {event.count} distributions, {event.local} local, {public} public{_took(event.seconds)}"
        case events.Downloaded():
            said = (
                f"{foreign(event.filename)}: {event.size} bytes, sha256 {event.sha256}{_took(event.seconds)}"
            )
        case events.Building():
            said = f"building {foreign(event.filename)}"
        case events.Built() | events.BuiltElsewhere():
            by = (
                f", by {event.by}: the fleet store has it" if isinstance(event, events.BuiltElsewhere) else ""
            )
            said = f"built {foreign(event.wheel)} from {foreign(event.filename)}{by}{_took(event.seconds)}"
        case events.StartupHook():
            what = foreign("; ".join(event.runs), limit=_LIMIT)
            said = f"{foreign(event.project)} {foreign(event.version)} runs at every start, by {foreign(event.file)}: {what}"
        case events.Linked():
            said = f"linked {event.count} distributions{_took(event.seconds)}"
        case events.Warned():
            said = f"warning[{foreign(event.code)}]: {foreign(' '.join(event.text.split()), limit=_LIMIT)}"
        case _:
            said = ""
    return said


def _took(seconds: float) -> str:
    return f" ({seconds:.3f} s)" if seconds else ""
