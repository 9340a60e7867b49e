from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.kit import filesystems
from tests.kit.filesystems import Unavailable, mounted


def test_what_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filesystems, "_MAKE", {"xfs": ["mkfs.nothing"]})
    with pytest.raises(Unavailable, match=r"there is no mkfs\.nothing"), mounted("xfs", tmp_path):
        pass


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["xfs", "btrfs"])
def test_another_file_system(tmp_path: Path, kind: str) -> None:
    try:
        with mounted(kind, tmp_path) as place:
            assert place.stat().st_dev != tmp_path.stat().st_dev
            (place / "x").write_text("x")
    except Unavailable as why:
        pytest.skip(str(why))
    assert os.listdir(place) == []
