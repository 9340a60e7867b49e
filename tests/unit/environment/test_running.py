from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from driverenv.environment import keys_in_use

linux = pytest.mark.skipif(sys.platform != "linux", reason="no /proc")


def process(root: Path, number: int, cmdline: bytes, environ: bytes | None) -> None:
    folder = root / str(number)
    folder.mkdir()
    (folder / "cmdline").write_bytes(cmdline)
    if environ is not None:
        (folder / "environ").write_bytes(environ)


@linux
def test_by_command_line_and_by_variable(tmp_path: Path) -> None:
    process(tmp_path, 1, b"/h/environments/k1/Switch Driver/bin/python\0driver.py\0", b"")
    process(tmp_path, 2, b"/usr/bin/python\0x", b"A=b\0VIRTUAL_ENV=/h/environments/k2/Rack\0")
    process(tmp_path, 3, b"/usr/bin/python\0/h/environments/k3/x.py", None)
    process(tmp_path, 4, b"", b"NOT_VIRTUAL_ENV=/h/environments/k4/Rack")
    process(
        tmp_path, 5, b"/elsewhere/h/environments/k5/Rack/bin/python", b"VIRTUAL_ENV=/h/environments-k5/Rack"
    )
    (tmp_path / "self").mkdir()
    assert keys_in_use(Path("/h/environments"), str(tmp_path)) == {"k1", "k2"}
    assert keys_in_use(Path("/h/environments"), str(tmp_path / "nowhere")) == set()


@linux
def test_a_real_one(tmp_path: Path) -> None:
    environ = {**os.environ, "VIRTUAL_ENV": str(tmp_path / "key" / "Switch Driver")}
    with subprocess.Popen(
        [sys.executable, "-c", "print(1, flush=True); input()"],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        running.stdout.readline()
        assert keys_in_use(tmp_path) == {"key"}
        running.communicate(b"\n")
    assert keys_in_use(tmp_path) == set()
