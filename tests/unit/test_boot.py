from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from driverenv import boot, warm


def test_this_run() -> None:
    first, second = boot.identity(1000.0), boot.identity(2000.0)
    assert first
    assert (first == second) is (sys.platform == "linux")
    assert 0 < boot.uptime() <= boot.uptime()


def test_other_processes_have_the_same_clock() -> None:
    code = f"import sys; sys.path.insert(0, {str(Path(boot.__file__).parents[1])!r}); from driverenv import boot; "
    code += "print(boot.uptime(), boot.identity(1000.0))"
    before = boot.uptime()
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    uptime, identity = done.stdout.strip().split(" ", 1)
    assert before <= float(uptime) <= boot.uptime()
    if sys.platform == "linux":
        assert identity == boot.identity(1000.0)


def test_where_the_system_has_no_name_for_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(boot, "_known", [])
    monkeypatch.setattr(boot, "_ID", str(tmp_path / "none"))
    one = boot.identity(1_800_000_000.0)
    assert abs(float(one.removeprefix("since ")) - (1_800_000_000.0 - boot.uptime())) < 2
    assert warm.same_run(one, boot.identity(1_800_000_000.0))
