"""What a person should look at, of all that a report tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from driverenv.report.content import BACK, BAD, FAILS, REMOVED, STALE, WARN, Driver, Problem, Unread

_MOST = 200


def problems(drivers: Iterable[Driver], unread: tuple[Unread, ...]) -> tuple[Problem, ...]:
    """The bad ones first, each in order of drivers."""
    found = [one for driver in drivers for one in _of(driver)]
    if unread:
        what = "1 thing" if len(unread) == 1 else f"{len(unread)} things"
        text = f"{what} below the home folder could not be read, and this page has nothing of it"
        found.append(Problem(WARN, "", text, "see what could not be read, at the end"))
    ordered = sorted(found, key=lambda one: one.weight != BAD)
    more = len(ordered) - _MOST
    rest = [Problem(WARN, "", f"and {more} more", "")] if more > 0 else []
    return (*ordered[:_MOST], *rest)


def _of(driver: Driver) -> Iterator[Problem]:
    if driver.state == FAILS:
        remedies = driver.failures[0].remedies if driver.failures else ()
        command = f'driverenv explain --last "{driver.path}"'
        yield Problem(
            BAD, driver.shown, f"its last launch failed: {driver.why}", next(iter(remedies), command)
        )
    elif driver.state in (STALE, BACK, REMOVED):
        remedy = f'driverenv env rollback "{driver.shown}" --release' if driver.state == BACK else ""
        remedy = "driverenv doctor" if driver.state == STALE else remedy
        yield Problem(WARN, driver.shown, driver.why, remedy)
    if driver.contents is not None and driver.contents.warnings:
        codes = ", ".join(dict.fromkeys(one.label for one in driver.contents.warnings))
        yield Problem(WARN, driver.shown, f"its environment was made with warnings: {codes}", "")
