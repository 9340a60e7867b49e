"""One scenario, played: over a fake transport, over real pypiservers, over folders."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from driverenv import Index, Policy, Request
from driverenv.errors import DriverEnvError
from driverenv.events import END, Event, Warned
from driverenv.model.site import Exemption
from driverenv.stories.lock import lock
from tests.kit import Asked, Pin, Scenario, Web, find_interpreter
from tests.kit.order import end_of
from tests.kit.universe import IndexData
from tests.kit.variants import CARRIER, VERSION
from tests.scenarios import golden, outcome
from tests.scenarios.fake_transport import FakeTransport
from tests.scenarios.lab import Lab
from tests.scenarios.outcome import Outcome

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
    driver = folder / "driver"
    shutil.rmtree(driver, ignore_errors=True)
    driver.mkdir()
    named = {f"<{name}>": place for name, place in (*locations.items(), ("public", public))}
    named["<elsewhere>"] = Web.ELSEWHERE
    write_driver(scenario, driver, named)
    places = {place: name for name, place in named.items()} | {
        Web.ELSEWHERE: "<elsewhere>",
        Web.PUBLIC_FILES: "<public>",
        str(driver / REQUIREMENTS): f"<driver>/{REQUIREMENTS}",
        str(folder): "<tmp>",
    }
    policy = policy_of(scenario, {**locations, "public": f"{public}/simple/"}, named)
    return Site(scenario, policy, driver, places)


def policy_of(
    scenario: Scenario, locations: Mapping[str, str], named: Mapping[str, str] | None = None
) -> Policy:
    """The policy for indexes at these places; `exceptions` are tables of what an `Exemption` takes.

    In `direct_urls` the placeholders `named` are put in.
    """

    def index(one: IndexData) -> Index:
        terms: Mapping[str, Any] = one.terms
        return Index(locations[one.name], name=one.name, **terms)

    values: dict[str, Any] = dict(scenario.request.policy)
    values["exceptions"] = [Exemption(**one) for one in values.get("exceptions", ())]
    if "direct_urls" in values:
        values["direct_urls"] = [_filled(one, named or {}) for one in values["direct_urls"]]
    universe = scenario.universe
    return Policy(
        mode=scenario.request.mode,
        local=[index(one) for one in universe.local],
        extra=[index(one) for one in universe.extra],
        public=index(universe.public),
        **values,
    )


def write_driver(scenario: Scenario, driver: Path, named: Mapping[str, str]) -> None:
    """The requirements file, and those after a line "=== NAME"; and bundled wheels.

    <index>, <sha256 FILE> and, as the fragment of an address, <#FILE> are put in.
    """
    universe = scenario.universe
    digests = {}
    for index in (*universe.local, *universe.files_past_indexes):
        for _, _, stored in index.files():
            digests[f"<sha256 {stored.filename}>"] = f"sha256:{stored.sha256}"
            digests[f"<#{stored.filename}>"] = f"#sha256={stored.sha256}"
    if universe.bundled is not None:
        universe.bundled.write_folder(driver / "wheels")
    path = driver / REQUIREMENTS
    path.touch()
    for line in scenario.request.requirements:
        if line.startswith("=== "):
            path = driver / line.removeprefix("=== ")
            continue
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{_filled(line, {**named, **digests})}\n")


def _filled(text: str, named: Mapping[str, str]) -> str:
    for placeholder, meant in named.items():
        text = text.replace(placeholder, meant)
    return text


def text_of(site: Site, played: Outcome) -> str:
    """The error's text, the same on every machine."""
    return golden.with_placeholders(str(played.error), site.places)


class Homes:
    """New homes that know the interpreters already: asking one again and again would take most of the time."""

    def __init__(self, template: Path) -> None:
        self._template = template

    def home(self, folder: Path) -> Path:
        """The home of a scenario that is played in `folder`; the same one again where that has one."""
        home = folder / "home"
        if not home.exists():
            shutil.copytree(self._template, home)
        return home

    def learn(self, home: Path) -> None:
        """Keep what `home` found out about interpreters."""
        known = Path("documents", "interpreter")
        for path in (home / known).glob("*/*"):
            kept = self._template / path.relative_to(home)
            if not kept.exists():
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, kept)


def lock_site(site: Site, folder: Path, homes: Homes, *, transport: FakeTransport | None = None) -> Outcome:
    """Pins or an error, the warnings, and what was in the environment of a build; nobody watches who is asked."""
    events: list[Event] = []
    home = homes.home(folder)
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
        pins = {pin.name: Pin(pin.version, pin.direct or pin.index) for pin in found.pins}
        assert all(pin.public == (pin.index == "public") for pin in found.pins if not pin.direct)
    homes.learn(home)
    assert end_of(events) == END
    warnings = tuple(one.text for one in events if isinstance(one, Warned))
    return Outcome(pins=pins, error=error, warnings=warnings, built=dict(_built(home)), watched=())


def _built(home: Path) -> Iterator[tuple[str, Pin]]:
    """What the receipts say of the environments that the carrier's build had."""
    for path in home.glob("environments/*/receipt.json"):
        rows = json.loads(path.read_bytes())["distributions"]
        why = f"build of {CARRIER} {VERSION}: "
        if any(one.startswith(why) for row in rows for one in row["requested_by"]):
            yield from ((row["name"], Pin(row["version"], row["index"]["name"])) for row in rows)


def over_a_fake(scenario: Scenario, folder: Path, homes: Homes) -> tuple[Site, Outcome]:
    """No socket, no waiting."""
    for earlier in scenario.earlier():
        _went_well(over_a_fake(earlier, folder, homes)[1])
    web = Web(scenario.universe)
    site = prepare_site(scenario, folder, web.bases, web.PUBLIC)
    played = lock_site(site, folder, homes, transport=FakeTransport(web, site.policy))
    asked: set[Asked] = set()
    for index in {row.origin for row in web.log}:
        asked |= outcome.asked_of(web.log, index)
    return site, played.seen(asked)


def over_pypiserver(scenario: Scenario, folder: Path, homes: Homes, lab: Lab) -> tuple[Site, Outcome]:
    """Real pypiservers, and public on a real server as well."""
    for earlier in scenario.earlier():
        _went_well(over_pypiserver(earlier, folder, homes, lab)[1])
    servers, universe = lab.set_up(scenario.universe), scenario.universe
    locations = {one.name: server.url for one, server in zip(universe.local, servers.locals, strict=True)}
    site = prepare_site(scenario, folder, locations, servers.public.url)
    played = lock_site(site, folder, homes)
    asked = outcome.asked_of(servers.public.log.paths(), universe.public.name)
    for number, local in enumerate(universe.local):
        asked |= outcome.asked_of(servers.paths(number), local.name)
    return site, played.seen(asked)


def over_a_folder(scenario: Scenario, folder: Path, homes: Homes, lab: Lab) -> tuple[Site, Outcome]:
    """Folders, and public on a real server."""
    for earlier in scenario.earlier():
        _went_well(over_a_folder(earlier, folder, homes, lab)[1])
    public, universe = lab.public(scenario.universe), scenario.universe
    indexes = folder / "indexes"
    shutil.rmtree(indexes, ignore_errors=True)
    locations = {one.name: str(one.write_folder(indexes / one.name)) for one in universe.local}
    site = prepare_site(scenario, folder, locations, public.url)
    played = lock_site(site, folder, homes)
    name = universe.public.name
    return site, played.seen(outcome.asked_of(public.log.paths(), name), watched={name})


def _went_well(played: Outcome) -> None:
    assert played.error is None, f"\n{played.error}"


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
