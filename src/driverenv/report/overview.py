"""The top of the page: what it is about, the numbers, what needs a look, and all drivers in a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from driverenv.report import strip
from driverenv.report.content import BAD, FAILS, WELL, Driver, Problem, Report
from driverenv.report.contents import share_line, tally
from driverenv.report.markup import Markup, joined, tag
from driverenv.report.parts import badge, code, state_badge, table
from driverenv.report.wording import NOTHING, amount, moment, things


def overview(report: Report, anchors: Sequence[str]) -> Markup:
    """Everything above the sections of drivers."""
    return joined(
        tag(
            "header",
            tag("h1", _title(report)),
            tag("p", _verdict(report), class_="verdict"),
            tag(
                "p",
                "home ",
                code(report.home),
                f" · made {moment(report.made)} by driverenv {report.version}",
                class_="faint",
            ),
        ),
        _tiles(report) if report.drivers else None,
        _problems(report, anchors),
        _drivers(report, anchors),
    )


def _title(report: Report) -> str:
    return f"driverenv report: {report.scope}" if report.scope else "driverenv report"


def _verdict(report: Report) -> str:
    if not report.is_there:
        return "There is no such home folder: nothing was launched with it yet."
    if not report.drivers:
        return "No driver was launched yet with this home folder."
    failing = sum(one.state == FAILS for one in report.drivers)
    others = sum(one.state not in (FAILS, WELL) for one in report.drivers)
    drivers = things(len(report.drivers) + report.left_out, "driver")
    if not failing and not others:
        return f"{drivers}: all is well."
    parts = [f"{failing} {'fails' if failing == 1 else 'fail'}"] if failing else []
    parts += [f"{others} {'needs' if others == 1 else 'need'} a look"] if others else []
    return f"Of {drivers}, {' and '.join(parts)}."


def _tiles(report: Report) -> Markup:
    drivers = report.drivers
    there = {row.key for one in drivers for row in one.generations if row.is_there}
    found = [row for one in drivers if one.contents for row in one.contents.distributions]
    states = [(kind, sum(one.state == kind for one in drivers)) for kind in (WELL, FAILS)]
    rest = len(drivers) - sum(count for _, count in states)
    bar = [("good", states[0][1]), ("warn", rest), ("bad", states[1][1])]
    told = ", ".join(
        f"{count} {word}"
        for (_, count), word in zip(bar, ("well", "to look at", "failing"), strict=True)
        if count
    )
    disk = sum(one.size for one in report.places)
    largest = ", ".join(f"{one.name} {amount(one.size)}" for one in report.places[:2])
    return tag(
        "div",
        _tile(f"{len(drivers):,}", "drivers", [strip.shares(bar, told), tag("span", told)]),
        _tile(f"{len(found):,}", "distributions in them", share_line(found)),
        _tile(f"{len(there) + len(report.loose):,}", "environments", [tag("span", _kinds(there, report))]),
        _tile(amount(disk), "on the disk", [tag("span", largest)]) if report.places else None,
        class_="tiles",
    )


def _kinds(there: set[str], report: Report) -> str:
    loose = f", {len(report.loose)} of no driver" if report.loose else ""
    return f"{len(there)} of drivers{loose}"


def _tile(number: str, what: str, more: Iterable[str]) -> Markup:
    return tag(
        "div",
        tag("b", number),
        tag("span", what, class_="what"),
        tag("div", more, class_="more"),
        class_="tile",
    )


def _problems(report: Report, anchors: Sequence[str]) -> Markup | None:
    if not report.problems:
        return None
    ways = {one.shown: anchor for one, anchor in zip(report.drivers, anchors, strict=True) if one.has_details}
    items = (_problem(one, ways.get(one.driver, "")) for one in report.problems)
    return tag("section", tag("h2", "What needs a look"), tag("ul", items, class_="problems"))


def _problem(one: Problem, anchor: str) -> Markup:
    name = tag("a", one.driver, href=f"#{anchor}") if anchor else tag("b", one.driver)
    return tag(
        "li",
        badge("fails" if one.weight == BAD else "look", one.weight),
        tag(
            "div",
            name if one.driver else None,
            " " if one.driver else None,
            one.text,
            tag("p", one.remedy, class_="fix") if one.remedy else None,
        ),
    )


def _drivers(report: Report, anchors: Sequence[str]) -> Markup | None:
    if not report.drivers:
        return None
    head = ("driver", "state", "Python", "#generation", "local, public, built", "last launch", "#takes")
    rows = (_row(one, anchor) for one, anchor in zip(report.drivers, anchors, strict=True))
    notes = [*report.notes]
    if report.left_out:
        notes.insert(0, f"{things(report.left_out, 'more driver is', 'more drivers are')} not on this page")
    return tag(
        "section",
        tag("h2", "Drivers"),
        table(head, rows, "drivers"),
        [tag("p", note, class_="faint") for note in notes],
    )


def _row(one: Driver, anchor: str) -> tuple[str | Iterable[str], ...]:
    sizes = [row.size for row in one.generations if row.size is not None]
    counts = dict(tally(one.contents.distributions)) if one.contents else {}
    numbers = [f"{counts[kind]} {kind}" for kind in counts if counts[kind]]
    return (
        tag("a", one.shown, href=f"#{anchor}") if one.has_details else one.shown,
        state_badge(one),
        one.python or NOTHING,
        str(one.told or NOTHING),
        ", ".join(numbers) or NOTHING,
        moment(one.last),
        amount(sum(sizes)) if sizes else NOTHING,
    )
