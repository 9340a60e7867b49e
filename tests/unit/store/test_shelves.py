from __future__ import annotations

import hashlib
import multiprocessing
import os
import shutil
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from driverenv.archive.wheel import STAMP_SECONDS
from driverenv.errors import ArchiveRejected, HomeUnusable, IntegrityError
from driverenv.events import Event, Warned
from driverenv.model.amended import Amended
from driverenv.store import Store, StoredWheel
from driverenv.store.damage import Damaged, Finding
from tests.kit import Wheel
from tests.kit.wheels import WheelOptions

FILES: WheelOptions = {"files": {f"widget/m{number}.py": f"N = {number}\n" * 50 for number in range(60)}}


def make(folder: Path, options: WheelOptions | None = None) -> tuple[Path, str]:
    made = Wheel(name="widget", version="1.0", **(options or {})).archive()
    return made.write(folder), hashlib.sha256(made.data).hexdigest()


def ingest(
    store: Store,
    path: Path,
    sha256: str,
    *,
    project: str = "widget",
    version: str = "1.0",
    public: bool = True,
) -> StoredWheel:
    return store.ingest(
        path, project=project, version=version, filename=path.name, sha256=sha256, public=public
    )


def test_what_is_wrong_with_its_requirements_is_kept_while_that_is_decided(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    path, sha256 = make(tmp_path, {"requires": ["evil @ https://evil.example/e.zip"]})
    offer = partial(store.ingest, path, project="widget", version="1.0", filename=path.name, sha256=sha256)
    with pytest.raises(ArchiveRejected) as caught:
        offer(public=True)
    assert caught.value.data["rule"] == "requires"
    assert store.wheel(sha256) is None
    found = offer(public=True, deciding=True)
    assert found.fault == "it requires evil from a URL"
    with pytest.raises(ArchiveRejected) as again:
        offer(public=False)
    assert str(again.value) == str(caught.value)
    for amended in (Amended(requires=True), Amended(projects=frozenset({canonicalize_name("evil")}))):
        assert offer(public=True, amended=amended) == found


def published(home: Path) -> list[str]:
    """Everything below home but locks and staging."""
    return sorted(
        path.relative_to(home).as_posix()
        for shelf in home.iterdir()
        if shelf.name not in ("locks", "staging")
        for path in (shelf, *shelf.rglob("*"))
        if path.is_file()
    )


def test_ingest(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    path, sha256 = make(tmp_path, {"entry_points": {"console_scripts": {"w": "widget:main"}}})
    assert store.wheel(sha256) is None
    found = ingest(store, path, sha256)
    assert found == store.wheel(sha256) == Store(tmp_path / "home").wheel(sha256)
    assert store.metadata(found).startswith(b"Metadata-Version: 2.1\nName: widget\n")
    for entry in found.entries:
        file = Path(found.path(entry))
        assert file == found.files / entry.scheme / entry.path
        assert file.stat().st_size == entry.size
        assert file.stat().st_mtime == STAMP_SECONDS
        assert not file.stat().st_mode & 0o222
    assert [script.name for script in found.scripts] == ["w"]


def test_the_second_time_nothing_is_read(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    path, sha256 = make(tmp_path)
    first = ingest(store, path, sha256)
    path.unlink()
    assert ingest(store, path, sha256) == first


def test_rejected_wheels_leave_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    path, sha256 = make(tmp_path, {"files": {"../evil": "x"}})
    with pytest.raises(ArchiveRejected):
        ingest(store, path, sha256)
    assert store.wheel(sha256) is None
    assert published(tmp_path / "home") == []
    assert not list((tmp_path / "home" / "staging").glob("*/*"))


def test_the_same_bytes_offered_as_something_else(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    path, sha256 = make(tmp_path)
    ingest(store, path, sha256)
    assert ingest(store, path, sha256, project="Widget", version="1").version == "1.0"
    for project, version in (("gadget", "1.0"), ("widget", "2.0")):
        with pytest.raises(ArchiveRejected):
            ingest(store, path, sha256, project=project, version=version)


def test_what_is_noted_locally_is_refused_from_public(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    path, sha256 = make(tmp_path, {"record": lambda rows: rows[1:]})
    with pytest.raises(ArchiveRejected):
        ingest(store, path, sha256, public=True)
    found = ingest(store, path, sha256, public=False)
    assert len(found.notes) == 1
    with pytest.raises(ArchiveRejected):
        ingest(store, path, sha256, public=True)
    assert ingest(store, path, sha256, public=False).notes == found.notes


def test_a_damaged_manifest_is_unpacked_anew(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    path, sha256 = make(tmp_path)
    found = ingest(store, path, sha256)
    manifest = found.root / "manifest"
    manifest.chmod(0o644)
    manifest.write_bytes(b"")
    assert store.wheel(sha256) is None
    assert ingest(store, path, sha256) == found


def test_many_threads_one_wheel(tmp_path: Path) -> None:
    path, sha256 = make(tmp_path, FILES)
    stores = [Store(tmp_path / "home"), Store(tmp_path / "home")]
    barrier = threading.Barrier(8)
    found: list[StoredWheel] = []

    def work(number: int) -> None:
        barrier.wait()
        found.append(ingest(stores[number % 2], path, sha256))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(one == found[0] for one in found)


def _in_process(home: str, path: str, sha256: str) -> tuple[int, int]:
    found = ingest(Store(Path(home)), Path(path), sha256)
    return len(found.entries), found.root.stat().st_ino


def test_many_processes_one_wheel(tmp_path: Path) -> None:
    path, sha256 = make(tmp_path, FILES)
    arguments = [(str(tmp_path / "home"), str(path), sha256)] * 6
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert len(set(pool.starmap(_in_process, arguments))) == 1


DIE = """
import os, sys
from pathlib import Path
from driverenv import _fs
from driverenv.store import Store
home, path, sha256, count = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
done = [0]
def counted(name, original):
    def call(*args, **kwargs):
        done[0] += 1
        if done[0] == count:
            os._exit(9)
        return original(*args, **kwargs)
    return call
for name in ("write_new", "publish", "lock", "hold"):
    setattr(_fs, name, counted(name, getattr(_fs, name)))
Store(home).ingest(path, project="widget", version="1.0", filename=path.name, sha256=sha256, public=True)
"""


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7, 8])
def test_killed_anywhere_nothing_is_visible_and_the_next_one_succeeds(tmp_path: Path, count: int) -> None:
    home = tmp_path / "home"
    path, sha256 = make(tmp_path)
    command = [sys.executable, "-c", DIE, str(home), str(path), sha256, str(count)]
    done = subprocess.run(command, check=False)
    store = Store(home)
    if done.returncode == 9:
        assert published(home) == []
        assert store.wheel(sha256) is None
    else:
        assert done.returncode == 0
    found = ingest(store, path, sha256)
    assert found == store.wheel(sha256)
    assert len([one for one in (home / "staging").iterdir() if one.is_dir()]) == 1


def test_archives(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    sha256 = hashlib.sha256(b"x").hexdigest()
    assert store.archive(sha256) is None
    for _ in range(2):
        with store.staging() as folder:
            (folder / "file").write_bytes(b"x")
            path = store.admit(folder / "file", sha256)
        assert path == store.archive(sha256)
        assert path.read_bytes() == b"x"
        assert not path.stat().st_mode & 0o222


@pytest.mark.parametrize("sha256", ["", "..", "A" * 64, "a" * 63, "a" * 65, "../" + "a" * 61])
def test_no_digest_no_path(tmp_path: Path, sha256: str) -> None:
    with pytest.raises(ValueError, match="sha256"):
        Store(tmp_path / "home").archive(sha256)


@pytest.mark.parametrize(
    "key", ["a" * 64, "a" * 40, "https://host/a b?c#\u00e4", "", "../../evil", "x" * 5000]
)
def test_documents(tmp_path: Path, key: str) -> None:
    store = Store(tmp_path / "home")
    assert store.read("kind", key) is None
    store.write("kind", key, b"1")
    store.write("kind", key, b"two")
    assert store.read("kind", key) == b"two"
    assert store.read("other", key) is None
    assert all((tmp_path / "home").resolve() in path.resolve().parents for path in tmp_path.rglob("evil*"))


@pytest.mark.parametrize("kind", ["", "..", "A", "a/b", "a b"])
def test_kinds_are_words(tmp_path: Path, kind: str) -> None:
    with pytest.raises(ValueError, match="kind"):
        Store(tmp_path / "home").read(kind, "x")


def test_a_damaged_document_is_none(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    store.write("kind", "a" * 40, b"content")
    (path,) = [one for one in (tmp_path / "home" / "documents").rglob("*") if one.is_file()]
    good = path.read_bytes()
    for bad in (b"", good[:-1], good[:10], b"x" + good[1:], good + b"x"):
        path.write_bytes(bad)
        assert store.read("kind", "a" * 40) is None


def test_folders(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    assert store.folder("image", "k") is None
    kept = tmp_path
    for number in (1, 2):
        with store.staging() as staged:
            (staged / "made").mkdir()
            (staged / "made" / "x").write_text(str(number))
            kept = store.keep("image", "k", staged / "made")
    assert store.folder("image", "k") == kept
    assert (kept / "x").read_text() == "1"


def test_locks_exclude(tmp_path: Path) -> None:
    order: list[str] = []
    stores = (Store(tmp_path / "home"), Store(tmp_path / "home"))
    started = threading.Event()

    def work() -> None:
        started.set()
        with stores[1].lock("a", "k"):
            order.append("second")

    with stores[0].lock("a", "k"), stores[0].lock("a", "other"):
        thread = threading.Thread(target=work)
        thread.start()
        started.wait()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_home_is_private(tmp_path: Path) -> None:
    store = Store(tmp_path / "a" / "home")
    assert store.home.stat().st_mode & 0o077 == 0


def test_home_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HomeUnusable):
        Store(tmp_path / "file")
    with pytest.raises(HomeUnusable):
        Store(tmp_path / "file" / "home")


def test_home_that_vanishes(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    store.home.rmdir()
    store.home.write_text("in the way")
    with pytest.raises(HomeUnusable):
        store.write("kind", "key", b"")
    with pytest.raises(HomeUnusable), store.staging():
        pass


def test_a_wheel_whose_files_are_gone_is_unpacked_anew(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    path, sha256 = make(tmp_path)
    first = ingest(store, path, sha256)
    shutil.rmtree(first.files)
    assert store.wheel(sha256) is None
    assert ingest(store, path, sha256) == first
    assert store.metadata(first)


def test_a_damaged_archive_of_the_store_is_removed(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    path, sha256 = make(tmp_path)
    good = path.read_bytes()
    kept = store.admit(path, sha256)
    kept.chmod(0o644)
    kept.write_bytes(good[:100])
    with pytest.raises(IntegrityError, match="was damaged and is removed"):
        ingest(store, kept, sha256)
    assert store.archive(sha256) is None
    path.write_bytes(good)
    assert store.metadata(ingest(store, store.admit(path, sha256), sha256))


@pytest.mark.parametrize("what", ["folder", "file", "nothing"])
def test_discarded(tmp_path: Path, what: str) -> None:
    store = Store(tmp_path / "home")
    with store.staging() as staging:
        (staging / "made").mkdir()
        place = store.keep("image", "k", staging / "made")
    if what != "folder":
        place.rmdir()
    if what == "file":
        place.touch()
    store.discard("image", "k")
    assert not place.exists()
    assert not list((tmp_path / "home" / "staging").glob("*/*"))


def metadata_of(wheel: StoredWheel) -> Path:
    return wheel.files / wheel.root_scheme / wheel.dist_info / "METADATA"


@pytest.mark.parametrize("how", ["it is gone", "its content was changed"])
def test_metadata_is_never_read_unchecked(tmp_path: Path, how: str) -> None:
    store = Store(tmp_path / "home")
    path, sha256 = make(tmp_path)
    found = ingest(store, path, sha256)
    good = store.metadata(found)
    metadata_of(found).chmod(0o644)
    if how == "it is gone":
        metadata_of(found).unlink()
    else:
        metadata_of(found).write_bytes(good.replace(b"1.0", b"9.9"))
    with pytest.raises(Damaged, match=how) as raised:
        store.metadata(found)
    store.admit(path, sha256)
    told: list[Event] = []
    store.mend(raised.value, told.append)
    assert store.metadata(found) == good
    (warned,) = told
    assert isinstance(warned, Warned)
    assert warned.text == (
        "the store's copy of a wheel was put aside, and is unpacked anew from its archive: "
        f"{metadata_of(found)}: {how}"
    )
    store.mend(raised.value, told.append)  # somebody was faster: it is well by now
    assert len(list((tmp_path / "home" / "quarantine").iterdir())) == 1


@pytest.mark.parametrize("archive", ["none", "damaged"])
def test_what_cannot_be_unpacked_again_has_to_be_fetched(tmp_path: Path, archive: str) -> None:
    store = Store(tmp_path / "home")
    path, sha256 = make(tmp_path)
    found = ingest(store, path, sha256)
    if archive == "damaged":
        kept = store.admit(path, sha256)
        kept.chmod(0o644)
        kept.write_bytes(b"x")
    metadata_of(found).unlink()
    told: list[Event] = []
    with pytest.raises(IntegrityError) as raised:
        store.mend(Damaged(str(found.root), [Finding(str(metadata_of(found)), "it is gone")]), told.append)
    assert raised.value.data["wheel"] == sha256
    assert "fetched anew" in str(told[0])
    assert store.wheel(sha256) is None
    assert store.archive(sha256) is None


def test_few_are_kept_in_quarantine(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    path, sha256 = make(tmp_path)
    kept = store.admit(path, sha256)
    for _ in range(12):
        found = ingest(store, kept, sha256)
        metadata_of(found).unlink()
        assert store.renew(Damaged(str(found.root), [Finding("x", "it is gone")]))
    assert len(list((tmp_path / "home" / "quarantine").iterdir())) == 8


def test_parts_by_their_record(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    path, sha256 = make(tmp_path)
    found = ingest(store, path, sha256)
    record = f"wheels/{sha256[:2]}/{sha256}/stamps"
    (part,) = store.parts(record)
    assert part.record == str(found.root / "stamps")
    assert store.parts(record.replace("stamps", "bytecode/cpython-1/stamps")) == ()
    for wrong in ("", "wheels", "archives/ab/cd/stamps", record[:-1], f"wheels/00/{'0' * 64}/stamps"):
        assert store.parts(wrong) == ()
