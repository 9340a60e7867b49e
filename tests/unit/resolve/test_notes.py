"""What is good and yet worth a word."""

from __future__ import annotations

from driverenv import resolve
from driverenv.model.resolution import Resolution
from tests.unit.resolve.worlds import F, World

WORLD = World(
    local={
        "old": [F("1", yanked="it\x1bleaks")],
        "early": ["1.0b1"],
        "plain": [F("1", extras=("known",))],
        "legacy": [F("1", ('plain; extra == "dev"',))],
    }
)


def told(text: str) -> list[str]:
    outcome = WORLD.play(text)
    assert isinstance(outcome.found, Resolution)
    return [code for code, _ in resolve.notes(outcome.found, outcome.facts, outcome.rules)]


def test_notes() -> None:
    assert told("plain[known]\nlegacy[dev]") == []
    assert told("plain[unknown]") == ["UNKNOWN_EXTRA"]
    assert told("old==1") == ["YANKED"]
    assert told("early") == ["PRERELEASE"]
    assert told("early==1.0b1") == told("--pre\nearly") == []
