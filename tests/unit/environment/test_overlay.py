from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from driverenv import warm
from driverenv.environment import overlay, shipped
from driverenv.environment.naming import MANIFEST
from driverenv.environment.overlay import Edit
from driverenv.environment.record import laid, manifest
from driverenv.environment.shipped import Shipped
from driverenv.errors import HomeUnusable
from driverenv.events import Event, Warned
from driverenv.model.plan import DATA, OVERLAY
from driverenv.store import Store

ROWS = [
    laid("lib/a/x.ini", b"x", OVERLAY),
    laid("lib/a/y.ini", b"y", OVERLAY),
    laid("lib/a/z.json", b"z", DATA),
    laid("etc/x.ini", b"x", OVERLAY),
]


@pytest.fixture
def at(tmp_path: Path) -> Path:
    """An environment of four files."""
    prefix = tmp_path / "home" / "environments" / ("a" * 40) / "Switch Driver"
    for row, data in zip(ROWS, (b"x", b"y", b"z", b"x"), strict=True):
        (prefix / row.target).parent.mkdir(parents=True, exist_ok=True)
        (prefix / row.target).write_bytes(data)
    prefix.with_name(MANIFEST).write_bytes(manifest(ROWS))
    prefix.with_name(warm.SHIPPED).write_bytes(shipped.render(Shipped(library="lib"), str(prefix)))
    return prefix


def test_what_may_be_edited_and_was(at: Path) -> None:
    assert overlay.overlays(at) == ("a/x.ini", "a/y.ini")
    assert overlay.edits(at) == {}
    (at / "lib/a/x.ini").write_bytes(b"edited")
    (at / "lib/a/z.json").write_bytes(b"edited")
    (at / "lib/a/y.ini").unlink()
    assert overlay.edits(at) == {"a/x.ini": Edit(ROWS[0].sha256, b"edited")}
    assert list(overlay.edits(at, ["a/z.json", "a/w.ini"])) == ["a/z.json"]


def test_kept_in_the_store(at: Path, tmp_path: Path) -> None:
    store, key = Store(tmp_path / "home"), at.parent.name
    overlay.remember(at, key, store)
    assert overlay.recall(key, store) == {}
    (at / "lib/a/x.ini").write_bytes(b"edited\xff")
    overlay.remember(at, key, store)
    assert overlay.recall(key, store) == overlay.edits(at) == overlay.latest(at, store)
    at.with_name(MANIFEST).unlink()
    assert overlay.latest(at, store) == {"a/x.ini": Edit(ROWS[0].sha256, b"edited\xff")}
    overlay.remember(at, key, store)  # it is none any more, and what was kept stays
    assert overlay.recall(key, store)


def test_an_edit_that_was_taken_back_is_forgotten(at: Path, tmp_path: Path) -> None:
    store, key = Store(tmp_path / "home"), at.parent.name
    (at / "lib/a/x.ini").write_bytes(b"edited")
    overlay.remember(at, key, store)
    (at / "lib/a/x.ini").write_bytes(b"x")
    overlay.remember(at, key, store)
    assert overlay.recall(key, store) == {}


def test_carried(at: Path) -> None:
    (at / "lib/a/x.ini").chmod(0o640)
    found = {one: Edit("", b"new") for one in ("a/x.ini", "a/z.json", "a/gone.ini", "../etc/x.ini")}
    overlay.carry(found, at)
    assert [(at / row.target).read_bytes() for row in ROWS] == [b"new", b"y", b"z", b"x"]
    assert (at / "lib/a/x.ini").stat().st_mode & 0o777 == 0o640
    (at / "lib/a/y.ini").unlink()
    overlay.carry({"a/y.ini": Edit("", b"new")}, at)  # whoever looks at it next has it made anew
    overlay.carry(found, at / "none")


def test_told(at: Path) -> None:
    told: list[Event] = []
    same, other = Edit(ROWS[0].sha256, b"new"), Edit("other", b"new")
    overlay.tell({"a/x.ini": same, "a/y.ini": Edit("other", b"y")}, at, told.append)
    assert told == []
    overlay.tell({"a/x.ini": other, "gone.ini": same}, at, told.append)
    assert [one.code for one in told if isinstance(one, Warned)] == ["EDIT_OUTDATED"] * 2
    overlay.tell({"a/x.ini": other}, at / "none", told.append)
    assert len(told) == 2


def test_what_cannot_be_read_now_is_not_taken_for_unedited(at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (at / "lib/a/x.ini").write_bytes(b"edited")

    def refused(path: object, _flags: int) -> int:
        raise OSError(errno.EMFILE, "Too many open files", str(path))

    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(HomeUnusable):
        overlay.edits(at)
