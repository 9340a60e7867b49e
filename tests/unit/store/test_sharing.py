from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from driverenv.store import STAMP_SECONDS, Store, StoredWheel, sharing, stamps
from driverenv.store.damage import Damaged
from driverenv.store.stamps import Part
from tests.kit import Wheel


@pytest.fixture
def wheel(tmp_path: Path) -> StoredWheel:
    made = Wheel(
        name="widget", version="1.0", files={"widget/x.py": "x = 1\n", "widget/x.ini": "a"}
    ).archive()
    path, store = made.write(tmp_path), Store(tmp_path / "home")
    digest = hashlib.sha256(made.data).hexdigest()
    return store.ingest(path, project="widget", version="1.0", filename=path.name, sha256=digest, public=True)


def part_of(wheel: StoredWheel) -> Part:
    return stamps.of_files(str(wheel.root), wheel.entries)


def there(wheel: StoredWheel, name: str = "x.py") -> Path:
    return wheel.files / "purelib" / "widget" / name


def is_recorded(wheel: StoredWheel) -> bool:
    part = part_of(wheel)
    now = part.now()
    return now is not None and Path(part.record).read_bytes() == stamps.render(now)


def edit(path: Path, text: str = "x = 2\n") -> None:
    """The same size, and the time set back."""
    path.chmod(0o644)
    path.write_text(text)
    path.chmod(0o444)
    os.utime(path, (STAMP_SECONDS, STAMP_SECONDS))


@contextlib.contextmanager
def checked(root: str, parts: Sequence[Part]) -> Iterator[None]:
    sharing.check(root, parts)
    yield


def test_stamps_are_known_from_the_beginning(wheel: StoredWheel) -> None:
    assert is_recorded(wheel)


def test_after_a_link_the_record_is_new(wheel: StoredWheel, tmp_path: Path) -> None:
    before = Path(part_of(wheel).record).read_bytes()
    with sharing.linking(str(wheel.root), [part_of(wheel)]):
        os.link(there(wheel), tmp_path / "x.py")
    assert is_recorded(wheel)
    assert Path(part_of(wheel).record).read_bytes() != before
    with sharing.linking(str(wheel.root), [part_of(wheel)]):
        (tmp_path / "x.py").unlink()
    assert is_recorded(wheel)


def test_a_failure_meanwhile_changes_nothing_about_that(wheel: StoredWheel, tmp_path: Path) -> None:
    def fail() -> None:
        with sharing.linking(str(wheel.root), [part_of(wheel)]):
            os.link(there(wheel), tmp_path / "x.py")
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert is_recorded(wheel)


def test_whoever_dies_meanwhile_leaves_a_record_that_heals(wheel: StoredWheel, tmp_path: Path) -> None:
    os.link(there(wheel), tmp_path / "x.py")  # and nobody wrote down the new stamps
    assert not is_recorded(wheel)
    sharing.check(str(wheel.root), [part_of(wheel)])
    assert is_recorded(wheel)


@pytest.mark.parametrize("torn", [b"", b"driverenv-stamps 1\n", b"\xff" * 500])
def test_a_torn_record_heals(wheel: StoredWheel, torn: bytes) -> None:
    Path(part_of(wheel).record).write_bytes(torn)
    sharing.check(str(wheel.root), [part_of(wheel)])
    assert is_recorded(wheel)
    Path(part_of(wheel).record).unlink()
    sharing.check(str(wheel.root), [part_of(wheel)])
    assert is_recorded(wheel)


@pytest.mark.parametrize("name", ["x.py", "x.ini"])
def test_an_edit_is_found_before_the_next_link(wheel: StoredWheel, name: str) -> None:
    edit(there(wheel, name), "x = 2\n" if name == "x.py" else "b")
    for attempt in (checked, sharing.linking):
        with pytest.raises(Damaged) as raised, attempt(str(wheel.root), [part_of(wheel)]):
            pass
        assert [(one.path, one.how) for one in raised.value.findings] == [
            (str(there(wheel, name)), "its content was changed")
        ]
        assert (raised.value.sha256, raised.value.byte_code) == (wheel.sha256, "")


def test_an_edit_while_links_are_made_is_found_next_time(wheel: StoredWheel) -> None:
    with sharing.linking(str(wheel.root), [part_of(wheel)]):
        there(wheel).chmod(0o644)
        there(wheel).write_text("longer than it was")
    with pytest.raises(Damaged):
        sharing.check(str(wheel.root), [part_of(wheel)])


def test_a_wheel_that_is_gone(wheel: StoredWheel) -> None:
    part = part_of(wheel)
    wheel.root.rename(wheel.root.with_name("away"))
    with pytest.raises(Damaged, match="it is gone"):
        sharing.check(str(wheel.root), [part])


def test_one_at_a_time(wheel: StoredWheel, tmp_path: Path) -> None:
    order: list[str] = []
    inside, go_on = threading.Event(), threading.Event()

    def first() -> None:
        with sharing.linking(str(wheel.root), [part_of(wheel)]):
            inside.set()
            go_on.wait(30)
            os.link(there(wheel), tmp_path / "one.py")
            order.append("first")

    def second() -> None:
        with sharing.linking(str(wheel.root), [part_of(wheel)]):
            os.link(there(wheel), tmp_path / "two.py")
            order.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    inside.wait(30)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join()
    assert order == ["first", "second"]
    assert is_recorded(wheel)
