"""Small pictures in a line of text: launches as a row of marks, and shares as a bar."""

from __future__ import annotations

from collections.abc import Sequence

from driverenv.report.content import Launch
from driverenv.report.markup import Markup, tag, void
from driverenv.report.wording import HOW, moment, seconds

_STEP, _MARK, _HEIGHT = 9.0, 7.0, 20.0
_SHORT = 8.0
"""Launches that were ready are low, so that the others stand out."""
_BAR = 100.0


def launches(found: Sequence[Launch]) -> Markup:
    """A mark for each launch, the newest at the right."""
    marks = [_mark(one, number * _STEP) for number, one in enumerate(found)]
    width = max(len(found) * _STEP, _STEP)
    return tag(
        "svg",
        tag("title", f"the last {len(found)} launches, the newest at the right"),
        marks,
        class_="strip",
        role="img",
        width=width,
        height=_HEIGHT,
        viewBox=f"0 0 {width:.0f} {_HEIGHT:.0f}",
    )


def _mark(one: Launch, left: float) -> Markup:
    height = _SHORT if one.how == "ready" else _HEIGHT
    what = f": {one.code}" if one.code else f", generation {one.generation}" if one.generation else ""
    told = f"{moment(one.when)}: {HOW.get(one.how, one.how)}{what}, {seconds(one.seconds)}"
    return tag(
        "g",
        tag("title", told),
        void("rect", x=left, y=_HEIGHT - height, width=_MARK, height=height, rx=1.5),
        class_=f"how-{one.how}",
    )


def shares(rows: Sequence[tuple[str, int]], told: str) -> Markup:
    """A bar whose parts are as long as their numbers; each row has the class of its part."""
    total = sum(count for _, count in rows) or 1
    parts, at = [], 0.0
    for kind, count in rows:
        if count:
            width = _BAR * count / total
            parts.append(void("rect", x=at, y=0.0, width=width, height=8.0, class_=f"part {kind}"))
            at += width
    return tag(
        "svg",
        tag("title", told),
        parts,
        class_="shares",
        role="img",
        viewBox="0 0 100 8",
        preserveAspectRatio="none",
    )
