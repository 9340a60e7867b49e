from __future__ import annotations

import inspect
import logging
import subprocess
import sys

import pytest

from driverenv import events
from driverenv.records import logger
from driverenv.records.logger import NAMES, OUTSIDE, log
from tests.unit.test_events import made

KINDS = [
    kind
    for _, kind in inspect.getmembers(events, inspect.isclass)
    if issubclass(kind, events.Event) and kind is not events.Event
]


def test_every_event_has_its_logger() -> None:
    assert {kind.__name__ for kind in set(KINDS) - set(NAMES)} == set(events.OUTSIDE)


@pytest.mark.parametrize("kind", KINDS)
def test_records_carry_their_event(kind: type[events.Event], caplog: pytest.LogCaptureFixture) -> None:
    event = made(kind)
    with caplog.at_level(logging.DEBUG, logger="driverenv"):
        log(event, "Switch \x1bDriver")
    (record,) = caplog.records
    name, level = NAMES.get(kind, OUTSIDE)
    assert (record.name, record.levelno) == (f"driverenv.{name}", level)
    assert record.event is event  # type: ignore[attr-defined]
    message = record.getMessage()
    assert message.startswith("Switch \\x1bDriver: ")
    assert len(message) > len("Switch \\x1bDriver: ")
    assert "\n" not in message


def test_a_level_that_nobody_wants_costs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="driverenv"):
        log(events.Warned("X", "text"), "x")
    assert caplog.records == []


def test_only_the_first_line_of_an_error(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="driverenv"):
        log(events.Failed("NOT_FOUND", "NOT_FOUND: six\n  asked  lab", 1.25), "x")
    assert caplog.messages == ["x: failed after 1.250 s: NOT_FOUND: six"]


def test_nothing_is_configured_and_nothing_is_printed() -> None:
    code = (
        "import logging; from driverenv import events; from driverenv.records.logger import log\n"
        "log(events.Warned('X', 'text'), 'x')\n"
        "print(logging.getLogger().handlers, logging.getLogger('driverenv').level,"
        " logging.getLogger('driverenv').propagate)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert (done.stdout.strip(), done.stderr) == ("[] 0 True", "")
    assert [type(one) for one in logging.getLogger(logger.ROOT).handlers] == [logging.NullHandler]
