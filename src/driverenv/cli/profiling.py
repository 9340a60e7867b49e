"""Where the time of a launch went, for ``--profile``: added up from its events."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from driverenv import events
from driverenv.cli.printing import wrapped
from driverenv.cli.progress import amount, things
from driverenv.errors import foreign

_ENDS = {
    "ready": "found within its validity",
    "made": "made",
    "checked": "the indexes were asked, nothing has changed",
    "mended": "made again, since it was not what it was made",
    "stale": "the last answer, since an index did not answer",
    "refreshing": "the last answer, while the indexes are asked beside it",
    "pinned": "somebody went back to it",
    "instance": "found within its validity, an instance of its own",
    "locked": "locked",
    "failed": "failed",
}
"""By how a launch ended."""
_REST = "rest"
_MINUTE = 60.0
_SECOND = 0.9995


class Profile:
    """Hears a launch and adds up where its time went."""

    def __init__(self) -> None:
        self._end: events.Ready | events.Locked | events.Failed | None = None
        self._answers: dict[tuple[str, bool], events.Traffic] = {}
        self._files = self._bytes = self._builds = 0
        self._fetching = self._building = 0.0

    def hear(self, event: events.Event) -> None:
        """Take one event in; one at a time."""
        match event:
            case events.Asked():
                at = event.index, event.public
                before = self._answers.get(at, events.Traffic(*at, 0, 0.0, 0.0))
                seconds, slowest = before.seconds + event.seconds, max(before.slowest, event.seconds)
                self._answers[at] = events.Traffic(*at, before.requests + 1, seconds, slowest)
            case events.Downloaded():
                self._files, self._bytes = self._files + 1, self._bytes + event.size
                self._fetching += event.seconds
            case events.Built() | events.BuiltElsewhere():
                self._builds, self._building = self._builds + 1, self._building + event.seconds
            case events.Ready() | events.Locked() | events.Failed():
                self._end = event

    @property
    def data(self) -> dict[str, Any]:
        """All of it, as JSON has it; empty where nothing ended."""
        end = self._end
        if end is None:
            return {}
        stages = {name: round(seconds, 6) for name, seconds in end.stages}
        rest = max(0.0, end.seconds - sum(seconds for _, seconds in end.stages))
        return {
            "how": _how(end),
            "seconds": round(end.seconds, 6),
            "stages": {**stages, _REST: round(rest, 6)} if stages else {},
            "requests": [_row(one, "requests") for one in end.traffic],
            "answers": [_row(one, "answers") for one in _in_order(self._answers.values())],
            "downloads": {
                "files": self._files,
                "bytes": self._bytes,
                "seconds": round(self._fetching, 6),
            },
            "builds": {"count": self._builds, "seconds": round(self._building, 6)},
        }

    def text(self, width: int | None) -> str:
        """The same for people, no line wider than `width` but for names that are."""
        end = self._end
        if end is None:
            return ""
        lines = [f"profile: {_ENDS.get(_how(end), _how(end))}, {span(end.seconds)}"]
        stages = [*end.stages, (_REST, max(0.0, end.seconds - sum(one for _, one in end.stages)))]
        lines += [f"  {name:<8} {span(seconds):>9}" for name, seconds in stages if end.stages]
        lines += [_line(one, "request") for one in end.traffic]
        served = {(one.index, one.public) for one in end.traffic}
        read = [one for at, one in self._answers.items() if at not in served]
        lines += [_line(one, "answer") for one in _in_order(read)]
        if self._files:
            lines.append(
                f"  downloads: {things(self._files, 'file')}, {amount(self._bytes)}, {span(self._fetching)} in all"
            )
        if self._builds:
            lines.append(f"  builds: {self._builds}, {span(self._building)} in all")
        return "".join(f"{row}\n" for line in lines for row in wrapped(line, width, "    "))

    def json_line(self) -> str:
        """For stderr, where there is no result to be part of; ends with a line break."""
        return json.dumps({"profile": self.data}) + "\n"


def span(seconds: float) -> str:
    """A time span with as many figures as are worth reading: "0.3 ms", "1.24 s", "2 min 5 s"."""
    if seconds < _SECOND:
        return f"{seconds * 1000:.1f} ms"
    return f"{seconds:.2f} s" if seconds < _MINUTE else f"{int(seconds // 60)} min {int(seconds % 60)} s"


def _how(end: events.Ready | events.Locked | events.Failed) -> str:
    if isinstance(end, events.Ready):
        return end.how
    return "locked" if isinstance(end, events.Locked) else "failed"


def _in_order(rows: Iterable[events.Traffic]) -> list[events.Traffic]:
    return sorted(rows, key=lambda one: (one.public, one.index))


def _row(one: events.Traffic, counted: str) -> dict[str, Any]:
    return {
        "index": one.index,
        "public": one.public,
        counted: one.requests,
        "seconds": round(one.seconds, 6),
        "slowest": round(one.slowest, 6),
    }


def _line(one: events.Traffic, noun: str) -> str:
    name = foreign(one.index.partition(" (")[0])
    whose = "public" if one.public else "local"
    slowest = f"{span(one.seconds)} in all, the slowest {span(one.slowest)}"
    return f"  {name} ({whose}): {things(one.requests, noun)}, {slowest}"
