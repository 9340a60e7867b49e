from __future__ import annotations

from pathlib import Path

import pytest

from driverenv.environment.logs import rescue
from driverenv.environment.naming import MANIFEST
from driverenv.environment.record import laid, manifest
from driverenv.model.keeping import LOG_FILES


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    made = tmp_path / "key" / "Switch Driver"
    put(made / "lib" / "shipped.log", "shipped")
    (made.parent / MANIFEST).write_bytes(manifest([laid("lib/shipped.log", b"shipped")]))
    return made


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_what_the_driver_wrote(prefix: Path, tmp_path: Path) -> None:
    for name in (
        "lib/run.log",
        "lib/Run.LOG.1",
        "lib/Logs/2026/x.txt",
        "lib/Logs/y.txt",
        "lib/cache.pyc",
        "top.log",
    ):
        put(prefix / name, name)
    (prefix / "link.log").symlink_to(tmp_path / "elsewhere")
    moved = rescue(prefix, LOG_FILES, tmp_path / "logs")
    assert moved == ["lib/Logs/y.txt", "lib/Run.LOG.1", "lib/run.log", "top.log"]
    assert all((tmp_path / "logs" / name).read_text(encoding="utf-8") == name for name in moved)
    assert not any((prefix / name).exists() for name in moved)
    assert (prefix / "lib" / "shipped.log").exists()
    assert (prefix / "lib" / "Logs" / "2026" / "x.txt").exists()


def test_nothing_is_overwritten(prefix: Path, tmp_path: Path) -> None:
    for text in ("first", "second", "third"):
        put(prefix / "a.log", text)
        assert rescue(prefix, ["a.*"], tmp_path / "logs") == ["a.log"]
    found = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "logs").iterdir()}
    assert found == {"a.log": "first", "a.log.1": "second", "a.log.2": "third"}


def test_without_a_manifest_all_may_be_logs(prefix: Path, tmp_path: Path) -> None:
    (prefix.parent / MANIFEST).unlink()
    assert rescue(prefix, ["*.log"], tmp_path / "logs") == ["lib/shipped.log"]


def test_what_cannot_be_moved_stays(prefix: Path, tmp_path: Path) -> None:
    put(prefix / "a.log", "x")
    put(tmp_path / "logs", "in the way")
    assert rescue(prefix, ["*.log"], tmp_path / "logs") == []
    assert (prefix / "a.log").exists()
