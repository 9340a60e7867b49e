"""An environment is there already, and the index that it came from is over HTTP (POLICY section G)."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from driverenv import Environment, Index, Policy, Request, prepare
from driverenv.errors import DriverEnvError
from driverenv.events import END, Event, Warned
from tests.kit import StaticIndex
from tests.kit.factories import StaticIndexFactory, UniverseFactory
from tests.kit.order import end_of
from tests.scenarios import golden

UNIVERSE = """
    [[local]]
    projects.widget = ["1.0"]
    [public.projects]
    widget = ["2.0"]
"""
SYSTEM = (
    (re.compile(r"(the connection failed) \(.*\)"), r"\1 (<what the system says>)"),
    (re.compile(r"(cannot be read): .*"), r"\1: <what the system says>"),
    (re.compile(r"environments.[0-9a-f]{40}."), "environments/<key>/"),
    (re.compile(r"driver.pyvenv"), "driver/pyvenv"),
)
"""What differs from system to system."""
MODES = pytest.mark.parametrize("mode", ["online", "offline"])


class Site:
    """A local index over HTTP, and a public one that has everything newer."""

    def __init__(self, local: StaticIndex, public: StaticIndex, folder: Path) -> None:
        self.local, self.public, self.folder = local, public, folder
        self.events: list[Event] = []
        driver = folder / "driver"
        driver.mkdir()
        (driver / "requirements.txt").write_text("widget\n", encoding="utf-8")

    def prepare(self, mode: str, *, minutes: float = 0, on_outage: str = "reuse") -> Environment:
        policy = Policy(
            mode=mode,
            local=[Index(self.local.url, name="local")],
            public=Index(self.public.simple_url, name="public"),
            byte_code="never",
            valid_for_minutes=minutes,
            on_outage=on_outage,
        )
        self.events.clear()
        request = Request(self.folder / "driver", policy=policy, home=self.folder / "home")
        try:
            return prepare(request, on_event=self.events.append)
        finally:
            assert end_of(self.events) == END

    def fails(self, name: str, mode: str, *, on_outage: str = "reuse") -> DriverEnvError:
        with pytest.raises(DriverEnvError) as raised:
            self.prepare(mode, on_outage=on_outage)
        places = {self.local.url: "<local>", self.public.url: "<public>", str(self.folder): "<tmp>"}
        text = golden.with_placeholders(str(raised.value), places)
        for pattern, placeholder in SYSTEM:
            text = pattern.sub(placeholder, text)
        golden.check(f"rows-{name}", text)
        return raised.value

    def warnings(self) -> list[str]:
        return [event.code for event in self.events if isinstance(event, Warned)]


@pytest.fixture
def site(universe: UniverseFactory, static_index: StaticIndexFactory, tmp_path: Path) -> Site:
    content = universe(UNIVERSE)
    return Site(static_index(content.local[0]), static_index(content), tmp_path)


@MODES
def test_g1_within_its_validity_nobody_is_asked(site: Site, mode: str) -> None:
    first = site.prepare(mode, minutes=60)
    site.local.log.clear()
    assert site.prepare(mode, minutes=60) == first
    assert (site.local.log.paths(), site.public.log.paths()) == ([], [])


@MODES
def test_g2_an_outage_does_not_stop_it(site: Site, mode: str) -> None:
    first = site.prepare(mode)
    site.local.stop()
    assert site.prepare(mode) == first
    assert site.warnings() == ["STALE"]
    assert site.public.log.paths() == []


@MODES
def test_g2_a_strict_site_fails(site: Site, mode: str) -> None:
    site.prepare(mode, on_outage="fail")
    site.local.stop()
    assert site.fails("g02-strict", mode, on_outage="fail").code == "LOCAL_DOWN"
    assert site.public.log.paths() == []


@MODES
def test_g3_a_damaged_one_is_made_anew(site: Site, mode: str) -> None:
    first = site.prepare(mode)
    damage(first)
    assert site.prepare(mode) == first
    assert Path(first.prefix, "pyvenv.cfg").is_file()
    assert site.public.log.paths() == []


@MODES
def test_g3_or_it_says_why_not(site: Site, mode: str) -> None:
    damage(site.prepare(mode))
    shutil.rmtree(
        site.folder / "home" / "wheels"
    )  # else it is made anew from there, without anybody's answer
    site.local.stop()
    assert site.fails("g03-damaged", mode).code == "ENV_CORRUPT"
    assert site.public.log.paths() == []


def damage(environment: Environment) -> None:
    Path(environment.prefix, "pyvenv.cfg").unlink()
