"""Each scenario, played in memory, over a fake transport, over a real pypiserver and over a folder."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from driverenv import Index, Policy, Request
from driverenv.errors import DriverEnvError
from driverenv.events import Event, Warned
from driverenv.requirements import read
from driverenv.stories.lock import lock
from tests.kit import Asked, Pin, Scenario, Web, find_interpreter, load_scenarios
from tests.scenarios import golden, memory, outcome
from tests.scenarios.fake_transport import FakeTransport
from tests.scenarios.lab import Lab
from tests.scenarios.outcome import Outcome

SCENARIOS = load_scenarios(Path(__file__).parent)
REQUIREMENTS = "requirements.txt"
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True, slots=True)
class Site:
    """A scenario set up: where its indexes are, and the driver whose requirements are asked for."""

    scenario: Scenario
    policy: Policy
    driver: Path
    places: Mapping[str, str]
    """What is replaced in error texts: URLs and paths, each by its placeholder."""


def prepare_site(scenario: Scenario, folder: Path, locations: Mapping[str, str], public: str) -> Site:
    """Write the requirements file, and make the policy for indexes at these places."""
    policy = Policy(
        mode=scenario.request.mode,
        local=[Index(locations[one.name], name=one.name) for one in scenario.universe.local],
        public=Index(f"{public}/simple/", name=scenario.universe.public.name),
        **scenario.request.policy,  # type: ignore[arg-type]
    )
    driver = folder / "driver"
    driver.mkdir()
    named = {f"<{name}>": place for name, place in (*locations.items(), ("public", public))}
    write_driver(scenario, driver, named)
    places = {place: name for name, place in named.items()} | {
        Web.PUBLIC_FILES: "<public>",
        str(driver / REQUIREMENTS): f"<driver>/{REQUIREMENTS}",
        str(folder): "<tmp>",
    }
    return Site(scenario, policy, driver, places)


def write_driver(scenario: Scenario, driver: Path, named: Mapping[str, str]) -> None:
    """The requirements file, and those after a line "=== NAME", with <index> and <sha256 FILE> put in."""
    digests = {
        f"<sha256 {stored.filename}>": f"sha256:{stored.sha256}"
        for index in scenario.universe.local
        for _, _, stored in index.files()
    }
    path = driver / REQUIREMENTS
    path.touch()
    for line in scenario.request.requirements:
        if line.startswith("=== "):
            path = driver / line.removeprefix("=== ")
            continue
        text = line
        for placeholder, meant in {**named, **digests}.items():
            text = text.replace(placeholder, meant)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")


def text_of(site: Site, played: Outcome) -> str:
    """The error's text, the same on every machine."""
    return golden.with_placeholders(str(played.error), site.places)


def lock_site(
    site: Site, home: Path, *, transport: FakeTransport | None = None
) -> tuple[dict[str, Pin] | None, DriverEnvError | None, tuple[str, ...]]:
    """Pins or an error, and the warnings."""
    events: list[Event] = []
    python = site.scenario.request.python
    request = Request(
        site.driver / REQUIREMENTS,
        policy=site.policy,
        home=home,
        python=None if python == RUNNING else find_interpreter(python),
    )
    pins: dict[str, Pin] | None = None
    error: DriverEnvError | None = None
    try:
        found = lock(request, on_event=events.append, transport=transport)
    except DriverEnvError as raised:
        error = raised
    else:
        pins = {pin.name: Pin(pin.version, pin.index) for pin in found.pins}
        assert all(pin.public == (pin.index == "public") for pin in found.pins)
    return pins, error, tuple(one.text for one in events if isinstance(one, Warned))


def each(why_not: Callable[[Scenario], list[str]]) -> pytest.MarkDecorator:
    """All scenarios; those with a reason are skipped, and say it."""
    rows = [
        pytest.param(name, scenario, id=name, marks=[pytest.mark.skip(one) for one in why_not(scenario)[:1]])
        for name, scenario in SCENARIOS.items()
    ]
    return pytest.mark.parametrize(("name", "scenario"), rows)


def nothing(scenario: Scenario) -> list[str]:
    """Memory can play any target."""
    del scenario
    return []


