from __future__ import annotations

from pathlib import Path

import pytest

from driverenv.errors import RequirementsInvalid
from driverenv.stories.fleet import Member, in_folder, known
from tests.unit.stories.bench import Bench


def test_drivers_in_a_folder(tmp_path: Path) -> None:
    for name in ("B Driver", "A Driver", "empty"):
        (tmp_path / name).mkdir()
    (tmp_path / "A Driver" / "requirements.txt").touch()
    (tmp_path / "B Driver" / "driver.py").touch()
    for name in ("C Driver.zip", "tool.py", "rack.txt", "notes.md", ".hidden.zip"):
        (tmp_path / name).touch()
    assert [(one.name, Path(one.driver).name) for one in in_folder(str(tmp_path))] == [
        ("A Driver", "A Driver"),
        ("B Driver", "B Driver"),
        ("C Driver", "C Driver.zip"),
        ("rack", "rack.txt"),
        ("tool", "tool.py"),
    ]
    assert [one.name for one in in_folder(str(tmp_path / "A Driver"))] == ["A Driver"]
    assert [one.name for one in in_folder(str(tmp_path / "rack.txt"))] == ["rack"]


def test_no_driver_at_all(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(RequirementsInvalid, match="there is no driver in"):
            in_folder(str(place))


def test_what_was_launched_and_is_still_there(bench: Bench) -> None:
    assert known(str(bench.home)) == ()
    bench.wheel("six")
    environment = bench.prepare(bench.request("six\n"))
    bench.prepare(bench.request("six\n", name="Gone Driver"))
    (bench.root / "drivers" / "Gone Driver" / "requirements.txt").unlink()
    (bench.root / "drivers" / "Gone Driver").rmdir()
    (found,) = known(str(bench.home))
    assert found[:2] == Member("Switch Driver", str(bench.root / "drivers" / "Switch Driver"))[:2]
    assert found.python.count(".") == 2
    assert environment.name == found.name
