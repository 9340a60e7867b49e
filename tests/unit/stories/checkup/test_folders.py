from __future__ import annotations

from pathlib import Path

import pytest

from driverenv.model.finding import FAIL, OK, WARN, Finding
from driverenv.model.site import Index
from driverenv.stories.checkup import folders
from tests.kit.wheels import make_wheel


def look(folder: Path) -> list[Finding]:
    return list(folders.look_at(Index(folder)))


def test_what_is_in_it(tmp_path: Path) -> None:
    make_wheel(tmp_path, "six", "1.0")
    make_wheel(tmp_path, "six", "2.0")
    make_wheel(tmp_path / "more", "my-2g-tool", "1.0")
    (found,) = look(tmp_path)
    assert (found.code, found.status, found.data) == ("folder", OK, {"files": 3, "projects": 2})


def test_one_that_is_not_there(tmp_path: Path) -> None:
    (found,) = look(tmp_path / "nowhere")
    assert (found.code, found.status) == ("folder", FAIL)
    assert "No such file" in found.detail


def test_one_that_is_empty(tmp_path: Path) -> None:
    (found,) = look(tmp_path)
    assert (found.code, found.status) == ("folder-empty", WARN)


@pytest.mark.parametrize("count", [1, 7])
def test_what_cannot_be_used(tmp_path: Path, count: int) -> None:
    make_wheel(tmp_path, "six", "1.0")
    for number in range(count):
        (tmp_path / f"gone{number}-1.0-py3-none-any.whl").symlink_to(tmp_path / "nowhere")
    _, *found = look(tmp_path)
    assert {one.code for one in found} == {"folder-unusable"}
    assert len(found) == min(count, 5) + (count > 5)
    if count > 5:
        assert found[-1].detail == "and 2 more like that"


def test_one_that_takes_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_wheel(tmp_path, "six", "1.0")
    monkeypatch.setattr(folders, "_SLOW", -1.0)
    assert [one.code for one in look(tmp_path)] == ["folder", "folder-slow"]
