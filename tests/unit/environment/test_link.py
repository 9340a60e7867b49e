from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from driverenv.environment import link
from driverenv.environment.clone import CLONE, COPY, LINK
from driverenv.environment.link import ByteCode, Linker
from driverenv.errors import IntegrityError
from driverenv.model.plan import CODE, DATA, PlannedFile
from driverenv.store import STAMP_SECONDS


def put(root: Path, name: str, text: str = "x = 1\n") -> PlannedFile:
    path = root / "files" / "purelib" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (STAMP_SECONDS, STAMP_SECONDS))
    path.chmod(0o444)
    kind = CODE if name.endswith(".py") else DATA
    return PlannedFile(f"lib/{name}", f"purelib/{name}", len(text), "h", False, kind)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    made = tmp_path / "prefix"
    made.mkdir()
    return made


def inode(path: Path) -> int:
    return path.stat().st_ino


def test_code_is_linked_and_data_is_copied(root: Path, prefix: Path) -> None:
    files = [put(root, "a/b/x.py"), put(root, "a/qs_config.ini")]
    Linker(str(prefix), method=LINK).lay(files, str(root))
    assert inode(prefix / "lib/a/b/x.py") == inode(root / "files/purelib/a/b/x.py")
    copied = prefix / "lib/a/qs_config.ini"
    assert inode(copied) != inode(root / "files/purelib/a/qs_config.ini")
    assert os.access(copied, os.W_OK)


def test_sharing_copy_copies_all_and_keeps_the_stamp_of_code(root: Path, prefix: Path) -> None:
    files = [put(root, "x.py"), put(root, "y.py")._replace(executable=True)]
    Linker(str(prefix), method=COPY).lay(files, str(root))
    made = (prefix / "lib/x.py").stat()
    assert made.st_ino != inode(root / "files/purelib/x.py")
    assert made.st_mtime == STAMP_SECONDS
    if os.name == "posix":
        assert made.st_mode & 0o200
        assert (prefix / "lib/y.py").stat().st_mode & 0o100


@pytest.mark.parametrize(("number", "attempts"), [(errno.EXDEV, 1), (errno.EPERM, 2), (errno.EMLINK, 2)])
def test_where_links_do_not_work_code_is_copied(
    root: Path, prefix: Path, monkeypatch: pytest.MonkeyPatch, number: int, attempts: int
) -> None:
    asked: list[str] = []

    def refuse(source: str, _target: str) -> None:
        asked.append(source)
        raise OSError(number, "no")

    monkeypatch.setattr(os, "link", refuse)
    Linker(str(prefix), method=LINK).lay([put(root, "x.py"), put(root, "y.py")], str(root))
    assert (prefix / "lib/x.py").read_text() == (prefix / "lib/y.py").read_text() == "x = 1\n"
    assert len(asked) == attempts


def test_other_errors_are_not_swallowed(root: Path, prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_source: str, _target: str) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(OSError, match="no space"):
        Linker(str(prefix), method=LINK).lay([put(root, "x.py")], str(root))


@pytest.mark.parametrize("method", [LINK, COPY, CLONE])
@pytest.mark.parametrize("name", ["x.py", "x.ini"])
def test_a_store_file_that_is_gone_while_it_is_laid(root: Path, prefix: Path, method: str, name: str) -> None:
    file = put(root, name)
    (root / "files" / file.source).unlink()
    with pytest.raises(IntegrityError, match="gone") as raised:
        Linker(str(prefix), method=method).lay([file], str(root))
    assert raised.value.data["wheel"] == root.name  # who fetches it again knows which


def test_what_is_linked_is_told(root: Path, prefix: Path) -> None:
    files = [put(root, "x.py"), put(root, "x.ini")]
    assert Linker(str(prefix), method=LINK).lay(files, str(root)) == {"lib/x.py"}
    (prefix / "other").mkdir()
    assert Linker(str(prefix / "other"), method=COPY).lay(files, str(root)) == set()


def test_where_clones_do_not_work_everything_is_copied(
    root: Path, prefix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def refuse(source: str, _target: str, **_options: object) -> None:
        asked.append(source)
        raise OSError(errno.ENOTTY, "no")

    monkeypatch.setattr(link, "clone", refuse)
    linker = Linker(str(prefix), method=CLONE)
    assert linker.lay([put(root, "x.py"), put(root, "y.ini")], str(root)) == set()
    assert not linker.links
    assert len(asked) == 1
    assert inode(prefix / "lib/x.py") != inode(root / "files/purelib/x.py")
    assert (prefix / "lib/x.py").stat().st_mtime == STAMP_SECONDS


def test_byte_code_is_shared_like_code(root: Path, prefix: Path) -> None:
    put(root, "a.pyc")
    source = root / "files/purelib/a.pyc"
    wanted = [ByteCode(str(source), "lib/__pycache__/a.pyc")]
    assert Linker(str(prefix), method=LINK).lay_byte_code(wanted, str(root)) == {"lib/__pycache__/a.pyc"}
    assert inode(prefix / "lib/__pycache__/a.pyc") == inode(source)
    (prefix / "other").mkdir()
    assert Linker(str(prefix / "other"), method=COPY).lay_byte_code(wanted, str(root)) == set()
    assert (prefix / "other/lib/__pycache__/a.pyc").read_bytes() == source.read_bytes()
