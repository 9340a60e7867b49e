from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from driverenv.examine import Ground, Trial
from driverenv.examine.mounts import Mount
from driverenv.model.finding import FAIL, OK, WARN, Finding
from driverenv.stories.checkup import premises

GROUND = Ground(
    folder="/srv/home",
    exists=True,
    nearest="/srv/home",
    is_folder=True,
    writable=True,
    owner=1000,
    is_ours=True,
    mode=0o700,
    group_may_write=False,
    unsafe=("", ""),
    total=100 << 30,
    free=50 << 30,
    files_free=1_000_000,
    mount=Mount("/srv", "ext4", is_remote=False),
)
TRIAL = Trial("", "", "", "", "", "", tells_case=True, fine_times=True)


class Look:
    """The findings on a ground that is as a test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(
        self, ground: Ground = GROUND, trial: Trial = TRIAL, *, fast: bool = False
    ) -> dict[str, Finding]:
        self._monkeypatch.setattr(premises, "ground", lambda _home: ground)
        self._monkeypatch.setattr(premises, "try_out", lambda _folder: trial)
        return {one.code: one for one in premises.section(ground.folder, fast=fast).findings}

    def worst(self, ground: Ground = GROUND, trial: Trial = TRIAL) -> tuple[str, str]:
        (found,) = [one for one in self(ground, trial).values() if one.status != OK]
        assert found.remedy
        return found.code, found.status


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch) -> Look:
    return Look(monkeypatch)


def test_a_good_one(look: Look) -> None:
    found = look()
    assert {one.status for one in found.values()} == {OK}
    assert set(found) == {
        "home",
        "home-rights",
        "home-space",
        "home-file-system",
        "home-ability",
        "home-links",
    }
    assert "home-links" not in look(fast=True)


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"is_folder": False}, "home", FAIL),
        ({"writable": False}, "home", FAIL),
        ({"unsafe": ("/srv/home", "anybody may write there (mode 0777)")}, "home-rights", FAIL),
        ({"unsafe": ("/srv", "it belongs to another account (number 7)")}, "home-rights", FAIL),
        ({"group_may_write": True}, "home-rights", WARN),
        ({"free": 1 << 30}, "home-space", WARN),
        ({"free": 1 << 20}, "home-space", FAIL),
        ({"files_free": 10}, "home-files", WARN),
        ({"mount": Mount("/srv", "nfs4", is_remote=True)}, "home-file-system", FAIL),
    ],
)
def test_what_is_seen(look: Look, changes: dict[str, object], code: str, status: str) -> None:
    assert look.worst(replace(GROUND, **changes)) == (code, status)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"locks": "No locks available"}, "home-ability", FAIL),
        ({"renames": "no"}, "home-ability", FAIL),
        ({"links": "Operation not permitted"}, "home-links", WARN),
        ({"long_paths": "File name too long"}, "home-long-paths", WARN),
        ({"modes": "a file stays writable"}, "home-modes", WARN),
        ({"fine_times": False}, "home-times", WARN),
    ],
)
def test_what_is_tried(look: Look, changes: dict[str, object], code: str, status: str) -> None:
    assert look.worst(trial=replace(TRIAL, **changes)) == (code, status)  # type: ignore[arg-type]


def test_one_that_the_policy_allows(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = replace(GROUND, mount=Mount("/srv", "nfs4", is_remote=True))
    look(seen)
    (found,) = [
        one
        for one in premises.section(seen.folder, fast=True, network="allow").findings
        if one.code == "home-file-system"
    ]
    assert found.status == WARN


def test_one_that_is_not_there_yet(look: Look) -> None:
    found = look(replace(GROUND, exists=False, nearest="/srv", is_ours=False, owner=0))
    assert found["home"].status == OK
    assert "the first launch makes it below /srv" in found["home"].detail
    assert "home-rights" not in found


def test_unknown_and_unlimited(look: Look) -> None:
    found = look(replace(GROUND, mount=None, files_free=None, owner=None))
    assert "home-file-system" not in found
    assert "mode" not in found["home-rights"].detail
    for clones, told in (
        ("", "reflinks) do, too"),
        ("Operation not supported", "do not (Operation not supported)"),
    ):
        assert told in look(trial=replace(TRIAL, clones=clones))["home-links"].detail
    assert "a and A for one name" in look(trial=replace(TRIAL, tells_case=False))["home-ability"].detail


def test_a_real_one_is_left_as_it_was(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    found = premises.section(str(tmp_path), fast=False)
    assert {"home", "home-space", "home-ability"} <= {one.code for one in found.findings}
    assert os.listdir(tmp_path) == []


def test_one_that_cannot_be_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_folder: str) -> Ground:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(premises, "ground", refuse)
    (found,) = premises.section("/x", fast=False).findings
    assert (found.status, "Permission denied" in found.detail) == (FAIL, True)
    monkeypatch.setattr(premises, "ground", lambda _home: GROUND)
    monkeypatch.setattr(premises, "try_out", refuse)
    assert premises.section("/x", fast=False).findings[-1].code == "home-trial"
