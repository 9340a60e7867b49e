from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from driverenv.errors import RepositoryRefused
from driverenv.model.site import Index
from driverenv.repository.bundle import MANIFEST
from driverenv.stories import handover, snapshots
from tests.kit.wheels import make_wheel
from tests.unit.repository.test_bundle import item
from tests.unit.resolve.worlds import check_golden
from tests.unit.stories.bench import Bench
from tests.unit.stories.test_bundling import LINUX, WINDOWS, packed

SIX, LIB = "files/six-1.0-py3-none-any.whl", "files/lib-1.0-py3-none-any.whl"
Members = dict[str, bytes]


@pytest.fixture
def site(bench: Bench) -> Bench:
    bench.wheel("six", "1.0")
    bench.wheel("lib", "1.0", requires=["six"])
    bench.driver("lib\n", "A")
    return bench


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "target index"
    folder.mkdir()
    return folder


def refused(code: str, call: Callable[[], object]) -> RepositoryRefused:
    with pytest.raises(RepositoryRefused) as caught:
        call()
    assert caught.value.code == code
    return caught.value


def test_applied_once_and_again(site: Bench, target: Path) -> None:
    path = packed(site, WINDOWS).path
    assert handover.apply(path, target, dry_run=True).dry_run
    assert list(target.glob("*.whl")) == []
    first = handover.apply(path, target)
    assert [one.path for one in first.placed] == ["lib-1.0-py3-none-any.whl", "six-1.0-py3-none-any.whl"]
    second = handover.apply(path, target)
    assert (second.placed, len(second.there)) == ((), 2)


def test_a_name_with_other_bytes_is_not_overwritten(site: Bench, target: Path) -> None:
    path = packed(site, WINDOWS).path
    old = make_wheel(target, "six", "1.0", files={"six_other.py": "x = 1"}).read_bytes()
    refused("OTHER_CONTENT", lambda: handover.apply(path, target))
    assert [one.read_bytes() for one in target.glob("*.whl")] == [old]
    assert handover.apply(path, target, replace=True).removal


def test_a_delta_needs_its_base(site: Bench, target: Path) -> None:
    base = packed(site, WINDOWS)
    site.wheel("more", "1.0")
    site.driver("more\nlib\n", "B")
    delta = packed(site, WINDOWS, name="delta.zip", since=handover.since(bundle=base.path))
    assert [one.filename for one in delta.bundle.inside] == ["more-1.0-py3-none-any.whl"]
    handover.verify(delta.path)
    error = refused("BUNDLE_INCOMPLETE", lambda: handover.apply(delta.path, target))
    assert error.data["missing"] == ["lib-1.0-py3-none-any.whl", "six-1.0-py3-none-any.whl"]
    handover.apply(base.path, target)
    assert [one.project for one in handover.apply(delta.path, target).placed] == ["more"]
    same = packed(site, WINDOWS, name="same.zip", since=handover.since(bundle=delta.path))
    assert same.bundle.inside == ()
    assert handover.apply(same.path, target).placed == ()


def test_since_a_snapshot(site: Bench, tmp_path: Path) -> None:
    note = snapshots.snapshot(Index(site.index), output=tmp_path / "site.json")
    site.wheel("six", "1.1")
    made = packed(site, WINDOWS, since=handover.since(snapshot=note.path))
    assert [one.filename for one in made.bundle.inside] == ["six-1.1-py3-none-any.whl"]
    refused("SNAPSHOT_INVALID", lambda: handover.since(snapshot=tmp_path / "gone"))


def test_two_bundles(site: Bench) -> None:
    first = packed(site, WINDOWS).path
    assert handover.compare(first, first).is_empty
    site.wheel("six", "1.1")
    found = handover.compare(first, packed(site, WINDOWS, LINUX, name="b.zip").path)
    assert [one.project for one in found.files.versions] == ["six"]
    assert (found.added, found.removed, found.is_empty) == ((("A", "3.12-linux_x86_64"),), (), False)


def manifest(change: Callable[[dict[str, list[dict[str, object]]]], object]) -> Callable[[Members], object]:
    def apply(members: Members) -> None:
        data = json.loads(members[MANIFEST])
        change(data)
        members[MANIFEST] = json.dumps(data).encode()

    return apply


LOCK = "locks/A/3.9-win_amd64/pylock.toml"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda members: members.pop(SIX), f"{SIX} is not in it"),
        (
            lambda members: members.update({"files/evil.whl": b""}),
            "files/evil.whl is in it, and is not listed",
        ),
        (lambda members: members.update({SIX: members[LIB]}), "another content"),
        (lambda members: members.update({LOCK: b"x"}), "is no lock"),
        (
            lambda members: members.update(
                {LOCK: b'lock-version = "1.0"\ncreated-by = "x"\npackages = []\n'}
            ),
            "other files",
        ),
        (manifest(lambda data: data["files"][0].update(version="2.0")), "is listed as lib 2.0"),
        (manifest(lambda data: data["files"][0].update(requires=[])), "needs other things"),
        (manifest(lambda data: data["drivers"][0].update(requires=["nowhere"])), "A needs nowhere"),
        (manifest(lambda data: data["drivers"][0].update(uses=[])), "is needed by no driver"),
        (manifest(lambda data: data["files"].append(data["files"][0])), "is listed twice"),
    ],
)
def test_what_was_changed_is_found(site: Bench, change: Callable[[Members], object], said: str) -> None:
    path = Path(packed(site, WINDOWS).path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    error = refused("BUNDLE_INVALID", lambda: handover.verify(path))
    assert any(said in one for one in error.data["wrong"]), error


def test_a_bad_wheel_with_a_good_hash(site: Bench, target: Path) -> None:
    path = Path(packed(site, WINDOWS).path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    import hashlib

    members[SIX] = b"no wheel"
    data = json.loads(members[MANIFEST])
    row = next(one for one in data["files"] if one["project"] == "six")
    row.update(sha256=hashlib.sha256(b"no wheel").hexdigest(), size=8)
    members[MANIFEST] = json.dumps(data).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    error = refused("BUNDLE_INVALID", lambda: handover.apply(path, target))
    assert any("ARCHIVE_REJECTED" in one for one in error.data["wrong"])
    assert list(target.iterdir()) == []


def test_the_texts() -> None:
    lost = [item(filename=f"{name}-1.0-py3-none-any.whl", sha256="ab" * 32) for name in ("lib", "six")]
    check_golden(handover._without_base("/mnt/usb/new.zip", "/srv/pypi", lost), "base")
    check_golden(handover._without_base("/mnt/usb/new.zip", "/srv/pypi", lost[:1] * 22), "base-many")
    assert "builds on a file that" in str(handover._without_base("new.zip", "/srv/pypi", lost[:1]))
    wrong = [
        "lib-1.0-py3-none-any.whl is needed by no driver",
        "Rack Driver for 3.9-win_amd64: six is not there",
    ]
    for case, found in (("one", wrong[:1]), ("two", wrong), ("many", wrong[:1] * 22)):
        with pytest.raises(RepositoryRefused) as caught:
            handover._refuse(Path("site.zip"), found)
        check_golden(caught.value, case)
