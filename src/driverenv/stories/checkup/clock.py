"""Whether this machine's clock is right, by those of the indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from driverenv.errors import foreign
from driverenv.model.finding import FAIL, OK, WARN, Finding, Section
from driverenv.stories.checkup.servers import Looked

_NOTICED, _WRONG = 30.0, 300.0
"""Seconds."""


def section(looked: Iterable[Looked]) -> Section:
    """What the servers' own time says."""
    return Section("clock", tuple(_findings([(foreign(one.name), one.offset) for one in looked])))


def _findings(offsets: list[tuple[str, float | None]]) -> Iterator[Finding]:
    known = [(name, offset) for name, offset in offsets if offset is not None]
    if not known:
        yield Finding(
            "clock-unknown", OK, "clock", "no index over HTTP tells its time: nothing to compare with"
        )
        return
    for name, offset in known:
        away = abs(offset)
        data = {"seconds": round(offset, 1), "by": name}
        if away < _NOTICED:
            yield Finding("clock", OK, "clock", f"the same as that of the index {name}", data=data)
            continue
        told = f"{away:,.0f} s {'behind' if offset > 0 else 'ahead of'} that of the index {name}"
        remedy = (
            "have both machines set their clocks by the network (NTP); certificates and dates depend on it"
        )
        yield Finding("clock", FAIL if away > _WRONG else WARN, "clock", told, remedy, data)
