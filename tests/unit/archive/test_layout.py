from __future__ import annotations

import pytest
from packaging.version import Version

from driverenv.archive.layout import Layout, Place, find_dist_info
from driverenv.archive.rules import Label
from driverenv.archive.scripts import Script
from driverenv.errors import ArchiveRejected

LABEL = Label("w.whl")
INFO = "w-1.0.dist-info"


def find(*names: str) -> str:
    return find_dist_info(names, "w", Version("1.0"), LABEL)


def test_found() -> None:
    assert find("w/a.py", f"{INFO}/METADATA", "w/vendor-2.dist-info/METADATA", "w-1.0.data/scripts/x") == INFO
    assert find_dist_info(["My.W-1.dist-info/RECORD"], "my-w", Version("1.0"), LABEL) == "My.W-1.dist-info"


@pytest.mark.parametrize(
    ("names", "rule"),
    [
        (["w/a.py"], "dist-info"),
        ([f"{INFO}/METADATA", "x-1.0.dist-info/METADATA"], "dist-info"),
        ([f"{INFO}/METADATA", "W-1.0.DIST-INFO/METADATA"], "dist-info"),
        (["x-1.0.dist-info/METADATA"], "dist-info"),
        (["w-2.0.dist-info/METADATA"], "dist-info"),
        (["w.dist-info/METADATA"], "dist-info"),
        ([f"{INFO}/METADATA", "x-1.0.data/scripts/x"], "data-scheme"),
        ([f"{INFO}/METADATA", "W-1.0.data/scripts/x"], "data-scheme"),
    ],
)
def test_not_found(names: list[str], rule: str) -> None:
    with pytest.raises(ArchiveRejected) as caught:
        find(*names)
    assert caught.value.data["rule"] == rule


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("w/a.py", Place("purelib", "w/a.py")),
        (f"{INFO}/METADATA", Place("purelib", f"{INFO}/METADATA")),
        ("w-1.0.data/platlib/w/b.so", Place("platlib", "w/b.so")),
        ("w-1.0.data/scripts/run.sh", Place("scripts", "run.sh")),
        ("w-1.0.data/data/share/man/w.1", Place("data", "share/man/w.1")),
        ("w-1.0.data/data/lib/libw.so", Place("data", "lib/libw.so")),
        ("w-1.0.data/data/lib/libw.so.1.2", Place("data", "lib/libw.so.1.2")),
        ("w-1.0.data/data/lib/pkgconfig/w.pc", Place("data", "lib/pkgconfig/w.pc")),
        ("W.egg-info/PKG-INFO", Place("purelib", "W.egg-info/PKG-INFO")),
        ("w-1.0-py3.11.egg-info", Place("purelib", "w-1.0-py3.11.egg-info")),
        ("w-1.0.data/headers/w.h", Place("headers", "w.h")),
        (f"{INFO}/RECORD", None),
        (f"{INFO}/RECORD.jws", None),
        (f"{INFO}/INSTALLER", None),
        (f"{INFO}/REQUESTED", None),
        (f"{INFO}/direct_url.json", None),
        ("w/__pycache__/a.cpython-311.pyc", None),
        ("w-1.0.data/purelib/__pycache__/a.cpython-311.pyc", None),
        ("w/__PYCACHE__/evil.pyc", None),
        (f"{INFO}/Installer", None),
    ],
)
def test_places(name: str, place: Place | None) -> None:
    assert Layout(INFO, "purelib", LABEL).place(name) == place


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("w-1.0.data/evil/x", "data-scheme"),
        ("w-1.0.data/scripts", "data-scheme"),
        ("w-1.0.data/scripts/a/b", "data-scheme"),
        ("w-1.0.data/scripts/python", "entry-points"),
        ("w-1.0.data/scripts/activate", "entry-points"),
        ("w-1.0.data/data/bin/python", "data-target"),
        ("w-1.0.data/data/BIN/x", "data-target"),
        ("w-1.0.data/data/Scripts/x.exe", "data-target"),
        ("w-1.0.data/data/pyvenv.cfg", "data-target"),
        ("w-1.0.data/data/pyvenv.cfg/x", "data-target"),
        ("w-1.0.data/data/lib/python3.11/site-packages/x.py", "data-target"),
        ("w-1.0.data/data/Lib/site-packages/x.py", "data-target"),
        ("w-1.0.data/data/lib64", "data-target"),
        ("w-1.0.data/data/lib64/libw.so", "data-target"),
        ("w-1.0.data/data/lib/w.py", "data-target"),
        ("w-1.0.data/data/lib/python3/libw.so", "data-target"),
        ("w-1.0.data/data/include/w.h", "data-target"),
        ("w-1.0.data/purelib/w-1.0.dist-info/RECORD", "dist-info"),
        ("w-1.0.data/purelib/W-1.0.Dist-Info/x", "dist-info"),
        ("other-1.0.egg-info/PKG-INFO", "dist-info"),
        ("other.egg-link", "dist-info"),
        ("w-1.0.data/platlib/other.egg-info", "dist-info"),
        ("w-1.0.data/purelib/other-1.0.dist-info/METADATA", "dist-info"),
    ],
)
def test_refused_places(name: str, rule: str) -> None:
    with pytest.raises(ArchiveRejected) as caught:
        Layout(INFO, "purelib", LABEL).place(name)
    assert caught.value.data["rule"] == rule


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("w/a.py", "w-1.0.data/purelib/w/a.py"),
        ("w/a.py", "w-1.0.data/platlib/W/A.py"),
        ("w-1.0.data/scripts/run", "w-1.0.data/scripts/run.exe"),
    ],
)
def test_two_members_for_one_place(one: str, other: str) -> None:
    layout = Layout(INFO, "purelib", LABEL)
    layout.place(one)
    with pytest.raises(ArchiveRejected) as caught:
        layout.place(other)
    assert caught.value.data["rule"] == "data-target"


