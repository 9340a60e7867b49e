"""Failed launches: what went wrong, who demands what of each other in a conflict, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from driverenv.report.content import Failure, Said, Side
from driverenv.report.markup import Markup, joined, tag
from driverenv.report.parts import badge, code, to_open
from driverenv.report.wording import moment

_DRAWN = ("conflict", "")
"""Labels of facts that the picture of a conflict tells already."""


def failures(found: Sequence[Failure], *, is_current: bool) -> Markup | None:
    """The failures of a driver; the newest is open where its last launch is the one that failed."""
    if not found:
        return None
    title = "Why its last launch failed" if is_current else "Earlier failures"
    cards = [_card(one, is_open=is_current and not number) for number, one in enumerate(found)]
    return joined(tag("h4", title), cards)


def _card(one: Failure, *, is_open: bool) -> Markup:
    head = [
        badge(one.code, "bad"),
        Markup(" "),
        tag("b", one.summary),
        tag("span", f" {moment(one.when)}", class_="faint"),
    ]
    shown = [row for row in one.facts if not (one.sides and row.label in _DRAWN)]
    return tag(
        "div",
        to_open(
            head,
            _conflict(one.sides),
            tag("dl", map(_fact, _merged(shown))) if shown else None,
            _remedies(one.remedies),
            tag(
                "p",
                f"{one.python}; the whole of it: " if one.python else "the whole of it: ",
                code(f'driverenv explain --failure "{one.receipt}"'),
                class_="faint",
            ),
            is_open=is_open,
        ),
        class_="failure",
    )


def _merged(rows: Sequence[Said]) -> list[Said]:
    """A fact without a label belongs to the one before it."""
    found: list[Said] = []
    for row in rows:
        if not row.label and found:
            found[-1] = Said(found[-1].label, f"{found[-1].text}\n{row.text}")
        else:
            found.append(row)
    return found


def _fact(row: Said) -> Markup:
    return tag("div", tag("dt", row.label), tag("dd", tag("pre", row.text)))


def _conflict(sides: Sequence[Side]) -> Markup | None:
    """Who demands what: one way beside the other, each down to the demand that excludes the others."""
    if not sides:
        return None
    cards = (
        tag(
            "li",
            tag("ol", (tag("li", text.strip()) for text in one.chain), class_="chain"),
            tag("p", one.requirement, class_="demand"),
        )
        for one in sides
    )
    return joined(tag("p", "These demands cannot all be met at once:"), tag("ul", cards, class_="sides"))


def _remedies(found: Sequence[str]) -> Markup | None:
    if not found:
        return None
    return tag("div", tag("b", "To fix"), tag("ul", (tag("li", text) for text in found)), class_="remedy")
