from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from driverenv.repository import hosting
from driverenv.repository.folder import Folder
from driverenv.repository.hosting import Kept, Refused, opened, take_in
from tests.kit.wheels import Wheel, make_wheel

TERMS = {"host": "127.0.0.1", "port": 0, "passwords": None, "protect": ["update"], "verbose": False}


class Walker:
    def __init__(self, folder: Path) -> None:
        self.folder, self.walks, self.now = folder, 0, 100.0
        self.kept = Kept(self.walk, lambda: self.now)

    def walk(self) -> Iterator[str]:
        self.walks += 1
        yield from sorted(path.name for path in self.folder.rglob("*.whl"))

    def all(self) -> list[str]:
        return self.kept.all([self.folder])


def test_a_folder_is_walked_once_it_has_settled(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    walker = Walker(tmp_path)
    assert (walker.all(), walker.all(), walker.walks) == ([], [], 2)  # just now it may still be changing
    walker.now += hosting.SETTLED_SECONDS + 1
    assert (walker.all(), walker.all(), walker.walks) == ([], [], 3)
    for number, folder in enumerate((tmp_path, tmp_path / "sub")):
        (folder / f"{number}.whl").touch()
        os.utime(folder, (number + 1, number + 1))  # whatever the file system's clock says
        assert len(walker.all()) == number + 1
    walker.now += hosting.SETTLED_SECONDS + 1
    walker.all()
    before = walker.walks
    (tmp_path / "new").mkdir()
    os.utime(tmp_path, (9, 9))
    walker.all()
    assert walker.walks == before + 1


def test_whose_packages_there_are(tmp_path: Path) -> None:
    walker = Walker(tmp_path)
    walker.kept = Kept(walker.walk, lambda: walker.now, project=lambda name: name.partition("-")[0])
    for name in ("six-1.0", "six-2.0", "seven-1.0"):
        (tmp_path / f"{name}.whl").touch()
    roots = [tmp_path]
    assert walker.kept.projects(roots) == {"six", "seven"}
    assert walker.kept.of(roots, "six") == ["six-1.0.whl", "six-2.0.whl"]
    assert walker.kept.of(roots, "eight") == []
    assert sorted(walker.kept.all(roots)) == ["seven-1.0.whl", "six-1.0.whl", "six-2.0.whl"]


def test_a_digest_is_read_again_where_the_file_changed(tmp_path: Path) -> None:
    kept, path = Walker(tmp_path).kept, tmp_path / "x.whl"
    path.write_bytes(b"1")
    first = kept.sha256(str(path))
    assert first == kept.sha256(str(path))
    path.write_bytes(b"22")
    assert kept.sha256(str(path)) not in (first, None)
    path.unlink()
    assert kept.sha256(str(path)) is None


@pytest.fixture
def _import_paths(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The web library inside of pypiserver needs what Python deprecates, and adds a finder that it does not understand."""
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.usefixtures("_import_paths")
def test_an_upload_is_checked_and_appears_whole(tmp_path: Path) -> None:
    from pypiserver.bottle_wrapper import HTTPError

    folder, wheel = Folder(tmp_path), Wheel(name="six", version="1.0").archive()
    take_in(folder, wheel.filename, io.BytesIO(wheel.data))
    take_in(folder, f"{wheel.filename}.asc", io.BytesIO(b"signature"))
    for name in ("seven-1.0-py3-none-any.whl", "six-1.0.egg"):
        with pytest.raises(HTTPError) as caught:
            take_in(folder, name, io.BytesIO(wheel.data[:-10]))
        assert caught.value.status_code == 400
    assert sorted(held.path for held in folder.held()) == [wheel.filename, f"{wheel.filename}.asc"]


@pytest.mark.usefixtures("_import_paths")
def test_the_backend_gives_what_is_there_now(tmp_path: Path) -> None:
    from pypiserver.config import Config

    config = Config.default_with_overrides(roots=[tmp_path], backend_arg="simple-dir")
    backend = hosting.backend(config)
    assert list(backend.find_project_packages("six")) == []
    path = make_wheel(tmp_path, "six", "1.0")
    os.utime(tmp_path, (5, 5))
    (package,) = backend.find_project_packages("six")
    assert package.fname_and_hash.startswith("six-1.0-py3-none-any.whl#sha256=")
    path.unlink()
    assert list(backend.find_project_packages("six")) == []


@pytest.mark.usefixtures("_import_paths")
def test_a_port_in_use(tmp_path: Path) -> None:
    server, version = opened({**TERMS, "folder": str(tmp_path)})
    try:
        assert version
        with pytest.raises(Refused) as caught:
            opened({**TERMS, "folder": str(tmp_path), "port": server.server_address[1]})
        assert caught.value.kind == "port"
        with pytest.raises(Refused) as caught:
            opened({**TERMS, "folder": str(tmp_path), "port": 70_000})
        assert caught.value.kind == "port"
    finally:
        server.server_close()


@pytest.mark.usefixtures("_import_paths")
def test_passwords_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        opened({**TERMS, "folder": str(tmp_path), "passwords": str(tmp_path / "nothing")})
    assert caught.value.kind == "passwords"
