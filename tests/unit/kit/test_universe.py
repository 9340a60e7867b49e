"""Universes and scenarios: loaded, checked, rendered."""

from __future__ import annotations

import hashlib
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from packaging.metadata import Metadata

from tests.kit import (
    Asked,
    Fault,
    Pin,
    Scenario,
    ScenarioError,
    TransportFault,
    UnknownOriginError,
    Web,
    load_scenarios,
)
from tests.kit.factories import UniverseFactory
from tests.kit.pages import PYPI_JSON

GOOD = """
title = "Found locally"
rows = ["A1"]

[request]
requirements = ["six>=1", "Corp.Utils"]
mode = "offline"
python = "3.9"
policy = { builds = "never" }

[[local]]
projects.six = ["1.16.0", { version = "1.15.0", yanked = "broken" }]

[[local]]
name = "team"
fault = { status = 503, times = 1 }

[local.projects."Corp.Utils"]
fault = { redirect = "https://elsewhere.test/" }

[[local.projects."Corp.Utils".files]]
version = "2.0"
requires = ["six<2"]
requires_python = ">=3.8"
sdist = true

[public.projects]
six = ["1.17.0", { version = "1.18", sidecar = "lie" }]

[expect]
pins = { six = "1.16.0 @ local", "Corp.Utils" = "2.0 @ team" }
not_asked = ["public:*", "team:Six"]
"""


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


