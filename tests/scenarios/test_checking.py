"""What checks the scenarios can fail: questions that must not be asked, builds, sections of golden texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit import Asked, Pin, Scenario
from tests.kit.variants import variants
from tests.scenarios import golden, outcome
from tests.scenarios.outcome import Outcome

SCENARIO = Scenario.loads("""
title = "The local one serves"
rows = ["A1"]
[request]
requirements = ["widget"]
[[local]]
projects.widget = ["1.0"]
projects.gadget = { fault = { status = 404 } }
projects.gone = { fault = { status = 410 }, listed = false }
[expect]
pins = { widget = "1.0 @ local" }
not_asked = ["public:other"]
""")
PINS = {"widget": Pin("1.0", "local")}


@pytest.mark.parametrize("project", ["widget", "gadget", "other"])
def test_a_question_that_must_not_be_asked(project: str) -> None:
    with pytest.raises(AssertionError, match=project):
        outcome.check(SCENARIO, Outcome(pins=PINS, asked={Asked("public", project)}))


def test_questions_that_may_be_asked() -> None:
    asked = {Asked("public", "gone"), Asked("public", "elsewhere"), Asked("local", "widget")}
    outcome.check(SCENARIO, Outcome(pins=PINS, asked=asked))


def test_offline_no_question_at_all() -> None:
    scenario = Scenario.loads(
        'title = "x"\nrows = ["A1"]\n[request]\nrequirements = ["a"]\n[expect]\nerror = "X"\n[expect.offline]\nerror = "Y"'
    )
    offline = variants(scenario)["root-offline"]
    with pytest.raises(AssertionError, match="should not have been"):
        outcome.check_asked(offline, Outcome(asked={Asked("public", "whatever")}))


def test_what_a_build_had_is_compared() -> None:
    build = variants(SCENARIO)["build-online"]
    good = Outcome(pins={"carrier": Pin("1.0", "local")}, built=PINS)
    outcome.check(build, good)
    with pytest.raises(AssertionError, match="9\\.0"):
        outcome.check(build, Outcome(pins=good.pins, built={"widget": Pin("9.0", "public")}))


def test_sections_of_variants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden, "FOLDER", tmp_path)
    monkeypatch.setenv(golden.SWITCH, "1")
    golden.check("x", "CODE: it fails\n  required by   a line")
    for key, text in {
        "root-offline": "CODE: it fails\n  required by   a line",
        "extra-online": "CODE: it fails\n  required by   carrier",
        "build-online": "CODE: it fails\n  required by   carrier",
        "build-offline": "OTHER: it fails, too\n\n  after a gap",
    }.items():
        golden.check_variant("x", key, text)
    assert (tmp_path / "scenario-x.variants.txt").read_text() == (
        "=== build-offline\nOTHER: it fails, too\n\n  after a gap\n\n"
        "=== build-online, extra-online\n-  required by   a line\n+  required by   carrier\n"
    )
    monkeypatch.delenv(golden.SWITCH)
    golden.check_variant("x", "root-offline", "CODE: it fails\n  required by   a line")
    golden.check_variant("x", "build-offline", "OTHER: it fails, too\n\n  after a gap")
    for key, text in {
        "root-offline": "CODE: it fails\n  now otherwise",
        "extra-online": "OTHER: it fails, too",
    }.items():
        with pytest.raises(pytest.fail.Exception, match="says otherwise"):
            golden.check_variant("x", key, text)
