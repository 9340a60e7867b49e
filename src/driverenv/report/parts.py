"""Small parts that several sections have: badges, tables, lists of facts, things to open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from driverenv.report.content import Distribution, Driver
from driverenv.report.markup import Markup, tag
from driverenv.report.wording import ORIGINS, STATES, WEIGHTS


def badge(text: str, kind: str) -> Markup:
    """A word in a colour; the word alone says all."""
    return tag("span", text, class_=f"badge {kind}")


def state_badge(driver: Driver) -> Markup:
    """How a driver is."""
    return badge(STATES.get(driver.state, driver.state), WEIGHTS.get(driver.state, "warn"))


def origin_badges(one: Distribution) -> list[Markup]:
    """Where a distribution came from, and whether it was built."""
    found = [badge(ORIGINS.get(one.origin, one.origin), one.origin)]
    return [*found, badge("built", "built")] if one.built else found


def table(head: Sequence[str], rows: Iterable[Sequence[str | Iterable[str]]], kind: str = "") -> Markup:
    """A table; a head that begins with a hash sign is one of numbers, and is shown without it."""
    numbers = [name.startswith("#") for name in head]
    top = tag(
        "tr",
        (
            tag("th", name.lstrip("#"), scope="col", class_="number" if is_number else None)
            for name, is_number in zip(head, numbers, strict=True)
        ),
    )
    body = (
        tag(
            "tr",
            (
                tag("td", cell, class_="number" if is_number else None)
                for cell, is_number in zip(row, numbers, strict=True)
            ),
        )
        for row in rows
    )
    whole = tag("table", tag("thead", top), tag("tbody", body), class_=kind or None)
    return tag("div", whole, class_="wide")


def facts(rows: Iterable[tuple[str, str | Iterable[str]]]) -> Markup:
    """Labels with what they say; rows without a text are left out."""
    return tag(
        "dl",
        (
            tag("div", tag("dt", label), tag("dd", text))
            for label, text in rows
            if (text if isinstance(text, str) else list(text))
        ),
    )


def to_open(
    summary: str | Iterable[str], *inner: str | Iterable[str] | None, is_open: bool = False
) -> Markup:
    """Something that is read by who wants to; on paper it is always open."""
    return tag("details", tag("summary", summary), *inner, open="" if is_open else None)


def code(text: str) -> Markup:
    """A text of a program: a path, a file, a command."""
    return tag("code", text)
