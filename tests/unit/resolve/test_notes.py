"""What is good and yet worth a word."""

from __future__ import annotations

from dataclasses import replace

from driverenv import resolve
from driverenv.model.resolution import Resolution
from driverenv.model.site import Correction
from tests.unit.resolve.worlds import F, World, read

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


def test_what_a_lock_lacks() -> None:
    world = World(
        local={
            "a": [F("1", ("b", "c>1", 'd; python_version < "3"', 'e; extra == "x"'))],
            "b": [F("1", ("c", "A"))],
            "f": [F("1", unusable="torn")],
        },
        baseline=("agent", "b"),
    )
    wanted = replace(read("a==1\nb==1\nf==1"), exact=True)
    outcome = world.play(wanted)
    assert isinstance(outcome.found, Resolution)
    pins = [pin.candidate for pin in outcome.found.pins]
    truths = {one: world.known(one) for one in pins}
    assert resolve.incomplete(truths, world.target, outcome.rules) == (
        "the lock lacks what is needed: agent (for the site's baseline), c (for a 1); nothing was added to it",
    )
    corrected = replace(world, baseline=(), corrections=(Correction("a", requires=["b"]),))
    text = resolve.incomplete(truths, world.target, corrected.rules(wanted))
    assert text == ("the lock lacks what is needed: c (for b 1); nothing was added to it",)
    assert resolve.incomplete(truths, world.target, replace(outcome.rules, exact=False)) == ()
    assert resolve.incomplete({pins[2]: truths[pins[2]]}, world.target, corrected.rules(wanted)) == ()


def test_a_lock_that_lacks_very_much() -> None:
    world = World(local={"a": [F("1", tuple(f"x{number}" for number in range(100)))]})
    wanted = replace(read("a==1"), exact=True)
    outcome = world.play(wanted)
    assert isinstance(outcome.found, Resolution)
    (pin,) = outcome.found.pins
    (text,) = resolve.incomplete({pin.candidate: world.known(pin.candidate)}, world.target, outcome.rules)
    assert "and 90 more; nothing was added" in text
    assert len(text) < 400
