"""Which override would do, and that it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from packaging.utils import canonicalize_name

from driverenv.model.resolution import Conflict
from driverenv.resolve import cure
from tests.unit.resolve.worlds import F, World

PUBLIC: Mapping[str, Sequence[str | F]] = {
    "a": [F("1", ("lib>=2",))],
    "b": [F("1", ("lib<2",))],
    "lib": ["3", "2", "1"],
}


def override_of(text: str, *, overrides: tuple[str, ...] = ()) -> str | None:
    """What is said, "" for nothing; None where all is well."""
    outcome = World(public=PUBLIC, overrides=overrides).play(text)
    if not isinstance(outcome.found, Conflict):
        return None
    said = str(outcome.error.data.get("override", ""))
    assert (f'overrides = ["{said}"]' in outcome.error.remedies[-1]) == bool(said)
    return said


@pytest.mark.parametrize(
    ("text", "override"),
    [
        ("a\nlib<2\n", "lib<2"),  # what the driver says itself comes first
        ("a\nb\n", "lib>=2"),
        ("lib<2\nlib>=3\n", ""),  # lines alone can be changed
    ],
)
def test_what_would_do(text: str, override: str) -> None:
    found = override_of(text)
    assert (found or "") == override
    if override:
        assert override_of(text, overrides=(override,)) is None


def test_what_is_proved_not_to_do_is_not_said() -> None:
    lib: Sequence[str | F] = [F("2"), F("1", ("more<2",))]
    world = World(public={"a": [F("1", ("lib>=2",))], "lib": lib, "more": ["2", "1"]})
    assert world.play("a\nlib<2\nmore>=2\n").error.data["override"] == "lib>=2"


def test_a_lock_is_not_overridden() -> None:
    world = World(public=PUBLIC)
    played = world.play("a\nb\n")
    assert isinstance(played.found, Conflict)
    lines = [one for one in played.found.demands if one.parent is None]
    sides = [(canonicalize_name("lib"), played.found.causes)]
    exact = replace(played.rules, exact=True)
    assert cure.override(lines, sides, played.facts, world.target, exact) == ""
    assert cure.override(lines, sides, played.facts, world.target, played.rules) != ""