def other_platform(scenario: Scenario) -> list[str]:
    """Why this machine's interpreter cannot be its target."""
    platform = scenario.request.platform
    if platform is not None and not sys.platform.startswith(platform):
        return [f"its target is a Python on {platform}"]
    return []


def beyond_pypiserver(scenario: Scenario) -> list[str]:
    """Why real servers cannot play it."""
    reasons = other_platform(scenario)
    if scenario.needs_a_fake():
        reasons.append("no pypiserver has such pages or faults")
    public = scenario.universe.public
    if public.fault or any(project.fault for project in public.projects.values()):
        reasons.append("faults of the public index are played by the fake transport")
    return reasons


def beyond_folders(scenario: Scenario) -> list[str]:
    """Why folders cannot play it."""
    reasons = beyond_pypiserver(scenario)
    if not scenario.universe.local:
        reasons.append("it has no local index")
    return reasons


@each(nothing)
def test_in_memory(name: str, scenario: Scenario, tmp_path: Path) -> None:
    web = Web(scenario.universe)
    site = prepare_site(scenario, tmp_path, web.bases, web.PUBLIC)
    sources = [index.location for index in (*site.policy.local, site.policy.public) if index]
    played: Outcome
    try:
        requirements = read(site.driver / REQUIREMENTS, sources=sources)
    except DriverEnvError as error:
        played = Outcome(error=error)
    else:
        played = memory.play(scenario, requirements, site.policy, web)
    outcome.check(scenario, played)
    if played.error is not None:
        golden.check(name, text_of(site, played), may_update=False)


@each(other_platform)
def test_over_a_fake_transport(name: str, scenario: Scenario, tmp_path: Path) -> None:
    web = Web(scenario.universe)
    site = prepare_site(scenario, tmp_path, web.bases, web.PUBLIC)
    pins, error, warnings = lock_site(site, tmp_path / "home", transport=FakeTransport(web, site.policy))
    asked: set[Asked] = set()
    for index in {row.origin for row in web.log}:
        asked |= outcome.asked_of(web.log, index)
    played = Outcome(pins=pins, error=error, asked=asked, warnings=warnings)
    outcome.check(scenario, played)
    if error is not None:
        golden.check(name, text_of(site, played))


@each(beyond_pypiserver)
def test_over_pypiserver(name: str, scenario: Scenario, tmp_path: Path, lab: Lab) -> None:
    servers = lab.set_up(scenario.universe)
    locations = {
        one.name: server.url for one, server in zip(scenario.universe.local, servers.locals, strict=True)
    }
    site = prepare_site(scenario, tmp_path, locations, servers.public.url)
    pins, error, warnings = lock_site(site, tmp_path / "home")
    asked = outcome.asked_of(servers.public.log.paths(), scenario.universe.public.name)
    for number, local in enumerate(scenario.universe.local):
        asked |= outcome.asked_of(servers.paths(number), local.name)
    played = Outcome(pins=pins, error=error, asked=asked, warnings=warnings)
    outcome.check(scenario, played)
    if error is not None:
        golden.check(name, text_of(site, played), may_update=False)


@each(beyond_folders)
def test_over_a_folder(name: str, scenario: Scenario, tmp_path: Path, lab: Lab) -> None:
    public = lab.public(scenario.universe)
    locations = {
        one.name: str(one.write_folder(tmp_path / "indexes" / one.name)) for one in scenario.universe.local
    }
    site = prepare_site(scenario, tmp_path, locations, public.url)
    pins, error, warnings = lock_site(site, tmp_path / "home")
    asked = outcome.asked_of(public.log.paths(), scenario.universe.public.name)
    played = Outcome(
        pins=pins, error=error, asked=asked, watched={scenario.universe.public.name}, warnings=warnings
    )
    outcome.check(scenario, played)
    if error is not None:
        golden.check(name, text_of(site, played), variant="folder")


def test_golden_texts_have_their_scenarios() -> None:
    names = {path.stem.removeprefix("scenario-") for path in golden.FOLDER.glob("scenario-*.txt")}
    told = {name.removesuffix(".folder") for name in names if not name.startswith("rows-")}
    assert told <= set(SCENARIOS)
