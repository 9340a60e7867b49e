from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from driverenv.errors import EnvironmentBroken
from driverenv.report import Report, render
from driverenv.stories import reporting
from tests.unit.stories.bench import Bench


def told(bench: Bench, wanted: str | None = None) -> Report:
    return reporting.report(str(bench.home), wanted, cwd=str(bench.root), now=1_796_000_400.0)


def looks(root: Path) -> dict[str, tuple[float, ...]]:
    """Every file and folder, with all that a change would show in."""
    found = [Path(folder, name) for folder, _, files in os.walk(root) for name in ["", *files]]
    states = {str(path): path.lstat() for path in found}
    return {path: (one.st_ino, one.st_mode, one.st_size, one.st_mtime_ns) for path, one in states.items()}


def test_a_home(bench: Bench) -> None:
    bench.wheel("six")
    prefix = Path(bench.prepare(bench.request()).prefix)
    bench.prepare(bench.request(name="Rack"))
    shutil.rmtree(prefix.parent)
    before = looks(bench.home)
    found = told(bench)
    assert looks(bench.home) == before
    assert found.made == "2026-11-30T01:00:00Z"
    assert [(one.shown, one.state) for one in found.drivers] == [
        ("Rack", "well"),
        ("Switch Driver", "removed"),
    ]
    assert [one.driver for one in found.problems] == ["Switch Driver"]
    assert render(found) == render(told(bench))
    assert (
        json.loads(json.dumps(found.as_dict()))["drivers"][0]["contents"]["distributions"][0]["name"] == "six"
    )


def test_one_driver_and_one_environment(bench: Bench) -> None:
    bench.wheel("six")
    prefix = Path(bench.prepare(bench.request()).prefix)
    bench.prepare(bench.request(name="Rack"))
    one = told(bench, "Rack")
    assert ([each.shown for each in one.drivers], one.scope, one.places) == (["Rack"], "Rack", ())
    other = told(bench, str(prefix))
    assert [each.shown for each in other.drivers] == ["Switch Driver"]
    assert other.scope == f"environment {prefix.parent.name}"
    shutil.rmtree(bench.home / "drivers")
    assert [each.shown for each in told(bench, prefix.parent.name).drivers] == ["Switch Driver"]
    assert sorted(each.name for each in told(bench).loose) == ["Rack", "Switch Driver"]


def test_an_environment_of_a_build(bench: Bench) -> None:
    bench.wheel("tool")
    bench.sdist("six", backend="kit", build_requires=["tool"])
    bench.prepare(bench.request())
    found = told(bench)
    assert [one.why for one in found.loose] == ["for the build of six 1.0"]
    assert found.troubles == ()


def test_no_home_and_nobody(bench: Bench) -> None:
    found = reporting.report(str(bench.root / "nowhere"), cwd="/", now=0.0)
    assert (found.is_there, found.drivers, found.unread) == (False, (), ())
    with pytest.raises(EnvironmentBroken):
        told(bench, "Nobody")


def test_a_home_that_is_damaged_everywhere(bench: Bench) -> None:
    bench.wheel("six")
    prefix = Path(bench.prepare(bench.request()).prefix)
    for path in (prefix.with_name("receipt.json"), bench.home / "history" / "Switch Driver.log"):
        path.chmod(0o600)
        path.write_bytes(b"\xff\x00<script>")
    (bench.home / "environments" / "stranger <b>").mkdir()
    (bench.home / "drivers" / "odd").touch()
    found = told(bench)
    assert {Path(one.path).name for one in found.unread} == {"receipt.json", "odd"}
    assert [one.why for one in found.loose] == ["this is no environment"]
    assert found.drivers[0].damaged == 1
    assert "<script" not in render(found)


def test_no_more_than_there_is_room_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "MOST_TOLD", 1)
    monkeypatch.setattr(reporting, "MOST_DRIVERS", 2)
    bench.wheel("six")
    prefixes = {name: Path(bench.prepare(bench.request(name=name)).prefix) for name in ("a", "b", "c")}
    found = told(bench)
    assert [one.has_details for one in found.drivers] == [True, False]
    assert found.left_out == 1
    shutil.rmtree(prefixes["c"].parent)
    assert [(one.shown, one.state) for one in told(bench).drivers] == [("a", "well"), ("c", "removed")]
    assert "1 driver is in the table only" in found.notes[0]
