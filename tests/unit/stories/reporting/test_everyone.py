from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from driverenv import Request
from driverenv.errors import DriverEnvError
from driverenv.stories.reporting.everyone import everyone
from driverenv.stories.reporting.scope import Scope
from tests.unit.stories.bench import Bench


def names(bench: Bench, driver: str = "") -> list[tuple[str, str]]:
    return [
        (one.driver.shown, one.driver.state) for one in everyone(Scope(str(bench.home), driver=driver))[0]
    ]


def test_namesakes_and_failed_ones(bench: Bench) -> None:
    bench.wheel("six")
    bench.prepare(bench.request())
    other = bench.root / "elsewhere" / "Switch Driver"
    shutil.copytree(bench.root / "drivers" / "Switch Driver", other)
    bench.prepare(Request(other, policy=bench.policy(), home=bench.home))
    with pytest.raises(DriverEnvError):
        bench.prepare(bench.request("nobody\n", name="Rack"))
    first, second, third = names(bench)
    assert (first, second) == (("Rack", "fails"), ("Switch Driver", "well"))
    assert third[0].startswith("Switch Driver~")
    assert names(bench, "Rack") == [("Rack", "fails")]
    assert names(bench, "Switch Driver") == [("Switch Driver", "well")]
    told = {one.driver.path: len(one.told.launches) for one in everyone(Scope(str(bench.home)))[0]}
    assert sorted(told.values()) == [1, 1, 1]


@pytest.mark.parametrize(
    "change",
    [
        {"key": "../../.."},
        {"key": 5},
        {"number": "x"},
        {"number": None},
        {"made": None, "key": "k"},
        {"causes": 5},
    ],
)
def test_a_lineage_that_is_odd(bench: Bench, change: dict[str, Any]) -> None:
    bench.wheel("six")
    bench.prepare(bench.request())
    path = bench.home / "drivers" / "Switch Driver" / "generations.json"
    data = json.loads(path.read_bytes())
    data["generations"][0] |= change
    path.write_text(json.dumps(data), encoding="utf-8")
    found, unread = everyone(Scope(str(bench.home)))
    assert [one for one in found if one.told.states] == []
    assert [one.path for one in unread] == [str(path.parent)]


@pytest.mark.parametrize(("field", "text"), [("name", "a\0b"), ("name", ""), ("driver", "\ud800")])
def test_what_is_no_path(bench: Bench, field: str, text: str) -> None:
    bench.wheel("six")
    bench.prepare(bench.request())
    path = bench.home / "drivers" / "Switch Driver" / "generations.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), field: text}), encoding="utf-8")
    _, unread = everyone(Scope(str(bench.home)))
    assert [one.path for one in unread] == [str(path.parent)]


def test_what_says_nothing(bench: Bench) -> None:
    folder = Path(bench.home, "drivers", "odd")
    folder.mkdir(parents=True)
    (folder / "generations.json").write_text("{", encoding="utf-8")
    (folder.parent / "file").touch()
    _, unread = everyone(Scope(str(bench.home)))
    assert [Path(one.path).name for one in unread] == ["file", "odd"]
