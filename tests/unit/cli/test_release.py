from __future__ import annotations

import json

from packaging.utils import NormalizedName

from driverenv.model.answers import Found, ProjectFile
from driverenv.model.site import Index
from driverenv.store.names import Names
from tests.unit.cli.bench import Bench

NOW = 1_790_000_000
A = "a" * 64
LAB = Index("http://lab:8036/simple/", name="lab")
PUBLIC = Index("https://pypi.org/simple/", name="public PyPI")


def fill(bench: Bench) -> None:
    one = ProjectFile("widget-1.0.whl", "u", (("sha256", A),))
    two = ProjectFile("widget-1.1.whl", "u")
    Names(bench.home, NOW).remember(Found(NormalizedName("widget"), LAB, (one,), LAB.location))
    Names(bench.home, NOW + 86_400).remember(Found(NormalizedName("widget"), LAB, (two,), LAB.location))
    Names(bench.home, NOW).note_listing(LAB, ["gadget"])
    file = ProjectFile("six-1.0.whl", "u", (("sha256", A),))
    Names(bench.home, NOW).took(PUBLIC, NormalizedName("six"), file, A, 7, public=True)


def test_what_is_remembered(bench: Bench) -> None:
    assert bench.run("release", "--list") == 0
    assert bench.out.getvalue() == "nothing is remembered\n"
    fill(bench)
    assert bench.run("release", "--list") == 0
    assert bench.out.getvalue() == (
        "lab (http://lab:8036/simple/):\n"
        "  gadget  listed once\n"
        "  widget  2 files from 2026-09-21 to 2026-09-22\n"
        "public PyPI (https://pypi.org/simple/), fetched from there:\n"
        "  six  1 file on 2026-09-21\n"
    )
    assert bench.run("release", "--list", "--index", "public PyPI", "--json") == 0
    (row,) = json.loads(bench.out.getvalue())["remembered"]
    assert row == {
        "project": "six",
        "index": "public PyPI",
        "location": "https://pypi.org/simple/",
        "public": True,
        "first_day": "2026-09-21",
        "last_day": "2026-09-21",
        "files": [{"filename": "six-1.0.whl", "sha256": A, "others": [], "size": 7}],
    }


def test_what_is_forgotten_is_told(bench: Bench) -> None:
    fill(bench)
    assert bench.run("release", "widget", "gadget", "six") == 0
    assert bench.out.getvalue() == (
        "released gadget: lab (http://lab:8036/simple/) listed it once, and nobody asked for it\n"
        "released widget: it was in lab (http://lab:8036/simple/) from 2026-09-21 to 2026-09-22\n"
        f"  widget-1.0.whl  sha256 {A}\n"
        "  widget-1.1.whl  content unknown\n"
        "released six: it was fetched from public PyPI (https://pypi.org/simple/) on 2026-09-21\n"
        f"  six-1.0.whl  sha256 {A}\n"
    )
    assert bench.run("release", "--list", "--json") == 0
    assert json.loads(bench.out.getvalue()) == {"remembered": []}
    assert bench.requests == []


def test_as_json(bench: Bench) -> None:
    fill(bench)
    assert bench.run("release", "widget", "--index", "lab", "--json") == 0
    (row,) = json.loads(bench.out.getvalue())["released"]
    assert (row["project"], row["last_day"], len(row["files"])) == ("widget", "2026-09-22", 2)


def test_a_name_that_is_not_known(bench: Bench) -> None:
    fill(bench)
    assert bench.run("release", "wdget", "--json") == 105
    error = bench.error_json()
    assert (error["code"], error["similar"][0]) == ("NOT_REMEMBERED", "widget")


def test_names_or_the_list(bench: Bench) -> None:
    for arguments in ((), ("--list", "widget")):
        assert bench.run("release", *arguments) == 2
        assert "release needs the NAME of a project, or --list alone" in bench.err.getvalue()
