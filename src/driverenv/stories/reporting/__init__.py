"""The whole of a home on one page: what was written down is read, nobody is asked, and nothing is changed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from driverenv import __version__
from driverenv.report.content import WELL, Contents, Driver, Loose, Report, Trouble, Unread
from driverenv.report.wording import things
from driverenv.stories.journal import iso
from driverenv.stories.reporting import disk, drivers, launches, receipts
from driverenv.stories.reporting.everyone import One, everyone
from driverenv.stories.reporting.problems import problems
from driverenv.stories.reporting.scope import Scope, is_key, scope
from driverenv.stories.reporting.texts import plain

__all__ = ["report"]

MOST_DRIVERS = 2_000
MOST_DETAILED = 250
MOST_TOLD = 5_000
"""Distributions, of all drivers together."""
_MOST_UNREAD, _MOST_LOOSE, _MOST_TROUBLES = 200, 500, 100


def report(home: str, wanted: str | None = None, *, cwd: str, now: float) -> Report:
    """Everything that is known of a home, of a driver, or of an environment.

    Args:
        home: the home folder of the settings.
        wanted: what alone is meant: a driver, an environment, or another home; see `scope`.
        cwd: where relative paths begin.
        now: when the report is made, in seconds since the epoch; nothing else of it depends on the time.

    Raises:
        EnvironmentBroken: `ENV_UNKNOWN`: nothing is known of `wanted`.
        HomeUnusable: the home folder cannot be read.
    """
    meant = scope(home, wanted, cwd=cwd)
    found, unread = everyone(meant)
    whole = not (meant.driver or meant.key)
    owned = {row.generation.key for one in found for row in one.told.states}
    keys = disk.keys(meant.home) if whole else tuple(sorted(owned))
    sizes = disk.sizes(meant.home, keys)
    if meant.key and not found:
        told, more = drivers.orphan(meant.home, meant.key)
        shown, unread = [told], [*unread, *more]
        sizes = disk.sizes(meant.home, (meant.key,))
    else:
        shown = _detailed(meant.home, _chosen(found), unread)
    shown = [drivers.measured(one, sizes) for one in shown]
    return Report(
        made=iso(now),
        version=__version__,
        home=plain(meant.home),
        is_there=os.path.isdir(meant.home),
        scope=_shown_scope(meant),
        drivers=tuple(shown),
        problems=problems(shown, tuple(unread)),
        troubles=tuple(_troubles(found)),
        loose=tuple(_loose(meant.home, [key for key in keys if key not in owned], sizes)) if whole else (),
        places=disk.places(meant.home, sizes) if whole else (),
        unread=tuple(unread[:_MOST_UNREAD]),
        left_out=max(0, len(found) - MOST_DRIVERS),
        notes=tuple(_notes(shown, len(keys) - len(sizes), len(unread) - _MOST_UNREAD)),
    )


def _shown_scope(meant: Scope) -> str:
    return f"environment {meant.key}" if meant.key else plain(meant.driver)


def _chosen(found: Sequence[One]) -> list[One]:
    """Those that there is room for: all that need a look come before the others."""
    order = sorted(range(len(found)), key=lambda at: found[at].driver.state == WELL)
    return [found[at] for at in sorted(order[:MOST_DRIVERS])]


def _detailed(home: str, found: Sequence[One], unread: list[Unread]) -> list[Driver]:
    """The drivers in their order; those that need a look are told in detail first, as long as there is room."""
    order = sorted(range(len(found)), key=lambda at: found[at].driver.state == WELL)
    told: dict[int, Driver] = {}
    room = MOST_TOLD
    for at in order:
        one = found[at]
        if len(told) < MOST_DETAILED and room > 0:
            driver, more = drivers.in_full(home, one.driver, one.told, alone=one.alone)
            unread += more
            room -= len((driver.contents or Contents()).distributions)
            told[at] = drivers.explained(driver)
        else:
            told[at] = drivers.explained(drivers.without_details(one.driver))
    return [told[at] for at in range(len(found))]


def _troubles(found: Sequence[One]) -> list[Trouble]:
    rows = [row for one in found for row in launches.troubles(one.driver.shown, one.told)]
    return sorted(rows, key=lambda row: row.when, reverse=True)[:_MOST_TROUBLES]


def _loose(home: str, keys: Sequence[str], sizes: dict[str, int]) -> Iterator[Loose]:
    """Environments that no driver has: of builds, and of what is forgotten."""
    for key in keys[:_MOST_LOOSE]:
        folder = Path(home, "environments", key)
        name = next((one.parent.name for one in sorted(folder.glob("*/pyvenv.cfg"))), "")
        why = _purpose(folder) if name and is_key(key) else "this is no environment"
        yield Loose(plain(key, 40), plain(name, 200), why, sizes.get(key))


def _purpose(folder: Path) -> str:
    """What an environment was made for, that no driver has."""
    try:
        building = receipts.loaded(folder / "receipt.json")["request"]["building"][-1]
    except (OSError, ValueError, LookupError, TypeError):
        return "no driver has it"
    return plain(f"for the build of {building}", 200)


def _notes(shown: Sequence[Driver], unmeasured: int, unread: int) -> Iterator[str]:
    bare = sum(not one.has_details for one in shown)
    if bare:
        yield f"{things(bare, 'driver is', 'drivers are')} in the table only: driverenv report DRIVER tells of one in detail"
    if unmeasured > 0:
        yield f"{things(unmeasured, 'environment was', 'environments were')} not measured"
    if unread > 0:
        yield f"{things(unread, 'more thing')} could not be read"
