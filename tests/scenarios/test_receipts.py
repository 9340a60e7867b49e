"""Every scenario that ends well, made for real over a fake transport: what is written down of it is what it should be."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from driverenv import Request
from driverenv.events import Event
from driverenv.records.schema import schema
from driverenv.stories import making, reading
from driverenv.stories.site import open_site
from driverenv.stories.workshop import open_workshop
from tests.kit import Scenario, Web, find_interpreter, load_scenarios
from tests.kit.order import end_of
from tests.scenarios import playing
from tests.scenarios.fake_transport import FakeTransport
from tests.scenarios.playing import RUNNING, Homes

EVERYDAY = ("a07b-sdist-with-metadata", "a09-absent", "c16-public-exception")
"""A build, an absence with its proof, an exception in force; all others are slow."""
ONLY_LOCKED = ("b09-sidecar-hides-nothing",)
"""A lock believes the sidecar; its wheel says otherwise, and then nothing is made."""
ROWS = [
    pytest.param(name, one, id=name, marks=[] if name in EVERYDAY else [pytest.mark.slow])
    for name, one in load_scenarios(Path(__file__).parent).items()
    if one.expect.error is None and not playing.other_platform(one) and name not in ONLY_LOCKED
]


@cache
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.FormatChecker())


def receipts(
    scenario: Scenario, folder: Path, homes: Homes
) -> tuple[list[dict[str, Any]], dict[str, Any], Path]:
    """Those of all environments, then the driver's own, and where that lies."""
    for earlier in scenario.earlier():
        playing.over_a_fake(earlier, folder, homes)
    web = Web(scenario.universe)
    site = playing.prepare_site(scenario, folder, web.bases, web.PUBLIC)
    python = None if scenario.request.python == RUNNING else find_interpreter(scenario.request.python)
    home = homes.home(folder)
    request = Request(site.driver / playing.REQUIREMENTS, policy=site.policy, home=home, python=python)
    events: list[Event] = []
    transport = FakeTransport(web, site.policy)
    with open_workshop(open_site(request), events.append, transport=transport) as workshop:
        made = making.make(workshop, reading.read(workshop).requirements, name="driver")
    assert end_of(events) == "linked"
    found = [json.loads(path.read_bytes()) for path in home.glob("environments/*/receipt.json")]
    own = Path(made.environment.receipt)
    return found, json.loads(own.read_bytes()), own


@pytest.mark.parametrize(("name", "scenario"), ROWS)
def test_receipts_are_as_their_schema_says(
    name: str, scenario: Scenario, tmp_path: Path, homes: Homes
) -> None:
    found, own, path = receipts(scenario, tmp_path, homes)
    for one in found:
        validator().validate(one)
    pins = {
        row["name"]: (row["version"], row.get("direct") or row["index"]["name"])
        for row in own["distributions"]
    }
    assert pins == {
        project: (pin.version, pin.index) for project, pin in (scenario.expect.pins or {}).items()
    }
    lines = own["request"]["requirements"]
    begins = {f"{one['file']} line {one['line']}: {one['text']}" for one in lines}
    begins |= {f"the site's baseline: {one}" for one in own["request"]["baseline"]}
    answers = {row["project"]: row for row in own["answers"]}
    for row in own["distributions"]:
        assert answers[row["name"]]["found"] == row["index"]["name"]
        assert answers[row["name"]]["rule"] == row["rule"] != ""
        assert row["chain"][0] in begins
        assert row["chain"][-1] in row["requested_by"]
        assert row["size"] > 0
    told = {warning["text"] for warning in own["warnings"]}
    for wanted in scenario.expect.warnings:
        assert any(wanted in text for text in told)
    log = (path.parent / "InstallRequirements_driver.log").read_text(encoding="utf-8")
    for project in answers:
        assert f"  {project}: " in log
