from __future__ import annotations

from pathlib import Path

import pytest
from packaging.utils import NormalizedName

from driverenv.errors import ProjectNotFound
from driverenv.model.answers import Found, ProjectFile
from driverenv.model.site import Index
from driverenv.store.names import Names
from driverenv.stories.release import release, remembered

NOW = 1_790_000_000
A = "a" * 64
LAB = Index("http://lab:8036/simple/", name="lab")
OTHER = Index("/srv/other", name="other")


def know(home: Path, index: Index, *projects: str) -> None:
    for project in projects:
        file = ProjectFile(f"{project}-1.0.whl", "u", (("sha256", A),))
        Names(home, NOW).remember(Found(NormalizedName(project), index, (file,), index.location))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    know(tmp_path, LAB, "widget", "acme-one", "acme-two")
    know(tmp_path, OTHER, "widget")
    return tmp_path


def rows(home: Path) -> list[tuple[str, str]]:
    return [(one.index, one.project) for one in remembered(home)]


def test_what_is_remembered(home: Path) -> None:
    assert rows(home) == [
        ("lab", "acme-one"),
        ("lab", "acme-two"),
        ("lab", "widget"),
        ("other", "widget"),
    ]
    first = remembered(home)[0]
    assert (first.location, first.first_day, first.last_day) == (LAB.location, "2026-09-21", "2026-09-21")
    assert [file.sha256 for file in first.files] == [A]


def test_nothing_is_remembered(tmp_path: Path) -> None:
    assert remembered(tmp_path / "nowhere") == ()
    assert not (tmp_path / "nowhere").exists()


def test_one_name_everywhere(home: Path) -> None:
    assert [one.index for one in release(home, ["Widget"])] == ["lab", "other"]
    assert rows(home) == [("lab", "acme-one"), ("lab", "acme-two")]


@pytest.mark.parametrize("index", ["other", "/srv/other", "/srv/other/"])
def test_one_name_in_one_index(home: Path, index: str) -> None:
    assert [one.index for one in release(home, ["widget"], index=index)] == ["other"]
    assert ("lab", "widget") in rows(home)


def test_patterns(home: Path) -> None:
    assert [one.project for one in release(home, ["acme-*", "widget"], index="lab")] == [
        "acme-one",
        "acme-two",
        "widget",
    ]
    assert rows(home) == [("other", "widget")]


def test_a_name_that_is_not_known_forgets_nothing(home: Path) -> None:
    before = rows(home)
    with pytest.raises(ProjectNotFound) as raised:
        release(home, ["acme-one", "wdget"])
    assert raised.value.code == "NOT_REMEMBERED"
    assert raised.value.data["similar"] == ["widget"]
    with pytest.raises(ProjectNotFound) as raised:
        release(home, ["acme-one"], index="other")
    assert "nothing of the index other is remembered" in str(raised.value)
    assert rows(home) == before


def test_names_that_were_only_listed(home: Path) -> None:
    names = Names(home, NOW)
    names.note_listing(LAB, ["seen-once", "widget"])
    listed = [one for one in remembered(home) if not one.first_day]
    assert [(one.index, one.project, one.files) for one in listed] == [("lab", "seen-once", ())]
    release(home, ["*"], index="lab")
    assert rows(home) == [("other", "widget")]
    later = Names(home, NOW)
    assert (later.projects(LAB), later.listed(LAB)) == ((), ())


def test_what_was_fetched_from_public(home: Path) -> None:
    public = Index("https://pypi.org/simple/", name="public PyPI")
    file = ProjectFile("gadget-1.0.whl", "u", (("sha256", A),))
    Names(home, NOW).took(public, NormalizedName("gadget"), file, A, 7, public=True)
    assert rows(home)[-1] == ("public PyPI", "gadget")
    (gone,) = release(home, ["gadget"])
    assert gone.public
    assert ("public PyPI", "gadget") not in rows(home)
