from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from driverenv.errors import DriverEnvError, EnvironmentBroken
from driverenv.stories import returning
from driverenv.stories.chronicle import Chronicle, chronicle
from tests.unit.stories.bench import Bench


def told(bench: Bench, wanted: str = "Switch Driver") -> Chronicle:
    return chronicle(str(bench.home), wanted, cwd=str(bench.root))


def words(found: Chronicle) -> list[tuple[str, int]]:
    return [(one.how, one.generation) for one in found.launches]


def test_a_life(bench: Bench) -> None:
    bench.wheel("six", "1.16.0")
    request = bench.request("six\n")
    bench.prepare(request)
    bench.prepare(request)
    bench.prepare(request.replace(refresh=True))
    bench.wheel("six", "1.17.0")
    bench.prepare(request.replace(refresh=True))
    bench.driver("six>=2\n")
    with pytest.raises(DriverEnvError):
        bench.prepare(request)
    bench.driver("six\n")
    returning.rollback(str(bench.home), "Switch Driver", 1, cwd=str(bench.root))
    bench.prepare(request)
    found = told(bench)
    assert words(found) == [
        ("made", 1),
        ("ready", 1),
        ("checked", 1),
        ("made", 2),
        ("failed", 0),
        ("pinned", 1),
    ]
    failed = found.launches[4]
    assert (failed.code, failed.key) == ("LOCAL_NO_MATCH", "")
    assert Path(failed.receipt).is_file()
    assert [state.generation.causes[0].word for state in found.states] == ["first", "index"]
    assert found.launches[0].seconds > 0
    assert found.damaged == 0
    shutil.rmtree(bench.home / "failures")
    assert told(bench).launches[4].receipt == ""


def test_one_that_was_mended(bench: Bench) -> None:
    bench.wheel("six")
    request = bench.request("six\n")
    made = bench.prepare(request)
    (Path(made.site_packages) / "six" / "__init__.py").unlink()
    bench.prepare(request)
    assert words(told(bench)) == [("made", 1), ("mended", 1)]


def test_one_that_never_came_to_an_environment(bench: Bench) -> None:
    request = bench.request("six\n")
    with pytest.raises(DriverEnvError):
        bench.prepare(request)
    for wanted in ("Switch Driver", "drivers/Switch Driver"):
        found = told(bench, wanted)
        assert (words(found), found.states, found.driver) == ([("failed", 0)], (), request.driver)


def test_nobody_knows_it(bench: Bench) -> None:
    with pytest.raises(EnvironmentBroken) as raised:
        told(bench, "Rack")
    assert raised.value.code == "ENV_UNKNOWN"


def test_namesakes_are_kept_apart(bench: Bench) -> None:
    bench.wheel("six")
    request = bench.request("six\n")
    bench.prepare(request)
    other = bench.root / "elsewhere" / "Switch Driver"
    shutil.copytree(request.driver, other)
    bench.prepare(request.replace(driver=str(other)))
    bench.prepare(request.replace(driver=str(other)))
    assert words(told(bench, request.driver)) == [("made", 1)]
    assert words(told(bench, str(other))) == [("checked", 1), ("ready", 1)]


def test_one_that_is_unpacked_elsewhere_each_time(bench: Bench) -> None:
    bench.wheel("six")
    request = bench.request("six\n")
    bench.prepare(request)
    other = bench.root / "elsewhere" / "Switch Driver"
    other.parent.mkdir()
    shutil.move(request.driver, other)
    bench.prepare(request.replace(driver=str(other)))
    assert words(told(bench)) == [("made", 1), ("checked", 1)]


def test_a_generation_that_is_forgotten(bench: Bench) -> None:
    bench.wheel("six")
    bench.prepare(bench.request("six\n"))
    (path,) = (bench.home / "history").iterdir()
    text = path.read_text(encoding="utf-8")
    key = told(bench).launches[0].key
    path.write_text(text.replace(key, "f" * 40) + "nonsense\n", encoding="utf-8")
    found = told(bench)
    assert (words(found), found.damaged) == ([("made", 0)], 1)