def test_a_scenario_is_loaded() -> None:
    scenario = Scenario.loads(GOOD)
    assert scenario.rows == ("A1",)
    assert scenario.request.mode == "offline"
    assert scenario.request.policy == {"builds": "never"}
    assert [one.name for one in scenario.universe.local] == ["local", "team"]
    assert scenario.universe.index("team").fault == Fault(status=503, times=1)
    assert scenario.universe.index("team").projects["corp-utils"].files[0].sdist
    assert scenario.expect.pins is not None
    assert scenario.expect.pins["corp-utils"] == Pin("2.0", "team")
    assert scenario.expect.not_asked == (Asked("public", "*"), Asked("team", "six"))
    assert "index team has a fault" in scenario.needs_a_fake()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (changed('rows = ["A1"]', 'rows = ["A1"]\nfurther = 1'), "scenario: unknown key 'further'"),
        (changed('title = "Found locally"', ""), "scenario: 'title' is missing"),
        (changed('mode = "offline"', 'mode = "airgap"'), "request.mode: 'airgap' is none of online, offline"),
        (changed('mode = "offline"', 'modus = "offline"'), "request: unknown key 'modus'"),
        (changed('"six>=1"', '"six>=1<=2"'), "requirements: 'six>=1<=2'"),
        (
            changed("sdist = true", "sidst = true"),
            r"local\[1\].projects.Corp.Utils.files\[0\]: unknown key 'sidst'",
        ),
        (changed("sdist = true", 'sdist = "yes"'), "sdist: expected true or false, found 'yes'"),
        (changed('version = "2.0"', ""), r"files\[0\]: 'version' is missing"),
        (changed("status = 503", "stauts = 503"), r"local\[1\].fault: unknown key 'stauts'"),
        (changed("times = 1", "reset = true, hang = true"), "only one of reset, hang"),
        (changed('name = "team"', 'name = "local"'), "two indexes of one name"),
        (changed("[public.projects]", "[public.projects]\nSix = []"), "'six' and 'Six' are one project"),
        (changed("1.16.0 @ local", "1.16.0"), 'pins.six: expected "VERSION @ INDEX"'),
        (changed("1.16.0 @ local", "1.16.0 @ lokal"), "no such index: lokal"),
        (changed("public:*", "public"), 'not_asked: expected "INDEX:PROJECT"'),
        (changed("[expect]", '[expect]\nerror = "X"'), "exactly one of pins and error"),
        (changed("[expect]", '[expect]\ntext = "X"'), "belong to an error"),
        (changed("[request]", "[request"), "scenario: "),
    ],
)
def test_what_is_wrong_is_named(text: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        Scenario.loads(text)


def test_scenarios_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.toml").write_text(GOOD)
    assert list(load_scenarios(tmp_path)) == ["a/one"]
    (tmp_path / "bad.toml").write_text("titel = 1")
    with pytest.raises(ScenarioError, match=r"bad\.toml"):
        load_scenarios(tmp_path)


def test_written_out_as_a_folder(tmp_path: Path) -> None:
    universe = Scenario.loads(GOOD).universe
    universe.write_folder(tmp_path / "local")
    assert {one.name for one in (tmp_path / "local").iterdir()} == {
        "six-1.16.0-py3-none-any.whl",
        "six-1.15.0-py3-none-any.whl",
    }
    assert [one.name for one in universe.write_folder(tmp_path / "team", "team").iterdir()] == [
        "corp_utils-2.0.tar.gz"
    ]


class Anchors(HTMLParser):
    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append(dict(attrs))


def web(universe: UniverseFactory) -> Web:
    return Web(
        universe(
            """
            [[local]]
            fallback = true
            projects.six = ["1.16.0"]
            projects.empty = []
            projects.down = { files = ["1.0"], fault = { refused = true } }
            projects.flaky = { files = ["1.0"], fault = { status = 503, times = 2 } }
            [public.projects]
            six = ["1.17.0", { version = "1.18", requires_python = "<4", yanked = "a 'reason'", requires = ["x"] }]
            lying = [{ version = "1.0", sidecar = "lie" }, { version = "2.0", sidecar = "missing" }]
            """
        )
    )


def test_pages_of_a_plain_index(universe: UniverseFactory) -> None:
    asked = web(universe)
    answer = asked.ask("GET", "http://local.test:8036/simple/six/", {"Accept": PYPI_JSON})
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    (link,) = Anchors(answer.body).found
    assert set(link) == {"href"}
    path, _, digest = str(link["href"]).partition("#sha256=")
    data = asked.ask("GET", f"http://local.test:8036{path}").body
    assert hashlib.sha256(data).hexdigest() == digest
    assert asked.ask("GET", "http://local.test:8036/simple/empty/").status == 200
    unknown = asked.ask("GET", "http://local.test:8036/simple/unknown/")
    assert (unknown.status, unknown.headers["Location"]) == (303, "https://pypi.org/simple/unknown/")
    assert asked.ask("GET", "http://local.test:8036/simple/Six/").headers["Location"] == "/simple/six/"
    assert b'href="six/"' in asked.ask("GET", "http://local.test:8036/simple/").body


def test_json_of_public_with_sidecars(universe: UniverseFactory) -> None:
    asked = web(universe)
    answer = asked.ask("GET", "https://pypi.org/simple/six/", {"Accept": f"{PYPI_JSON}, text/html;q=0.1"})
    assert answer.headers["Content-Type"] == PYPI_JSON
    document = json.loads(answer.body)
    assert document["name"] == "six"
    assert document["versions"] == ["1.17.0", "1.18"]
    row = document["files"][1]
    assert row["requires-python"] == "<4"
    assert row["yanked"] == "a 'reason'"
    data = asked.ask("GET", row["url"]).body
    assert (len(data), hashlib.sha256(data).hexdigest()) == (row["size"], row["hashes"]["sha256"])
    sidecar = asked.ask("GET", row["url"] + ".metadata").body
    assert hashlib.sha256(sidecar).hexdigest() == row["core-metadata"]["sha256"]
    assert Metadata.from_email(sidecar).requires_dist is not None
    assert row["url"].startswith("https://files.pythonhosted.org/")


def test_html_of_public(universe: UniverseFactory) -> None:
    answer = web(universe).ask("GET", "https://pypi.org/simple/six/")
    link = Anchors(answer.body).found[1]
    assert link["data-requires-python"] == "<4"
    assert link["data-yanked"] == "a 'reason'"
    assert str(link["data-core-metadata"]).startswith("sha256=")


def test_lying_and_missing_sidecars(universe: UniverseFactory) -> None:
    asked = web(universe)
    base = "https://files.pythonhosted.org/packages/lying-"
    assert b"a-lie" in asked.ask("GET", f"{base}1.0-py3-none-any.whl.metadata").body
    assert asked.ask("GET", f"{base}2.0-py3-none-any.whl.metadata").status == 404
    assert b"2.0-py3-none-any.whl" in asked.ask("GET", "https://pypi.org/simple/lying/").body


def test_faults_and_foreign_origins(universe: UniverseFactory) -> None:
    asked = web(universe)
    with pytest.raises(TransportFault, match="refused"):
        asked.ask("GET", "http://local.test:8036/simple/down/")
    flaky = [asked.ask("GET", "http://local.test:8036/simple/flaky/").status for _ in range(3)]
    assert flaky == [503, 503, 200]
    with pytest.raises(UnknownOriginError):
        asked.ask("GET", "https://evil.test/simple/six/")
    assert asked.log.projects("local") == {"down", "flaky"}
    assert asked.log.projects("public") == set()
    assert [row.number for row in asked.log] == list(range(5))


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ('{ version = "1.0", tag = "cp39-cp39-win_amd64" }', "w-1.0-cp39-cp39-win_amd64.whl"),
        ('{ version = "1.0", sdist = true, format = "zip" }', "w-1.0.zip"),
        ('{ version = "1.0", build = "7" }', "w-1.0-7-py3-none-any.whl"),
        ('{ filename = "w-latest.tar.gz", junk = "nothing" }', "w-latest.tar.gz"),
        ('{ version = "1!2.0+site.5" }', "w-1!2.0+site.5-py3-none-any.whl"),
    ],
)
def test_files_of_every_kind(universe: UniverseFactory, row: str, name: str) -> None:
    made = universe(f"[[local]]\nprojects.w = [{row}]")
    assert [one.filename for one in made.local[0].stored("w")] == [name]


def test_same_version_other_bytes(universe: UniverseFactory) -> None:
    made = universe('[[local]]\nprojects.w = ["1.0"]\n[public]\nprojects.w = [{version="1.0", text="other"}]')
    assert made.local[0].stored("w")[0].sha256 != made.public.stored("w")[0].sha256
