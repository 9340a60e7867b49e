"""One driver, and one environment without a driver, as a report tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from driverenv.generations.drivers import is_there
from driverenv.report.content import BACK, FAILS, REMOVED, STALE, WELL, Contents, Driver, Generation, Unread
from driverenv.stories.chronicle import Chronicle
from driverenv.stories.inventory import State
from driverenv.stories.reporting import launches, receipts
from driverenv.stories.reporting.texts import plain, several

MOST_GENERATIONS = 20
_MOST_CHANGES = 40


def outline(told: Chronicle, name: str, key: str = "") -> Driver:
    """What is known of a driver without reading a receipt; `key`: the environment whose contents are wanted."""
    states = told.states[-MOST_GENERATIONS:]
    current = next((one for one in told.states if one.is_current), None)
    wanted = next((one for one in reversed(told.states) if one.generation.key == key), current)
    if wanted is not None and wanted not in states:
        states = (wanted, *states)
    return Driver(
        shown=plain(told.shown, 200),
        name=plain(name, 200),
        path=plain(told.driver),
        is_there=is_there(told.driver),
        state=launches.state(told),
        why="",
        python="" if current is None else plain(current.generation.python, 40),
        last=told.launches[-1].when if told.launches else "" if current is None else plain(current.used, 40),
        generations=tuple(map(_generation, states)),
        earlier=len(told.states) - len(states),
        launches=launches.newest(told),
        counts=launches.counts(told),
        damaged=told.damaged,
        failures=(),
        told=0 if wanted is None else wanted.generation.number,
        contents=None,
    )


def _generation(state: State) -> Generation:
    one = state.generation
    return Generation(
        number=int(one.number),
        key=plain(one.key, 40),
        made=plain(one.made, 40),
        python=plain(one.python, 40),
        causes=tuple(plain(cause.text) for cause in one.causes),
        changes=several(list(one.changes), _MOST_CHANGES),
        is_there=state.is_there,
        is_current=state.is_current,
        is_pinned=state.is_pinned,
        is_held=state.is_held,
        used=state.used,
        size=None,
    )


def measured(driver: Driver, sizes: Mapping[str, int]) -> Driver:
    """With what each of its environments takes."""
    rows = (replace(one, size=sizes.get(one.key) if one.is_there else None) for one in driver.generations)
    return replace(driver, generations=tuple(rows))


def in_full(home: str, driver: Driver, told: Chronicle, *, alone: bool) -> tuple[Driver, tuple[Unread, ...]]:
    """With the failures and with what is in its environment; and what of it cannot be read."""
    failures, unread = launches.failures(home, driver.name, told.driver, alone=alone)
    contents: Contents | None = None
    wanted = next((one for one in driver.generations if one.number == driver.told), None)
    if wanted is not None and wanted.is_there:
        contents, more = environment(home, wanted.key)
        unread = (*more, *unread)
    return replace(driver, failures=failures, contents=contents), unread


def environment(home: str, key: str) -> tuple[Contents | None, tuple[Unread, ...]]:
    """What the receipt of an environment says; or that it cannot be read."""
    path = Path(home, "environments", key, "receipt.json")
    try:
        return receipts.contents(path), ()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        return None, (Unread(plain(path), plain(why)),)


def without_details(driver: Driver) -> Driver:
    """For a page that has too many of them: a row of the table."""
    return replace(driver, generations=driver.generations[-1:], launches=(), has_details=False)


def explained(driver: Driver) -> Driver:
    """With a sentence on how it is."""
    return replace(driver, why=_why(driver))


def _why(driver: Driver) -> str:
    if driver.state == FAILS:
        code = driver.launches[-1].code if driver.launches else ""
        newest = driver.failures[0] if driver.failures else None
        return f"{code}: {newest.summary}" if newest is not None and newest.code == code else code
    if driver.state == STALE:
        return "an index did not answer, so it launched with what was there"
    if driver.state == BACK:
        return f"somebody went back to generation {driver.told}"
    return "its environment was removed; the next launch makes it again" if driver.state == REMOVED else ""


def orphan(home: str, key: str) -> tuple[Driver, tuple[Unread, ...]]:
    """An environment that no driver has, told like a driver."""
    contents, unread = environment(home, key)
    folder = next(iter(sorted(Path(home, "environments", key).glob("*/pyvenv.cfg"))), None)
    name = plain(folder.parent.name if folder is not None else key, 200)
    made = Generation(
        1,
        key,
        contents.created if contents else "",
        contents.python if contents else "",
        ("no driver remembers it",),
        (),
        is_there=True,
        is_current=True,
        is_pinned=False,
        is_held=False,
        used="",
        size=None,
    )
    return Driver(
        shown=name,
        name=name,
        path="",
        is_there=False,
        state=WELL,
        why="",
        python=made.python,
        last="",
        generations=(made,),
        earlier=0,
        launches=(),
        counts=(),
        damaged=0,
        failures=(),
        told=1,
        contents=contents,
    ), unread
