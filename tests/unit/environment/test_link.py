from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from driverenv.environment.link import Linker
from driverenv.errors import IntegrityError
from driverenv.model.plan import CODE, DATA, PlannedFile
from driverenv.store import STAMP_SECONDS


def put(root: Path, name: str, text: str = "x = 1\n") -> PlannedFile:
    path = root / "purelib" / name
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
    Linker(str(prefix), sharing="link").lay(files, str(root))
    assert inode(prefix / "lib/a/b/x.py") == inode(root / "purelib/a/b/x.py")
    copied = prefix / "lib/a/qs_config.ini"
    assert inode(copied) != inode(root / "purelib/a/qs_config.ini")
    assert os.access(copied, os.W_OK)


def test_sharing_copy_copies_all_and_keeps_the_stamp_of_code(root: Path, prefix: Path) -> None:
    files = [put(root, "x.py"), put(root, "y.py")._replace(executable=True)]
    Linker(str(prefix), sharing="copy").lay(files, str(root))
    made = (prefix / "lib/x.py").stat()
    assert made.st_ino != inode(root / "purelib/x.py")
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
    Linker(str(prefix), sharing="link").lay([put(root, "x.py"), put(root, "y.py")], str(root))
    assert (prefix / "lib/x.py").read_text() == (prefix / "lib/y.py").read_text() == "x = 1\n"
    assert len(asked) == attempts


def test_other_errors_are_not_swallowed(root: Path, prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_source: str, _target: str) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(OSError, match="no space"):
        Linker(str(prefix), sharing="link").lay([put(root, "x.py")], str(root))


@pytest.mark.parametrize("sharing", ["link", "copy"])
@pytest.mark.parametrize("name", ["x.py", "x.ini"])
def test_a_store_file_that_is_gone_or_shorter(root: Path, prefix: Path, sharing: str, name: str) -> None:
    file = put(root, name)
    (root / file.source).unlink()
    with pytest.raises(IntegrityError, match="gone"):
        Linker(str(prefix), sharing=sharing).lay([file], str(root))
    short = put(root, "short" + name)._replace(size=99)
    with pytest.raises(IntegrityError):
        Linker(str(prefix), sharing=sharing).lay([short], str(root))


def test_an_edited_store_file_is_found(root: Path, prefix: Path) -> None:
    file = put(root, "x.py")
    os.utime(root / file.source)
    with pytest.raises(IntegrityError, match="edited in place"):
        Linker(str(prefix), sharing="link").lay([file], str(root))


@pytest.mark.parametrize("sharing", ["link", "copy"])
def test_byte_code_that_is_not_there_is_passed_over(root: Path, prefix: Path, sharing: str) -> None:
    put(root, "a.pyc")
    linker = Linker(str(prefix), sharing=sharing)
    there, absent = str(root / "purelib/a.pyc"), str(root / "purelib/b.pyc")
    linker.lay_byte_code([("lib/__pycache__", there, "a.pyc"), ("lib/__pycache__", absent, "b.pyc")])
    assert os.listdir(prefix / "lib/__pycache__") == ["a.pyc"]
