"""Each scenario, played in memory, over a fake transport, over a real pypiserver and over a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from driverenv.errors import DriverEnvError
from driverenv.requirements import read
from tests.kit import Scenario, Web, load_scenarios
from tests.scenarios import golden, memory, outcome, playing
from tests.scenarios.lab import Lab
from tests.scenarios.outcome import Outcome
from tests.scenarios.playing import Homes

SCENARIOS = load_scenarios(Path(__file__).parent)


def each(why_not: Callable[[Scenario], list[str]]) -> pytest.MarkDecorator:
    """All scenarios; those with a reason are skipped, and say it."""
    rows = [
        pytest.param(name, scenario, id=name, marks=[pytest.mark.skip(one) for one in why_not(scenario)[:1]])
        for name, scenario in SCENARIOS.items()
    ]
    return pytest.mark.parametrize(("name", "scenario"), rows)


@each(memory.why_not)
def test_in_memory(name: str, scenario: Scenario, tmp_path: Path) -> None:
    web = Web(scenario.universe)
    site = playing.prepare_site(scenario, tmp_path, web.bases, web.PUBLIC)
    played: Outcome
    try:
        requirements = read(site.driver / playing.REQUIREMENTS, policy=site.policy)
    except DriverEnvError as error:
        played = Outcome(error=error)
    else:
        played = memory.play(scenario, requirements, site.policy, web)
    outcome.check(scenario, played)
    if played.error is not None:
        golden.check(name, playing.text_of(site, played), may_update=False)


@each(playing.other_platform)
def test_over_a_fake_transport(name: str, scenario: Scenario, tmp_path: Path, homes: Homes) -> None:
    site, played = playing.over_a_fake(scenario, tmp_path, homes)
    outcome.check(scenario, played)
    if played.error is not None:
        golden.check(name, playing.text_of(site, played))


@each(playing.beyond_pypiserver)
def test_over_pypiserver(name: str, scenario: Scenario, tmp_path: Path, homes: Homes, lab: Lab) -> None:
    site, played = playing.over_pypiserver(scenario, tmp_path, homes, lab)
    outcome.check(scenario, played)
    if played.error is not None:
        golden.check(name, playing.text_of(site, played), may_update=False)


@each(playing.beyond_folders)
def test_over_a_folder(name: str, scenario: Scenario, tmp_path: Path, homes: Homes, lab: Lab) -> None:
    site, played = playing.over_a_folder(scenario, tmp_path, homes, lab)
    outcome.check(scenario, played)
    if played.error is not None:
        golden.check(name, playing.text_of(site, played), variant="folder")


def test_golden_texts_have_their_scenarios() -> None:
    names = {path.stem.removeprefix("scenario-") for path in golden.FOLDER.glob("scenario-*.txt")}
    told = {name.partition(".")[0] for name in names if not name.startswith("rows-")}
    assert told <= set(SCENARIOS)
