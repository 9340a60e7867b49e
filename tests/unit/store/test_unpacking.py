"""The lines between a launch and the process beside it; what comes of them is tested with `store.peer`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from driverenv.archive.rules import Label
from driverenv.archive.wheel import Offer
from driverenv.errors import ArchiveRejected
from driverenv.model.amended import Amended
from driverenv.store import manifest, unpacking
from tests.kit import Wheel
from tests.kit.wheels import WheelOptions

URL: WheelOptions = {"requires": ["evil @ https://evil.example/e.zip"]}


def made(folder: Path, options: WheelOptions | None = None) -> tuple[Path, Path, str]:
    """A wheel, an empty folder for it, and its digest."""
    archive = Wheel(name="widget", version="1.0", **(options or {})).archive()
    staged = folder / "staged"
    staged.mkdir()
    return archive.write(folder), staged, hashlib.sha256(archive.data).hexdigest()


def test_what_is_asked_is_what_is_done(tmp_path: Path) -> None:
    path, staged, sha256 = made(tmp_path)
    line = unpacking.asked(path, staged, sha256, Offer(Label(path.name), "widget", "1.0"))
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert unpacking.answer(line) == unpacking.done(sha256)
    assert sorted(one.name for one in staged.iterdir()) == ["files", "manifest", "stamps"]


@pytest.mark.parametrize(
    ("offer", "is_taken"),
    [
        (Offer(Label("w"), "widget", "1.0"), False),
        (Offer(Label("w"), "widget", "1.0", strict=False), False),
        (Offer(Label("w"), "widget", "1.0", deciding=True), True),
        (Offer(Label("w"), "widget", "1.0", amended=Amended(requires=True)), True),
        (
            Offer(
                Label("w"), "widget", "1.0", amended=Amended(projects=frozenset({canonicalize_name("evil")}))
            ),
            True,
        ),
        (Offer(Label("w"), "widget", "2.0", deciding=True), False),
        (Offer(Label("w"), "gadget", "1.0", deciding=True), False),
    ],
)
def test_everything_of_an_offer_goes_along(tmp_path: Path, offer: Offer, *, is_taken: bool) -> None:
    path, staged, sha256 = made(tmp_path, URL)
    line = unpacking.asked(path, staged, sha256, offer)
    if is_taken:
        assert unpacking.answer(line) == unpacking.done(sha256)
        found = manifest.load(staged, sha256)
        assert found is not None
        assert bool(found.fault) == offer.deciding
    else:
        with pytest.raises(ArchiveRejected):
            unpacking.answer(line)


@pytest.mark.parametrize("is_strict", [True, False])
def test_a_record_that_does_not_fit(tmp_path: Path, *, is_strict: bool) -> None:
    path, staged, sha256 = made(tmp_path, {"record": lambda rows: rows[1:]})
    line = unpacking.asked(path, staged, sha256, Offer(Label(path.name), "widget", "1.0", is_strict))
    if is_strict:
        with pytest.raises(ArchiveRejected):
            unpacking.answer(line)
    else:
        unpacking.answer(line)
        found = manifest.load(staged, sha256)
        assert found is not None
        assert found.notes
