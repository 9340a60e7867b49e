from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from driverenv.environment.image import copy_image, image, lay_image
from driverenv.errors import EnvironmentBroken
from tests.unit.environment.conftest import Site


def test_made_once_and_of_nothing_but_what_is_needed(site: Site) -> None:
    interpreter = site.interpreter
    found = image(interpreter, site.store)
    before = found.stat().st_ino
    assert image(interpreter, site.store) == found
    assert found.stat().st_ino == before
    names = {path.name for path in found.rglob("*")}
    assert not names & {".gitignore", "CACHEDIR.TAG", "_virtualenv.pth", "_virtualenv.py", "activate", "pip"}
    assert (found / interpreter.site_packages).is_dir()


def test_no_path_of_the_image_is_in_it(site: Site) -> None:
    found = image(site.interpreter, site.store)
    home = os.fsencode(site.store.home)
    for path in found.rglob("*"):
        if path.is_symlink():
            assert home not in os.fsencode(os.readlink(path))
        elif path.is_file():
            assert home not in path.read_bytes()


def test_nothing_of_the_users_own_settings(site: Site, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in (home / ".config" / "virtualenv",):
        folder.mkdir(parents=True)
        (folder / "virtualenv.ini").write_text("[virtualenv]\nsystem-site-packages = true\nprompt = mine\n")
    monkeypatch.setenv("VIRTUALENV_SYSTEM_SITE_PACKAGES", "1")
    before = sorted(path for path in home.rglob("*"))
    found = image(site.interpreter, site.store)
    config = (found / "pyvenv.cfg").read_text()
    assert "include-system-site-packages = false" in config
    assert "true" not in config
    assert "mine" not in config
    assert sorted(path for path in home.rglob("*")) == before
    monkeypatch.undo()


def test_a_copy_says_what_it_has(site: Site, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    told = set(copy_image(image(site.interpreter, site.store), str(target)))
    there = {
        path.relative_to(target).as_posix()
        for path in target.rglob("*")
        if path.is_symlink() or path.is_file()
    }
    assert told == there
    assert "pyvenv.cfg" in told


@pytest.mark.parametrize("damage", ["python", "pyvenv.cfg", "empty", "no folder"])
def test_a_damaged_image_is_made_anew(site: Site, damage: str) -> None:
    found = image(site.interpreter, site.store)
    if damage == "python":
        for python in (found / site.interpreter.scripts).iterdir():
            python.unlink()
    elif damage == "pyvenv.cfg":
        (found / "pyvenv.cfg").unlink()
    elif damage == "empty":
        (found / "pyvenv.cfg").write_bytes(b"")
    else:
        shutil.rmtree(found)
        found.touch()
    assert image(site.interpreter, site.store) == found
    assert b"home" in (found / "pyvenv.cfg").read_bytes()
    assert Path(site.create().python).is_file()


def test_an_image_that_was_changed_is_not_copied(site: Site, tmp_path: Path) -> None:
    found = image(site.interpreter, site.store)
    config = (found / "pyvenv.cfg").read_bytes()
    (found / "pyvenv.cfg").write_bytes(config.replace(b"home", b"HOME", 1) + b"home = /elsewhere\n")
    copied = lay_image(site.interpreter, site.store, str(tmp_path / "one"))
    assert (tmp_path / "one" / "pyvenv.cfg").read_bytes() == config
    assert {leaf.path for leaf in copied} == set(copy_image(found, str(tmp_path / "two")))


def test_a_file_that_was_added_to_an_image_is_not_copied(site: Site, tmp_path: Path) -> None:
    found = image(site.interpreter, site.store)
    added = found / site.interpreter.site_packages / "sitecustomize.py"
    added.write_text("print('planted')\n")
    lay_image(site.interpreter, site.store, str(tmp_path / "one"))
    assert not list((tmp_path / "one").rglob("sitecustomize.py"))
    assert not added.exists()


def test_an_image_without_its_manifest_is_made_anew(site: Site) -> None:
    found = image(site.interpreter, site.store)
    for manifest in found.parent.glob("*.manifest"):
        manifest.unlink()
    (found / "old").touch()
    assert image(site.interpreter, site.store) == found
    assert not (found / "old").exists()


def test_an_image_that_is_damaged_each_time(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(site.store), "tree", lambda *_: ())
    with pytest.raises(EnvironmentBroken, match="again and again"):
        lay_image(site.interpreter, site.store, str(tmp_path / "one"))
    assert not (tmp_path / "one").exists()
