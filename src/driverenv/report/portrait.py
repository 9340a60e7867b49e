"""The section of one driver."""

from __future__ import annotations

from collections.abc import Iterable

from driverenv.report import contents, failing, strip
from driverenv.report.content import FAILS, WELL, Driver, Generation
from driverenv.report.markup import Markup, joined, tag, void
from driverenv.report.parts import badge, code, facts, state_badge, table, to_open
from driverenv.report.wording import HOW, NOTHING, amount, moment, things


def portrait(driver: Driver, anchor: str) -> Markup:
    """All that there is to say of a driver; one that needs a look is open."""
    head = [tag("h3", driver.shown), state_badge(driver), tag("span", driver.why, class_="faint")]
    return tag(
        "section",
        to_open(
            head,
            _account(driver),
            _launches(driver),
            failing.failures(driver.failures, is_current=driver.state == FAILS),
            _environment(driver),
            _generations(driver),
            is_open=driver.state != WELL,
        ),
        id=anchor,
        class_="driver",
    )


def _account(driver: Driver) -> Markup:
    gone = [] if driver.is_there or not driver.path else [badge("nothing is there now", "warn")]
    return facts(
        (
            ("path", [code(driver.path), Markup(" "), *gone] if driver.path else []),
            ("last launch", moment(driver.last) if driver.last else ""),
        )
    )


def _launches(driver: Driver) -> Markup | None:
    if not driver.launches:
        return None
    told = ", ".join(f"{count:,} {how}" for how, count in driver.counts)
    total = sum(count for _, count in driver.counts)
    damaged = (
        [tag("p", f"{things(driver.damaged, 'line')} of its history could not be read", class_="faint")]
        if driver.damaged
        else []
    )
    rows = [(badge(how, f"how-{how}"), f"{count:,}", HOW.get(how, how)) for how, count in driver.counts]
    return joined(
        tag("h4", "Launches"),
        tag(
            "p",
            strip.launches(driver.launches),
            tag("span", f"{things(total, 'launch', 'launches')}: {told}"),
            class_="launches",
        ),
        damaged,
        to_open("what these words mean", table(("word", "#launches", "meaning"), rows)),
    )


def _environment(driver: Driver) -> Markup | None:
    told = next((one for one in driver.generations if one.number == driver.told), None)
    if told is not None and driver.contents is not None:
        which = "Its environment" if told.is_current else "An environment that it had"
        return joined(
            tag("h4", f"{which}: generation {told.number}, made {moment(told.made)}"),
            contents.contents(driver.shown, driver.contents),
        )
    if told is None:
        return tag("p", "It never came to an environment.")
    if not told.is_there:
        return tag("p", "Its environment is not there any more; the next launch makes it again.")
    return tag("p", "The receipt of its environment cannot be read.", class_="damaged")


def _generations(driver: Driver) -> Markup | None:
    if not driver.generations:
        return None
    rows = (_generation(one) for one in reversed(driver.generations))
    earlier = f"{things(driver.earlier, 'earlier generation is', 'earlier generations are')} left out"
    return joined(
        tag("h4", "Its environments, and what changed"),
        table(("#no.", "made", "why", "what changed", "last used", "#takes"), rows, "generations"),
        tag("p", earlier, class_="faint") if driver.earlier else None,
    )


def _generation(one: Generation) -> tuple[str | Iterable[str], ...]:
    marks = [
        *([badge("current", "good")] if one.is_current else []),
        *([badge("gone back to", "warn")] if one.is_pinned else []),
        *([badge("in use", "local")] if one.is_held else []),
        *([] if one.is_there else [badge("removed", "faded")]),
    ]
    return (
        str(one.number),
        [moment(one.made), void("br"), tag("span", f"Python {one.python} ", class_="faint"), *marks],
        "; ".join(one.causes),
        [tag("ul", (tag("li", line) for line in one.changes), class_="plain")] if one.changes else NOTHING,
        moment(one.used),
        amount(one.size),
    )
