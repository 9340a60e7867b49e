from __future__ import annotations

import base64
import hashlib
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from driverenv.model.plan import CODE, DATA
from driverenv.store import STAMP_SECONDS, stamps
from driverenv.store.damage import Damaged, Finding, settled
from driverenv.store.manifest import StoredFile
from driverenv.store.stamps import Part

CONTENT = b"x = 1\n"
SHA256 = base64.urlsafe_b64encode(hashlib.sha256(CONTENT).digest()).rstrip(b"=").decode()


@pytest.fixture
def part(tmp_path: Path) -> Part:
    entries = [
        StoredFile("purelib", "a.py", len(CONTENT), SHA256, executable=False, kind=CODE),
        StoredFile("purelib", "b.py", len(CONTENT), SHA256, executable=True, kind=CODE),
        StoredFile("purelib", "c.ini", len(CONTENT), SHA256, executable=False, kind=DATA),
    ]
    for one in entries:
        path = tmp_path / "files" / one.scheme / one.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CONTENT)
        os.utime(path, (STAMP_SECONDS, STAMP_SECONDS))
        path.chmod(0o555 if one.executable else 0o444)
    return stamps.of_files(str(tmp_path), entries)


def there(part: Part, name: str) -> Path:
    return Path(part.folder, "purelib", name)


def append(path: Path) -> None:
    path.chmod(0o644)
    with path.open("ab") as file:
        file.write(b"y")


def truncate(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(b"")


def same_size(path: Path) -> None:
    """And the time set back: only the ctime tells."""
    path.chmod(0o644)
    path.write_bytes(CONTENT.replace(b"1", b"2"))
    os.utime(path, (STAMP_SECONDS, STAMP_SECONDS))
    path.chmod(0o444)


def link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("edit", "how"),
    [
        (append, "it has 7 bytes, not 6"),
        (truncate, "it has 0 bytes, not 6"),
        (same_size, "its content was changed"),
        (Path.unlink, "it is gone"),
        (link, "it is no regular file any more"),
        (folder, "it is no regular file any more"),
    ],
)
@pytest.mark.parametrize("name", ["a.py", "c.ini"])
@pytest.mark.parametrize("known", [True, False])
def test_what_is_damaged_is_found(
    part: Part, edit: Callable[[Path], None], how: str, name: str, known: bool
) -> None:
    recorded = part.now() if known else None
    edit(there(part, name))
    assert settled(part, recorded)[1] == (Finding(str(there(part, name)), how),)


@pytest.mark.parametrize("known", [True, False])
def test_what_is_well_is_set_right(part: Part, known: bool) -> None:
    recorded = part.now() if known else None
    there(part, "a.py").chmod(0o600)
    os.utime(there(part, "b.py"))
    os.link(there(part, "a.py"), there(part, "linked"))
    found, findings = settled(part, recorded)
    assert findings == ()
    assert found == part.now()
    assert there(part, "b.py").stat().st_mtime == STAMP_SECONDS
    if os.name == "posix":
        assert there(part, "a.py").stat().st_mode & 0o777 == 0o444
        assert there(part, "b.py").stat().st_mode & 0o777 == 0o555


def test_contents_are_read_only_where_a_stamp_changed(part: Part, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = part.now()
    os.utime(there(part, "b.py"))
    read: list[str] = []
    real = hashlib.file_digest

    def counted(file: object, name: str) -> object:
        read.append(file.name)  # type: ignore[attr-defined]
        return real(file, name)  # type: ignore[arg-type]

    monkeypatch.setattr(hashlib, "file_digest", counted)
    settled(part, recorded)
    assert read == [str(there(part, "b.py"))]


def test_told_in_words() -> None:
    findings = [Finding(f"/store/x{number}.py", "it is gone") for number in range(5)]
    found = Damaged("/home/wheels/ab/abc", findings)
    assert str(found) == (
        "/store/x0.py: it is gone; /store/x1.py: it is gone; /store/x2.py: it is gone (and 2 more)"
    )
    error = found.as_error()
    assert (error.code, error.data) == ("INTEGRITY", {"path": "/store/x0.py", "wheel": "abc"})
    assert str(pickle.loads(pickle.dumps(found))) == str(found)  # noqa: S301 (its own)
