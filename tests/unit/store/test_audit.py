"""Every byte of the store is looked at, and what is not what it was can be had anew."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from driverenv import warm
from driverenv.archive.record import encoded
from driverenv.store import Store, audit, bytecode, sharing, stamps
from driverenv.store.audit import Audit, Fault
from driverenv.store.manifest import StoredWheel
from tests.kit import Wheel

FILES = {"widget/__init__.py": "N = 1\n", "widget/settings.ini": "[widget]\n", "empty/__init__.py": ""}


class Bench:
    """A store with a wheel, byte code of it, an image and a document."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.store = Store(self.home)
        made = Wheel(name="widget", version="1.0", files=FILES).archive()
        self.data, self.sha256 = made.data, hashlib.sha256(made.data).hexdigest()
        self.admit()
        self.ingest()
        self.compile()
        self.image()
        self.store.write("page", "a" * 40, b"said")

    def admit(self) -> None:
        with self.store.staging() as folder:
            (folder / "file").write_bytes(self.data)
            self.store.admit(folder / "file", self.sha256)

    def ingest(self) -> StoredWheel:
        archive = self.store.archive(self.sha256)
        assert archive is not None
        return self.store.ingest(
            archive, project="widget", version="1.0", filename="widget", sha256=self.sha256, public=True
        )

    @property
    def wheel(self) -> StoredWheel:
        found = self.store.wheel(self.sha256)
        assert found is not None
        return found

    @property
    def filled(self) -> Path:
        """A file of the wheel with something in it."""
        return Path(self.wheel.path(next(one for one in self.wheel.entries if one.size)))

    def compile(self) -> None:
        folder = self.wheel.root / "bytecode" / "cpython-312"
        path = folder / "purelib" / "widget" / "__pycache__" / "__init__.cpython-312.pyc"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"code")
        path.chmod(0o444)
        digest = encoded(hashlib.sha256(b"code").digest())
        body = f"4\t{digest}\tpurelib/widget/__pycache__/{path.name}".encode()
        text = f"{bytecode.HEADER}\n{warm.key((body,))}\n".encode() + body
        (folder / bytecode.FILE_NAME).write_bytes(text)
        self.look(repair=True)  # which writes its stamps down

    def image(self) -> None:
        with self.store.staging() as folder:
            (folder / "image" / "bin").mkdir(parents=True)
            (folder / "image" / "pyvenv.cfg").write_text("home = x\n", encoding="utf-8")
            (folder / "image" / "bin" / "python").symlink_to("/usr/bin/python3")
            self.store.keep("image", "b" * 40, folder / "image")

    def look(self, *, contents: bool = True, repair: bool = False) -> list[Fault]:
        looking = Audit(self.store, contents=contents, repair=repair)
        return [fault for entry in looking.entries() for fault in looking.look(entry)]

    def files(self) -> list[Path]:
        """Every file of the store with a byte in it."""
        shelves = ("archives", "wheels", "folders", "documents")
        return sorted(
            path
            for shelf in shelves
            for path in (self.home / shelf).rglob("*")
            if path.is_file() and not path.is_symlink() and path.stat().st_size and path.suffix != ".lock"
        )


def flip(path: Path, at: int) -> None:
    """As a failing disk does, as far as that can be played: size, times and mode stay."""
    before = path.stat()
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    path.chmod(before.st_mode)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("audit"))


@pytest.fixture
def bench(made: Bench, tmp_path: Path) -> Bench:
    """Each test has a copy; its stamps are its own."""
    shutil.copytree(made.home, tmp_path / "home", symlinks=True)
    found = object.__new__(Bench)
    found.home, found.data, found.sha256 = tmp_path / "home", made.data, made.sha256
    found.store = Store(found.home)
    found.look(repair=True)
    return found


def test_all_is_well(bench: Bench) -> None:
    for contents in (False, True):
        assert bench.look(contents=contents) == []
    kinds = [entry.kind for entry in Audit(bench.store, contents=True).entries()]
    assert sorted(set(kinds)) == sorted([audit.ARCHIVE, audit.WHEEL, audit.IMAGE, audit.DOCUMENT])
    assert audit.DOCUMENT not in [entry.kind for entry in Audit(bench.store).entries()]


