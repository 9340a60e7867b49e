"""The reader of wheels: what it makes of good ones, and a table of what it refuses."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Unpack

import pytest

from driverenv.archive.record import encoded
from driverenv.archive.rules import Label
from driverenv.archive.scripts import Script
from driverenv.archive.wheel import STAMP_SECONDS, Entry, Offer, Unpacked, read_metadata
from driverenv.errors import ArchiveRejected
from tests.kit import Wheel
from tests.kit.wheels import Archive, RecordRow, WheelOptions


def run(archive: Archive, folder: Path, *, strict: bool = True, version: str = "1.0") -> Unpacked:
    path = archive.write(folder / "in")
    into = folder / "out"
    into.mkdir()
    offer = Offer(Label(path.name), "widget", version, strict)
    found = offer.unpack(path, into)
    assert found == offer.check(path)
    return found


def wheel(**options: Unpack[WheelOptions]) -> Archive:
    return Wheel(name="widget", version="1.0", **options).archive()


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_good_wheel(tmp_path: Path) -> None:
    made = Wheel(
        name="Widget",
        version="1.0",
        files={"widget/data.json": "{}", "widget/__pycache__/a.cpython-311.pyc": "planted"},
        data_files={"scripts/run.sh": "#!/bin/sh\n", "data/share/x": "x", "purelib/extra.py": "y"},
        entry_points={
            "console_scripts": {"widget": "widget:main"},
            "gui_scripts": {"widgetw": "widget:main"},
        },
        dist_info={"INSTALLER": "evil", "REQUESTED": "", "direct_url.json": "{}"},
    ).archive()
    found = run(made, tmp_path)
    assert (found.project, found.version) == ("widget", "1.0")
    assert found.dist_info == "widget-1.0.dist-info"
    assert found.root_scheme == "purelib"
    assert found.scripts == (
        Script("widget", "widget", "main"),
        Script("widgetw", "widget", "main", gui=True),
    )
    assert found.notes == ()
    assert {f"{one.scheme}/{one.path}" for one in found.entries} == {
        "purelib/widget/__init__.py",
        "purelib/widget/data.json",
        "scripts/run.sh",
        "data/share/x",
        "purelib/extra.py",
        "purelib/widget-1.0.dist-info/METADATA",
        "purelib/widget-1.0.dist-info/WHEEL",
        "purelib/widget-1.0.dist-info/entry_points.txt",
    }
    files = tree(tmp_path / "out")
    assert set(files) == {f"{one.scheme}/{one.path}" for one in found.entries}
    for entry in found.entries:
        data = files[f"{entry.scheme}/{entry.path}"]
        assert entry.size == len(data)
        assert entry.sha256 == encoded(hashlib.sha256(data).digest())
        assert entry.executable is (entry.scheme == "scripts")
        status = (tmp_path / "out" / entry.scheme / entry.path).stat()
        assert status.st_mtime_ns == STAMP_SECONDS * 10**9
        if os.name == "posix":
            assert not status.st_mode & 0o222
            assert bool(status.st_mode & 0o100) is entry.executable


def test_platlib_root(tmp_path: Path) -> None:
    found = run(wheel(tag="cp311-cp311-linux_x86_64"), tmp_path)
    assert found.root_scheme == "platlib"
    assert {one.scheme for one in found.entries} == {"platlib"}


def test_sha512_in_record(tmp_path: Path) -> None:
    def stronger(rows: list[RecordRow]) -> list[RecordRow]:
        sha512 = "sha512=" + encoded(hashlib.sha512(b"hello").digest())
        return [(path, sha512 if path == "x.txt" else digest, size) for path, digest, size in rows]

    made = Wheel(name="widget", version="1.0", files={"x.txt": "hello"}, record=stronger).archive()
    entry = next(one for one in run(made, tmp_path).entries if one.path == "x.txt")
    assert entry == Entry("purelib", "x.txt", 5, encoded(hashlib.sha256(b"hello").digest()), executable=False)


def drop(name: str) -> Callable[[list[RecordRow]], list[RecordRow]]:
    return lambda rows: [row for row in rows if row[0] != name]


def change(name: str, digest: str) -> Callable[[list[RecordRow]], list[RecordRow]]:
    return lambda rows: [(path, digest if path == name else old, size) for path, old, size in rows]


INIT = "widget/__init__.py"
META = "Metadata-Version: 2.1\nName: widget\nVersion: 1.0\n"

HOSTILE: list[tuple[str, WheelOptions, str]] = [
    ("path traversal", {"files": {"../../evil.py": ""}}, "name-path"),
    ("absolute path", {"files": {"/evil.py": ""}}, "name-path"),
    ("backslash", {"files": {"..\\evil.py": ""}}, "name-portable"),
    ("device name", {"files": {"widget/nul.py": ""}}, "name-portable"),
    ("case collision", {"files": {"widget/A.py": "", "widget/a.py": ""}}, "name-unique"),
    ("file and folder", {"files": {"a": "", "a/b": ""}}, "name-unique"),
    ("second dist-info", {"files": {"pip-1.dist-info/METADATA": ""}}, "dist-info"),
    ("foreign dist-info", {"spelling": "gadget"}, "dist-info"),
    ("foreign data", {"files": {"pip-1.data/scripts/pip": ""}}, "data-scheme"),
    ("unknown scheme", {"data_files": {"home/x": ""}}, "data-scheme"),
    ("nested script", {"data_files": {"scripts/a/b": ""}}, "data-scheme"),
    ("interpreter replaced", {"data_files": {"scripts/python": ""}}, "entry-points"),
    ("interpreter by data", {"data_files": {"data/bin/python3": ""}}, "data-target"),
    ("pyvenv.cfg", {"data_files": {"data/pyvenv.cfg": ""}}, "data-target"),
    ("entry point python", {"entry_points": {"console_scripts": {"python": "a:b"}}}, "entry-points"),
    ("entry point path", {"entry_points": {"console_scripts": {"../x": "a:b"}}}, "entry-points"),
    ("entry point code", {"entry_points": {"console_scripts": {"x": "a:b;evil"}}}, "entry-points"),
    (
        "entry point is a file",
        {"entry_points": {"console_scripts": {"x": "a:b"}}, "data_files": {"scripts/x": ""}},
        "data-target",
    ),
    ("two targets", {"data_files": {"purelib/widget/__init__.py": ""}}, "data-target"),
    ("dist-info by data", {"data_files": {"purelib/pip-1.dist-info/RECORD": ""}}, "dist-info"),
    ("no METADATA", {"dist_info": {"METADATA": None}}, "metadata"),
    ("other name", {"dist_info": {"METADATA": META.replace("widget", "gadget")}}, "metadata"),
    ("other version", {"dist_info": {"METADATA": META.replace("1.0", "1.1")}}, "metadata"),
    ("two names", {"dist_info": {"METADATA": "Name: widget\n" + META}}, "metadata"),
    ("no WHEEL", {"dist_info": {"WHEEL": None}}, "wheel-file"),
    ("wheel 2", {"dist_info": {"WHEEL": "Wheel-Version: 2.0\nRoot-Is-Purelib: true\n"}}, "wheel-file"),
    (
        "wheel 1, other digits",
        {"dist_info": {"WHEEL": "Wheel-Version: 1.\u0661\nRoot-Is-Purelib: true\n"}},
        "wheel-file",
    ),
    ("root unknown", {"dist_info": {"WHEEL": "Wheel-Version: 1.0\n"}}, "wheel-file"),
    ("no RECORD", {"dist_info": {"RECORD": None}}, "record"),
    ("not in RECORD", {"record": drop(INIT)}, "record"),
    ("wrong hash", {"record": change(INIT, "sha256=AAAA")}, "record"),
    ("md5", {"record": change(INIT, "md5=AAAA")}, "record"),
    ("no hash", {"record": change(INIT, "")}, "record"),
    ("ghost", {"record": lambda rows: [*rows, ("ghost.py", "sha256=AAAA", "1")]}, "record"),
    ("garbled RECORD", {"dist_info": {"RECORD": "a,b\n"}}, "record"),
    ("bomb", {"files": {"big": b"\0" * (80 << 20)}}, "size"),
]


@pytest.mark.parametrize(("options", "rule"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_hostile(tmp_path: Path, options: WheelOptions, rule: str) -> None:
    made = wheel(**options)
    with pytest.raises(ArchiveRejected) as caught:
        run(made, tmp_path)
    assert caught.value.data["rule"] == rule
    assert not (tmp_path / "evil.py").exists()
    outside = [path for path in tmp_path.rglob("*") if not path.is_relative_to(tmp_path / "out")]
    assert outside == [tmp_path / "in", tmp_path / "in" / made.filename] or set(outside) == {
        tmp_path / "out",
        tmp_path / "in",
        tmp_path / "in" / made.filename,
    }


@pytest.mark.parametrize(
    "options",
    [row[1] for row in HOSTILE if row[2] == "record" and row[0] != "garbled RECORD"],
    ids=[row[0] for row in HOSTILE if row[2] == "record" and row[0] != "garbled RECORD"],
)
def test_a_local_wheel_may_differ_from_its_record(tmp_path: Path, options: WheelOptions) -> None:
    found = run(wheel(**options), tmp_path, strict=False)
    assert found.notes


def test_other_version_than_offered(tmp_path: Path) -> None:
    with pytest.raises(ArchiveRejected):
        run(wheel(), tmp_path, version="2.0")


def test_any_spelling_of_name_and_version(tmp_path: Path) -> None:
    made = Wheel(name="Widget", version="1.0", spelling="WIDGET").archive()
    assert run(made, tmp_path, version="1").dist_info == "WIDGET-1.0.dist-info"


def test_read_metadata_writes_nothing(tmp_path: Path) -> None:
    made = wheel()
    path = made.write(tmp_path)
    found = read_metadata(path, project="widget", version="1.0", filename=path.name)
    assert found == made.metadata
    with pytest.raises(ArchiveRejected):
        read_metadata(path, project="gadget", version="1.0", filename=path.name)
    assert list(tmp_path.iterdir()) == [path]


def test_cut_anywhere(tmp_path: Path) -> None:
    data = wheel().data
    for length in range(0, len(data), 37):
        path = tmp_path / str(length)
        path.write_bytes(data[:length])
        (tmp_path / f"{length}.out").mkdir()
        with pytest.raises(ArchiveRejected):
            Offer(Label("w.whl"), "widget", "1.0").unpack(path, tmp_path / f"{length}.out")


def test_file_modes_of_the_archive(tmp_path: Path) -> None:
    made = wheel(data_files={"scripts/a": "x"}, files={"widget/tool": "y"})
    modes = {one.path: one.executable for one in run(made, tmp_path).entries}
    assert modes["a"] is True
    assert modes["widget/tool"] is False
    assert stat.S_ISREG((tmp_path / "out/scripts/a").stat().st_mode)