def test_script_that_is_also_a_file() -> None:
    layout = Layout(INFO, "purelib", LABEL)
    layout.place("w-1.0.data/scripts/run")
    layout.take_scripts([Script("walk", "a", "b"), Script("walk", "a", "b", gui=True)], "")
    for one in ("RUN", "run.exe"):
        with pytest.raises(ArchiveRejected):
            layout.take_scripts([Script(one, "a", "b")], "")


def test_entry_points_for_one_place() -> None:
    for other in (Script("Walk", "a", "c"), Script("walk.exe", "a", "c"), Script("walk", "a", "c", gui=True)):
        with pytest.raises(ArchiveRejected):
            Layout(INFO, "purelib", LABEL).take_scripts([Script("walk", "a", "b"), other], "")


def test_a_place_that_is_a_file_and_a_folder() -> None:
    layout = Layout(INFO, "purelib", LABEL)
    layout.place("w/a")
    layout.place("w-1.0.data/platlib/W/A/b.py")
    with pytest.raises(ArchiveRejected) as caught:
        layout.finish()
    assert caught.value.data["rule"] == "data-target"


def test_too_many_scripts_of_both_kinds() -> None:
    layout = Layout(INFO, "purelib", LABEL)
    for number in range(1000):
        layout.place(f"w-1.0.data/scripts/s{number}")
    layout.take_scripts([Script(f"e{number}", "a", "b") for number in range(1000)], "")
    with pytest.raises(ArchiveRejected):
        layout.place("w-1.0.data/scripts/more")


def test_empty_folders() -> None:
    layout = Layout(INFO, "purelib", LABEL)
    for name in ("w", "w-1.0.data", "w-1.0.data/scripts", "w-1.0.data/data/bin"):
        layout.check_folder(name)
    with pytest.raises(ArchiveRejected):
        layout.check_folder("w-1.0.data/home")