def test_every_flipped_byte_is_found_and_repaired(bench: Bench) -> None:
    """The first, a middle and the last byte of each file."""
    files = bench.files()
    assert len(files) >= 12
    for path in files:
        for at in sorted({0, path.stat().st_size // 2, path.stat().st_size - 1}):
            shown = f"{path.relative_to(bench.home)} byte {at}"
            flip(path, at)
            first = bench.look()
            assert first, shown
            assert [fault.done for fault in first] == [""] * len(first), shown
            assert all(fault.done for fault in bench.look(repair=True)), shown
            assert bench.look() == [], shown
            restore(bench)


def restore(bench: Bench) -> None:
    """As launches do that need it."""
    if bench.store.archive(bench.sha256) is None:
        bench.admit()
    if bench.store.wheel(bench.sha256) is None:
        bench.ingest()
    if bench.wheel.bytecode("cpython-312") is None:
        bench.compile()
    if bench.store.folder("image", "b" * 40) is None:
        bench.image()
    if bench.store.read("page", "a" * 40) is None:
        bench.store.write("page", "a" * 40, b"said")
    bench.look(repair=True)
    assert bench.look() == []


def test_what_a_disk_does_without_a_stamp_is_found_by_contents_and_repaired(bench: Bench) -> None:
    path = Path(bench.wheel.path(next(one for one in bench.wheel.entries if one.path.endswith(".ini"))))
    flip(path, 0)
    part = stamps.of_files(str(bench.wheel.root), bench.wheel.entries)
    now = part.now()
    assert now is not None
    Path(part.record).write_bytes(stamps.render(now))
    assert bench.look(contents=False) == []
    (fault,) = bench.look(repair=True)
    assert (fault.kind, fault.name, fault.done) == ("wheel", "widget 1.0", "unpacked anew from its archive")
    assert [finding.how for finding in fault.findings] == ["its content was changed"]
    assert path.read_text(encoding="utf-8") == FILES["widget/settings.ini"]
    assert list((bench.home / "quarantine").iterdir()) != []


def test_a_stamp_that_changed_is_enough_for_a_quick_look(bench: Bench) -> None:
    path = bench.filled
    flip(path, 0)
    (fault,) = bench.look(contents=False)
    assert [finding.path for finding in fault.findings] == [str(path)]


def test_a_touched_file_is_no_damage(bench: Bench) -> None:
    os.utime(bench.wheel.path(bench.wheel.entries[0]))
    for repair, done in ((False, ""), (True, "written anew")):
        (fault,) = bench.look(contents=False, repair=repair)
        assert (fault.kind, fault.is_damage, fault.done) == (audit.RECORD, False, done)
    assert bench.look() == []


def test_without_its_archive_a_wheel_has_to_be_fetched(bench: Bench) -> None:
    flip(bench.home / "archives" / bench.sha256[:2] / bench.sha256, 5)
    flip(bench.filled, 0)
    first, second = bench.look(repair=True)
    assert first.done == second.done == "put aside"
    assert (bench.store.archive(bench.sha256), bench.store.wheel(bench.sha256)) == (None, None)
    restore(bench)


def test_what_nobody_put_there(bench: Bench) -> None:
    root = bench.wheel.root
    places = [
        bench.home / "archives" / "aa" / "planted",
        bench.home / "wheels" / "aa" / "planted",
        root / "files" / "purelib" / "planted.py",
        root / "files" / "planted.py",
        bench.home / "folders" / "image" / "bb" / ("b" * 40) / "planted.py",
    ]
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"x")
    found = bench.look()
    assert sorted(finding.path for fault in found for finding in fault.findings) == sorted(map(str, places))
    assert {finding.how for fault in found for finding in fault.findings} == {"nobody put it there"}
    bench.look(repair=True)
    assert bench.look() == []
    assert not any(place.exists() for place in places)


@pytest.mark.parametrize("gone", ["manifest", "files", "bytecode/cpython-312/manifest"])
def test_what_is_gone(bench: Bench, gone: str) -> None:
    path = bench.wheel.root / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert [fault.is_damage for fault in bench.look(contents=False)] == [True]
    bench.look(repair=True)
    restore(bench)


def test_an_image_without_its_manifest_and_a_manifest_without_its_image(bench: Bench) -> None:
    beside = bench.home / "folders" / "image" / "bb" / f"{'b' * 40}.manifest"
    kept = beside.read_bytes()
    beside.unlink()
    (fault,) = bench.look(contents=False)
    assert [finding.how for finding in fault.findings] == ["it is gone"]
    bench.look(repair=True)
    beside.write_bytes(kept)
    assert bench.look() == []  # whoever makes one writes that first


def test_a_link_that_leads_elsewhere(bench: Bench) -> None:
    python = bench.home / "folders" / "image" / "bb" / ("b" * 40) / "bin" / "python"
    python.unlink()
    python.symlink_to("/elsewhere/python")
    (fault,) = bench.look(contents=False)
    assert [finding.path for finding in fault.findings] == [str(python)]


def test_what_another_process_puts_away_meanwhile_is_no_fault(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, real = bench.wheel.root, sharing.is_as_recorded

    def gone(part: stamps.Part) -> bool:
        fits = real(part)
        shutil.rmtree(root)
        return fits

    monkeypatch.setattr(sharing, "is_as_recorded", gone)
    assert [fault for fault in bench.look() if fault.kind != audit.ARCHIVE] == []
