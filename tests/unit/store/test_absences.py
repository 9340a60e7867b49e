from __future__ import annotations

from pathlib import Path

import pytest

from driverenv.store.absences import HOLDS_SECONDS, Absences

NOW = 1_800_000_000


def test_it_holds_for_a_week(tmp_path: Path) -> None:
    Absences(tmp_path, NOW).note("index", "n-six")
    for later, known in ((0, True), (HOLDS_SECONDS - 1, True), (HOLDS_SECONDS, False), (-1, False)):
        assert Absences(tmp_path, NOW + later).known("index", "n-six") is known
    assert not Absences(tmp_path, NOW).known("index", "n-seven")
    assert not Absences(tmp_path, NOW).known("other", "n-six")


def test_what_is_there_is_forgotten(tmp_path: Path) -> None:
    absences = Absences(tmp_path, NOW)
    absences.note("index", "n-six")
    absences.forget("index", "n-six")
    absences.forget("index", "n-six")
    assert not absences.known("index", "n-six")


@pytest.mark.parametrize("data", [b"", b"yesterday", b"9" * 5000])
def test_a_damaged_one_is_none(tmp_path: Path, data: bytes) -> None:
    absences = Absences(tmp_path, NOW)
    absences.note("index", "n-six")
    (tmp_path / "absent" / "index" / "n-six").write_bytes(data)
    assert not absences.known("index", "n-six")


def test_a_disk_that_takes_nothing_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "absent").write_bytes(b"no folder")
    absences = Absences(tmp_path, NOW)
    absences.note("index", "n-six")
    absences.forget("index", "n-six")
    assert not absences.known("index", "n-six")
