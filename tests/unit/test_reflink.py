from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from driverenv import _reflink
from driverenv.environment.clone import CLONE, method
from driverenv.store import Store


def test_where_it_cannot_be_done_nothing_is_left(tmp_path: Path) -> None:
    if method("auto", Store(tmp_path / "home")) == CLONE:
        pytest.skip("this file system has clones: tests/integration/test_sharing.py looks at them")
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_text("x")
    with pytest.raises(OSError, match=r"\[Errno"):
        _reflink.clone(str(source), str(target), mode=0o644)
    assert not target.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="Linux has an ioctl for it")
def test_a_clone_has_the_mode_and_the_time_that_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def as_if(writer: int, number: int, reader: int) -> None:
        assert number == 0x40049409
        os.write(writer, os.read(reader, 100))

    monkeypatch.setattr("fcntl.ioctl", as_if)
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_text("x")
    _reflink.clone(str(source), str(target), mode=0o600, mtime=77)
    assert (target.read_text(), target.stat().st_mtime, target.stat().st_mode & 0o777) == ("x", 77, 0o600)
