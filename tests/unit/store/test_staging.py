from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

from driverenv import _fs
from driverenv.store.staging import Staging, sweep

DIE = """
import os, sys
from pathlib import Path
from driverenv.store.staging import Staging
root, gate = map(Path, sys.argv[1:])
staging = Staging(root, gate)
folder = staging.folder()
(folder / "half").write_text("x")
os._exit(9)
"""


def left(root: Path) -> list[str]:
    return sorted(path.suffix for path in root.iterdir())


def test_folders_are_private_and_differ(tmp_path: Path) -> None:
    root, gate = tmp_path / "staging", tmp_path / "gate"
    one, other = Staging(root, gate), Staging(root, gate)
    folders = {one.folder(), one.folder(), other.folder()}
    assert len(folders) == 3
    assert all(folder.is_dir() and not list(folder.iterdir()) for folder in folders)
    assert left(root) == ["", "", ".lock", ".lock"]
    del one
    gc.collect()
    assert left(root) == ["", ".lock"]
    assert other.folder().is_dir()


def test_what_a_dead_process_left_is_swept(tmp_path: Path) -> None:
    root, gate = tmp_path / "staging", tmp_path / "gate"
    living = Staging(root, gate)
    kept = living.folder()
    done = subprocess.run([sys.executable, "-c", DIE, str(root), str(gate)], check=False)
    assert done.returncode == 9
    assert left(root) == ["", "", ".lock", ".lock"]
    new = Staging(root, gate)
    new.folder()
    assert left(root) == ["", "", ".lock", ".lock"]
    assert kept.is_dir()
    assert not list(root.glob("*/*/half"))


def test_a_lonely_lock_file_goes(tmp_path: Path) -> None:
    root = tmp_path / "staging"
    sweep(root)
    (root / "abc.lock").touch()
    (root / "def.lock").touch()
    (root / "ghi").mkdir()
    release = _fs.hold(root / "def.lock")
    assert release is not None
    sweep(root)
    assert [path.name for path in root.iterdir()] == ["def.lock"]
    release()
