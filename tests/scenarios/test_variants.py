"""Each scenario elsewhere: needed by a package, by an extra, by a build; and in the other mode."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kit import Scenario, load_scenarios
from tests.kit.variants import CARRIER, silent_offline, variants
from tests.scenarios import golden, outcome, playing
from tests.scenarios.lab import Lab
from tests.scenarios.outcome import Outcome
from tests.scenarios.playing import Homes, Site

SCENARIOS = load_scenarios(Path(__file__).parent)
VARIANTS = {name: variants(scenario) for name, scenario in SCENARIOS.items()}


def slow(scenario: Scenario) -> tuple[pytest.MarkDecorator, ...]:
    """Everyday tests play the requirements as written; what others need is for CI."""
    return () if scenario.position == "root" else (pytest.mark.slow,)


def each(why_not: Callable[[Scenario], list[str]], *positions: str) -> pytest.MarkDecorator:
    """All variants in these positions that can be played there."""
    rows = [
        pytest.param(name, key, id=f"{name}.{key}", marks=slow(scenario))
        for name, found in VARIANTS.items()
        for key, scenario in found.items()
        if scenario.position in positions and not why_not(scenario)
    ]
    return pytest.mark.parametrize(("name", "key"), rows)


def check(
    name: str, key: str, site: Site, played: Outcome, *, medium: str = "", may_update: bool = True
) -> None:
    """The outcome, who was asked, the chain, the text."""
    scenario = VARIANTS[name][key]
    outcome.check(scenario, played)
    if played.error is None:
        return
    text = playing.text_of(site, played)
    assert scenario.position == "root" or CARRIER in text, text
    golden.check_variant(name, key, text, medium=medium, may_update=may_update)


@each(playing.other_platform, "root", "transitive", "extra", "build")
def test_over_a_fake_transport(name: str, key: str, tmp_path: Path, homes: Homes) -> None:
    check(name, key, *playing.over_a_fake(VARIANTS[name][key], tmp_path, homes))


@pytest.mark.slow
@each(playing.beyond_pypiserver, "root")
def test_over_pypiserver(name: str, key: str, tmp_path: Path, homes: Homes, lab: Lab) -> None:
    check(name, key, *playing.over_pypiserver(VARIANTS[name][key], tmp_path, homes, lab), may_update=False)


@pytest.mark.slow
@each(playing.beyond_folders, "root")
def test_over_a_folder(name: str, key: str, tmp_path: Path, homes: Homes, lab: Lab) -> None:
    check(name, key, *playing.over_a_folder(VARIANTS[name][key], tmp_path, homes, lab), medium="folder")


def test_offline_is_never_left_unsaid() -> None:
    assert [name for name, scenario in SCENARIOS.items() if silent_offline(scenario)] == []


def test_golden_sections_have_their_variants() -> None:
    stale = [
        (name, key)
        for name, found in VARIANTS.items()
        for key in golden.read_sections(name)
        if key.removesuffix(" folder") not in found
    ]
    assert stale == []
