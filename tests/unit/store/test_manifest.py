from __future__ import annotations

from pathlib import Path

from driverenv.archive.scripts import Script
from driverenv.archive.wheel import Entry, Unpacked
from driverenv.model.plan import CODE, DATA, SCRIPT
from driverenv.store import manifest
from driverenv.store.manifest import FILE_NAME, load

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
    "it requires evil\tfrom a URL",
)


def render(unpacked: Unpacked) -> bytes:
    return manifest.render(manifest.of(unpacked, Path(), SHA256))


def test_round_trip(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(render(UNPACKED))
    found = load(tmp_path, SHA256)
    assert found is not None
    assert (found.project, found.version, found.dist_info) == ("widget", "1.0", "widget-1.0.dist-info")
    assert found.root_scheme == "purelib"
    assert [one[:5] for one in found.entries] == sorted(UNPACKED.entries)
    assert {one.path: one.kind for one in found.entries} == {
        "widget/__init__.py": CODE,
        "run it": SCRIPT,
        "files": DATA,
        "\u00e4/\u65e5.py": CODE,
    }
    assert found.scripts == UNPACKED.scripts
    assert found.notes == ("a member is not in RECORD: files", "another one")
    assert found.fault == "it requires evil from a URL"
    assert (found.root, found.sha256) == (tmp_path, SHA256)
    assert found == manifest.of(UNPACKED, tmp_path, SHA256)
    assert found.path(found.entries[1]) == f"{tmp_path}/files/purelib/widget/__init__.py"


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


def test_files_of_one_folder_come_one_after_the_other(tmp_path: Path) -> None:
    paths = ("b/x.py", "a/x.py", "b/c/y.py", "b/y.py", "a/y.py")
    entries = tuple(Entry("purelib", path, 1, "h", executable=False) for path in paths)
    (tmp_path / FILE_NAME).write_bytes(
        render(Unpacked("w", "1", "w-1.dist-info", "purelib", entries, (), ()))
    )
    found = load(tmp_path, SHA256)
    assert found is not None
    assert [one.path for one in found.entries] == ["a/x.py", "a/y.py", "b/x.py", "b/y.py", "b/c/y.py"]
