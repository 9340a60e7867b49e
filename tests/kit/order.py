"""Whether events came in the documented order."""

from __future__ import annotations

from collections.abc import Iterable

from driverenv.events import BEGIN, Building, Built, Downloaded, Downloading, Event, following


def end_of(events: Iterable[Event]) -> str:
    """The state that a launch is in after `events`; an assertion fails where one could not come."""
    state = BEGIN
    coming: set[str] = set()
    building: list[str] = []
    for number, event in enumerate(events, 1):
        try:
            state = following(state, event)
        except ValueError as error:
            raise AssertionError(f"event {number}, {event}: {error}") from error
        match event:
            case Downloading():
                coming.add(event.filename)
            case Downloaded():
                coming.discard(event.filename)
            case Building():
                building.append(event.filename)
            case Built():
                assert event.filename in building, (
                    f"event {number}: {event.filename} is built, and never began"
                )
                building.remove(event.filename)
    if state in {"linking", "linked"}:
        assert not coming | set(building), f"linking, and not there: {coming}, {building}"
    return state
