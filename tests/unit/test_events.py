from __future__ import annotations

import dataclasses
import inspect

import pytest

from driverenv import events
from driverenv.events import Event, Listener, ignore
from tests.unit.model.copies import pickled

KINDS = [kind for _, kind in inspect.getmembers(events, inspect.isclass) if issubclass(kind, Event)]
VALUES = {"str": "text", "int": 3, "float": 0.25, "bool": True, "int | None": None}


def made(kind: type[Event]) -> Event:
    return kind(**{field.name: VALUES[str(field.type)] for field in dataclasses.fields(kind)})


def test_these_are_the_events() -> None:
    names = {kind.__name__ for kind in KINDS} - {"Event"}
    assert names == {
        "Asked",
        "Building",
        "Built",
        "Downloaded",
        "Downloading",
        "Linking",
        "Ready",
        "Resolving",
        "Solved",
        "Started",
        "Warned",
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
