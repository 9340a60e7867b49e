"""Variants of scenarios: where the lines stand, what is expected there, what was there before."""

from __future__ import annotations

import pytest

from tests.kit import Asked, Pin, Scenario, ScenarioError, Web
from tests.kit.variants import silent_offline, variants

TEXT = """
title = "The local one serves"
rows = ["A1"]

[request]
requirements = ["widget>=1"]

[[local]]
name = "team"
projects.widget = ["1.0"]

[[extra]]
name = "vendor"
terms = { probe = "project" }
projects.gadget = ["2.0"]

[public.projects]
widget = ["3.0"]

[expect]
pins = { widget = "1.0 @ team" }
not_asked = ["public:*"]
"""


def changed(old: str, new: str) -> Scenario:
    assert old in TEXT
    return Scenario.loads(TEXT.replace(old, new))


def test_every_position_in_both_modes() -> None:
    found = variants(Scenario.loads(TEXT))
    assert list(found) == [
        "root-offline",
        "transitive-online",
        "transitive-offline",
        "extra-online",
        "extra-offline",
        "build-online",
        "build-offline",
    ]
    assert [one.position for one in found.values()][:2] == ["root", "transitive"]
    assert {key: one.request.mode for key, one in found.items()}["extra-offline"] == "offline"


def test_a_package_carries_the_lines() -> None:
    found = variants(Scenario.loads(TEXT))
    for key, asked in (("transitive-online", "carrier"), ("extra-online", "carrier[more]")):
        one = found[key]
        assert one.request.requirements == (asked,)
        assert one.expect.pins == {"widget": Pin("1.0", "team"), "carrier": Pin("1.0", "team")}
    wheel = found["transitive-online"].universe.index("team").projects["carrier"].files[0]
    assert b"Requires-Dist: widget>=1\n" in wheel.archive("carrier").metadata
    wheel = found["extra-online"].universe.index("team").projects["carrier"].files[0]
    assert b'Requires-Dist: widget>=1 ; extra == "more"\n' in wheel.archive("carrier").metadata


def test_a_build_needs_the_lines() -> None:
    one = variants(Scenario.loads(TEXT))["build-online"]
    (file,) = one.universe.index("team").projects["carrier"].files
    assert file.sdist
    assert file.build_requires == ("widget>=1",)
    assert b"Requires-Dist" not in file.archive("carrier").metadata
    assert one.expect.pins == {"carrier": Pin("1.0", "team")}
    assert one.expect.built == {"widget": Pin("1.0", "team")}


def test_offline_nothing_may_be_asked_of_public() -> None:
    for key, one in variants(Scenario.loads(TEXT)).items():
        if key.endswith("offline"):
            assert Asked("public", "*") in one.expect.not_asked


def test_where_public_is_asked_offline_must_be_said() -> None:
    silent = changed('not_asked = ["public:*"]', "")
    assert silent_offline(silent)
    assert [key for key in variants(silent) if key.endswith("offline")] == []
    said = changed('not_asked = ["public:*"]', '[expect.offline]\nerror = "ABSENT_OFFLINE"')
    assert not silent_offline(said)
    found = variants(said)
    assert found["transitive-offline"].expect.error == "ABSENT_OFFLINE"
    assert found["transitive-online"].expect.error is None


def test_what_differs_in_one_place() -> None:
    more = '[expect.build]\nerror = "BUILD_FORBIDDEN"\n[expect.build-offline]\nerror = "ABSENT_OFFLINE"'
    found = variants(changed('not_asked = ["public:*"]', f'not_asked = ["public:*"]\n{more}'))
    assert found["build-online"].expect.error == "BUILD_FORBIDDEN"
    assert found["build-offline"].expect.error == "ABSENT_OFFLINE"
    assert found["extra-offline"].expect.error is None


def test_lines_with_options_stay_in_their_file() -> None:
    raw = changed('["widget>=1"]', '["--pre", "widget"]\nraw = true')
    assert list(variants(raw)) == ["root-offline"]


def test_fewer_positions_say_why() -> None:
    few = 'rows = ["A1"]\npositions = ["root", "build"]\nmodes = ["online"]\nwhy = "because"'
    assert list(variants(changed('rows = ["A1"]', few))) == ["build-online"]


def test_a_carrier_on_public() -> None:
    text = TEXT.replace('rows = ["A1"]', 'rows = ["A1"]\ncarrier = "public"').replace(
        'not_asked = ["public:*"]', 'asked = ["public:*"]'
    )
    one = variants(Scenario.loads(text))["transitive-online"]
    assert "carrier" in one.universe.public.projects
    assert (one.expect.pins or {})["carrier"] == Pin("1.0", "public")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('positions = ["root"]', "no why"),
        ('positions = ["root", "roof"]', "positions: 'roof' is none of root, transitive, extra, build"),
        ('positions = ["build"]', "have those it is written for"),
        ('modes = ["offline"]\nwhy = "x"', "have those it is written for"),
        ('carrier = "nobody"', "no such index: nobody"),
        ("before = [{ requirement = [] }]", r"before\[0\]: unknown key 'requirement'"),
    ],
)
def test_what_is_wrong_is_named(more: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        changed('rows = ["A1"]', f'rows = ["A1"]\n{more}')


def test_what_was_there_before() -> None:
    before = (
        '[[before]]\nlocal = [{ name = "team", projects.widget = ["0.9"] }]\n[[before]]\nmode = "offline"\n'
    )
    first, second = changed("[expect]", f"{before}[expect]").earlier()
    assert first.universe.index("team").projects["widget"].files[0].version == "0.9"
    assert (first.request.requirements, first.request.mode) == (("widget>=1",), "online")
    assert (second.request.mode, second.universe.local, second.before) == ("offline", (), ())


def test_an_index_is_well_for_whom_its_fault_spares() -> None:
    scenario = changed('name = "team"', 'name = "team"\nfault = { status = 503 }')
    web = Web(variants(scenario)["transitive-online"].universe)
    base = web.bases["team"]
    statuses = {
        path: web.ask("GET", f"{base}{path}").status
        for path in (
            "/simple/",
            "/simple/carrier/",
            "/simple/widget/",
            "/packages/widget-1.0-py3-none-any.whl",
        )
    }
    assert list(statuses.values()) == [200, 200, 503, 503]
    assert web.ask("GET", f"{base}/packages/carrier-1.0-py3-none-any.whl").status == 200
    alone = Web(scenario.universe)
    assert alone.ask("GET", f"{base}/simple/").status == 503


def test_extra_indexes_and_terms() -> None:
    universe = Scenario.loads(TEXT).universe
    assert [one.name for one in universe.indexes] == ["team", "vendor", "public"]
    assert universe.index("vendor").terms == {"probe": "project"}
    assert universe.owned == {"widget", "gadget"}
    assert Web(universe).ask("GET", "http://vendor.test:8036/simple/gadget/").status == 200


def test_who_owns_what() -> None:
    projects = """
    projects.here = ["1.0"]
    projects.page = []
    projects.listed = { fault = { status = 404 } }
    projects.gone = { fault = { status = 410 }, listed = false }
    projects.broken = { files = ["1.0"], fault = { status = 500 }, listed = false }
    """
    team = changed('projects.widget = ["1.0"]', projects).universe.local[0]
    assert team.owned == {"here", "page", "listed", "broken"}
