from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from driverenv.errors import HomeUnusable
from driverenv.generations import Drivers, Generation, Lineage, Request
from driverenv.generations.drivers import FILE_NAME
from driverenv.generations.pointer import leads

REQUEST = Request("a" * 40, "terms", "variant", "python")


def settle(key: str, one: Lineage) -> Lineage:
    return one.settled(Generation(0, key, "2026-11-30T00:15:26Z", "3.11.7", (), (), REQUEST))


@pytest.fixture
def drivers(tmp_path: Path) -> Drivers:
    return Drivers(str(tmp_path / "home"))


@pytest.fixture
def driver(tmp_path: Path) -> str:
    return made(tmp_path / "one" / "Switch")


def made(path: Path) -> str:
    path.mkdir(parents=True)
    return str(path)


def put(drivers: Drivers, driver: str, key: str = "k1", name: str = "Switch") -> str:
    return drivers.update(name, driver, lambda known: settle(key, known)).folder.name


def test_a_driver_has_a_folder_of_its_name(drivers: Drivers, driver: str) -> None:
    assert list(drivers) == []
    assert drivers.find("Switch", driver) is None
    assert put(drivers, driver) == put(drivers, driver, "k2") == "Switch"
    (found,) = drivers
    assert found == drivers.find("Switch", driver)
    assert found.shown == "Switch"
    assert [one.key for one in found.lineage.generations] == ["k1", "k2"]
    assert leads(found.folder) == drivers.root.parent / "environments" / "k2"


def test_a_namesake_has_another(drivers: Drivers, driver: str, tmp_path: Path) -> None:
    other = made(tmp_path / "two" / "Switch")
    assert put(drivers, driver) == "Switch"
    shown = put(drivers, other)
    assert shown.startswith("Switch~")
    assert put(drivers, other, "k2") == shown
    assert put(drivers, driver, "k2") == "Switch"
    assert [one.lineage.driver for one in drivers] == [driver, other]


def test_a_namesake_that_is_gone_was_the_same_driver(drivers: Drivers, driver: str, tmp_path: Path) -> None:
    put(drivers, driver)
    Path(driver).rmdir()
    other = made(tmp_path / "two" / "Switch")
    known = drivers.find("Switch", other)
    assert known is not None
    assert (known.lineage.driver, [one.key for one in known.lineage.generations]) == (other, ["k1"])
    assert put(drivers, other, "k2") == "Switch"
    (found,) = drivers
    assert found.lineage.driver == other
    assert [one.number for one in found.lineage.generations] == [1, 2]


def test_drivers_in_zips_are_there(drivers: Drivers, tmp_path: Path) -> None:
    (tmp_path / "Shell.zip").write_bytes(b"")
    put(drivers, str(tmp_path / "Shell.zip" / "Switch.zip"))
    assert put(drivers, made(tmp_path / "Switch")).startswith("Switch~")


def test_names_that_a_file_system_mistakes_for_each_other(
    drivers: Drivers, driver: str, tmp_path: Path
) -> None:
    """Where `switch` and `Switch` are one folder, the second one gets another."""
    put(drivers, driver)
    other = made(tmp_path / "two")
    folder = drivers.root / "Switch"
    text = (folder / FILE_NAME).read_text(encoding="utf-8")
    (folder / FILE_NAME).write_text(text.replace('"name": "Switch"', '"name": "switch"'), encoding="utf-8")
    assert put(drivers, other).startswith("Switch~")
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    assert {one.shown[:7] for one in drivers} == {"Switch", "Switch~"}


@pytest.mark.parametrize("data", [b"", b"{}"])
def test_what_a_power_failure_cut_is_begun_anew(drivers: Drivers, driver: str, data: bytes) -> None:
    put(drivers, driver)
    (drivers.root / "Switch" / FILE_NAME).write_bytes(data)
    assert list(drivers) == []
    assert put(drivers, driver, "k2") == "Switch"
    (found,) = drivers
    assert [(one.number, one.key) for one in found.lineage.generations] == [(1, "k2")]


def test_nothing_is_written_where_nothing_changed(drivers: Drivers, driver: str) -> None:
    put(drivers, driver)
    file = drivers.root / "Switch" / FILE_NAME
    before = (file.stat().st_ino, os.lstat(drivers.root / "Switch" / "current").st_ino)
    put(drivers, driver)
    assert (file.stat().st_ino, os.lstat(drivers.root / "Switch" / "current").st_ino) == before
    assert sorted(path.name for path in file.parent.iterdir()) == ["current", FILE_NAME]


def test_many_at_once(drivers: Drivers, tmp_path: Path) -> None:
    paths = [made(tmp_path / str(number)) for number in range(4)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: put(drivers, paths[number % 4], f"k{number // 4}"), range(32)))
    found = list(drivers)
    assert len(found) == len({one.folder for one in found}) == 4
    assert sorted(one.lineage.driver for one in found) == sorted(paths)
    assert all({row.key for row in one.lineage.generations} == {f"k{n}" for n in range(8)} for one in found)


def test_forgetting(drivers: Drivers, driver: str) -> None:
    put(drivers, driver)
    (found,) = drivers
    assert not drivers.remove(found._replace(lineage=replace(found.lineage, current=7)))
    (found.folder / "notes.txt").touch()
    assert drivers.remove(found)
    assert list(drivers) == []
    assert [path.name for path in found.folder.iterdir()] == ["notes.txt"]


def test_a_home_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "home").write_bytes(b"")
    with pytest.raises(HomeUnusable):
        put(Drivers(str(tmp_path / "home")), "/d")
    (tmp_path / "h" / "drivers").mkdir(parents=True)
    (tmp_path / "h" / "drivers").rmdir()
    (tmp_path / "h" / "drivers").write_bytes(b"")
    with pytest.raises(HomeUnusable):
        list(Drivers(str(tmp_path / "h")))
