from __future__ import annotations

import dataclasses
import inspect

import pytest

from driverenv import events
from driverenv.events import Event, Listener, ignore
from tests.unit.model.copies import pickled

KINDS = [kind for _, kind in inspect.getmembers(events, inspect.isclass) if issubclass(kind, Event)]
VALUES = {
    "str": "text",
    "int": 3,
    "float": 0.25,
    "bool": True,
    "int | None": None,
    "tuple[str, ...]": ("x",),
    "Stages": (("read", 0.1),),
    "tuple[Traffic, ...]": (events.Traffic("lab", False, 2, 0.2, 0.1),),
}


def made(kind: type[Event]) -> Event:
    return kind(**{field.name: VALUES[str(field.type)] for field in dataclasses.fields(kind)})


def test_these_are_the_events() -> None:
    names = {kind.__name__ for kind in KINDS} - {"Event"}
    assert names == {
        "Asked",
        "Building",
        "Built",
        "BuiltElsewhere",
        "Downloaded",
        "Downloading",
        "Failed",
        "InterpreterChanged",
        "Linked",
        "Linking",
        "Locked",
        "Ready",
        "Resolving",
        "Solved",
        "Started",
        "StartupHook",
        "Uploading",
        "Warned",
        "Working",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_events_are_values(kind: type[Event]) -> None:
    event = made(kind)
    assert event == made(kind)
    assert pickled(event) == event
    assert len({event, made(kind)}) == 1
    assert not hasattr(event, "__dict__")
    for field in dataclasses.fields(kind):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(event, field.name, VALUES[str(field.type)])


@pytest.mark.parametrize("kind", KINDS)
def test_every_event_says_what_it_means(kind: type[Event]) -> None:
    assert kind.__doc__
    assert not kind.__doc__.startswith(kind.__name__)  # not the one that dataclasses write


def test_nobody_listens() -> None:
    listener: Listener = ignore
    assert listener(events.Linking(1)) is None  # type: ignore[func-returns-value]


def test_every_state_and_every_event_is_in_the_order() -> None:
    states = {after for row in events.ORDER.values() for after in row.values()} | {events.BEGIN}
    assert states == set(events.ORDER)
    named = {name for row in events.ORDER.values() for name in row}
    assert named == {kind.__name__ for kind in KINDS} - {"Event", *events.OUTSIDE}


def test_what_cannot_come_is_refused() -> None:
    state = events.following(events.BEGIN, events.Started("x", "3.12.1"))
    assert state == "resolving"
    with pytest.raises(ValueError, match="Linked does not come in the state 'resolving'"):
        events.following(state, events.Linked(1, 0.1))
    assert events.following(state, events.Failed("NOT_FOUND", "text", 0.1)) == events.END
    with pytest.raises(ValueError, match="Warned does not come in the state 'end'"):
        events.following(events.END, events.Warned("X", "text"))


def test_times_make_no_other_event() -> None:
    assert events.Solved(2, 1, 0.5) == events.Solved(2, 1)
    asked = events.Asked("six", "lab", "absent", False)
    assert {asked, events.Asked("six", "lab", "absent", False, "404", 0.1)} == {asked}
