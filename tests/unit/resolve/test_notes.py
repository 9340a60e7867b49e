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
    assert told("plain[one,two]\nlegacy[three]") == ["UNKNOWN_EXTRA"]
    assert told("old==1") == ["YANKED"]
    assert told("early") == ["PRERELEASE"]
    assert told("early==1.0b1") == told("--pre\nearly") == []


def test_thousands_of_unknown_extras_are_one_warning_and_no_work() -> None:
    names = ",".join(f"x{number}" for number in range(1500))
    effort = resolve.Effort()
    outcome = WORLD.play(f"plain[{names},known]\nlegacy[{names}]", effort=effort)
    assert isinstance(outcome.found, Resolution)
    assert effort.steps < 30
    ((code, text),) = resolve.notes(outcome.found, outcome.facts, outcome.rules)
    assert code == "UNKNOWN_EXTRA"
    assert "plain 1 has no extra 'x0'" in text
    assert "legacy 1 has no extra 'x0'" in text
    assert "and 1490 more" in text
    assert len(text) < 1000
