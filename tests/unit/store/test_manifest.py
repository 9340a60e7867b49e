from __future__ import annotations

from pathlib import Path

import pytest

from driverenv.archive.scripts import Script
from driverenv.archive.wheel import Entry, Unpacked
from driverenv.errors import IntegrityError
from driverenv.store.manifest import FILE_NAME, load, render

SHA256 = "ab" * 32
UNPACKED = Unpacked(
    "widget",
    "1.0",
    "widget-1.0.dist-info",
    "purelib",
    (
        Entry("purelib", "widget/__init__.py", 12, "abc", executable=False),
        Entry("scripts", "run it", 0, "def", executable=True),
        Entry("data", "files", 3, "g", executable=False),
        Entry("purelib", "\u00e4/\u65e5.py", 3, "g", executable=False),
    ),
    (Script("files", "widget.cli", "App.main"), Script("w", "widget", "gui", gui=True)),
    ("a member is not in RECORD: files", "another\tone"),
)


def test_round_trip(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(render(UNPACKED))
    found = load(tmp_path, SHA256)
    assert found is not None
    assert (found.project, found.version, found.dist_info) == ("widget", "1.0", "widget-1.0.dist-info")
    assert found.root_scheme == "purelib"
    assert found.entries == UNPACKED.entries
    assert found.scripts == UNPACKED.scripts
    assert found.notes == ("a member is not in RECORD: files", "another one")
    assert (found.root, found.sha256) == (tmp_path, SHA256)
    assert found.path(found.entries[0]) == f"{tmp_path}/files/purelib/widget/__init__.py"


def test_empty(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(render(Unpacked("w", "1", "w-1.dist-info", "platlib", (), (), ())))
    found = load(tmp_path, SHA256)
    assert found is not None
    assert (found.entries, found.scripts, found.notes) == ((), (), ())


def test_any_damage_is_seen(tmp_path: Path) -> None:
    good = render(UNPACKED)
    for position in range(0, len(good), 7):
        (tmp_path / FILE_NAME).write_bytes(good[:position] + b"\xff" + good[position + 1 :])
        assert load(tmp_path, SHA256) is None
    for length in range(0, len(good), 11):
        (tmp_path / FILE_NAME).write_bytes(good[:length])
        assert load(tmp_path, SHA256) is None


def test_nothing_there(tmp_path: Path) -> None:
    assert load(tmp_path / "none", SHA256) is None


def test_byte_code_is_there_once_its_folder_is(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(render(UNPACKED))
    wheel = load(tmp_path, SHA256)
    assert wheel is not None
    assert wheel.bytecode("cpython-311") is None
    folder = tmp_path / "bytecode" / "cpython-311"
    folder.mkdir(parents=True)
    assert wheel.bytecode("cpython-311") == folder
    assert wheel.bytecode("cpython-312") is None


def test_metadata_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(render(UNPACKED))
    wheel = load(tmp_path, SHA256)
    assert wheel is not None
    with pytest.raises(IntegrityError, match="was damaged and is removed") as raised:
        wheel.metadata()
    assert "run it again" in str(raised.value)
    assert not (tmp_path / FILE_NAME).exists()
