from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from driverenv.errors import InterpreterNotFound
from driverenv.interpreter import inspection, search
from driverenv.interpreter.search import find, fits
from driverenv.store import Store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shell scripts stand for Pythons")
BASE = Path(getattr(sys, "_base_executable", sys.executable))
HAVE = ".".join(map(str, sys.version_info[:3]))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


@pytest.fixture(autouse=True)
def _nothing_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_registered", lambda _version, _environ: iter(()))


def fake(path: Path, version: str) -> Path:
    """A program that says it is the Python `version`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    numbers = [int(part) for part in version.split(".")]
    code = (
        "import sys; text = sys.argv[1]\n"
        f"text = text.replace('platform.python_version()', {repr(version)!r}, 1)\n"
        f"text = text.replace('list(sys.version_info[:3])', {str(numbers)!r})\n"
        f"text = text.replace('text(sys.executable)', {str(path)!r}.__repr__())\n"
        "text = text.replace('text(sys.prefix)', repr('/p')).replace(\n"
        "    'text(getattr(sys, \"real_prefix\", None) or getattr(sys, \"base_prefix\", sys.prefix))', repr('/p'))\n"
        "exec(text)\n"
    )
    program = path.with_name(path.name + "-program")
    program.write_text(code)
    path.write_text(f'#!/bin/sh\nfor last; do :; done\nexec "{BASE}" -E "{program}" "$last"\n')
    path.chmod(0o755)
    return path


def test_none_is_the_base_of_the_default(store: Store) -> None:
    expected = Path(inspection.inspect(BASE, store=store).executable)
    for wanted in (None, "", " "):
        assert find(wanted, default=Path(sys.executable), environ={}, store=store) == expected


@pytest.mark.parametrize(
    "wanted", [HAVE, HAVE.rpartition(".")[0], "3", "Python 3", f"python{HAVE.rpartition('.')[0]}"]
)
def test_the_running_python_comes_first(wanted: str, store: Store, tmp_path: Path) -> None:
    fake(tmp_path / "bin" / "python3", "3.9.9")
    expected = Path(inspection.inspect(BASE, store=store).executable)
    assert find(wanted, default=BASE, environ={"PATH": str(tmp_path / "bin")}, store=store) == expected


def test_a_path(store: Store, tmp_path: Path) -> None:
    own = fake(tmp_path / "own python", "3.7.1")
    assert find(str(own), default=BASE, environ={}, store=store) == own
    with pytest.raises(InterpreterNotFound, match="there is no Python at"):
        find(str(tmp_path / "absent"), default=BASE, environ={}, store=store)


def test_a_command(store: Store, tmp_path: Path) -> None:
    own = fake(tmp_path / "bin" / "mypy3", "3.7.1")
    assert find("mypy3", default=BASE, environ={"PATH": str(own.parent)}, store=store) == own
    for wanted in ("mypy4", "bin/mypy3", "../x"):
        with pytest.raises(InterpreterNotFound, match="neither a version"):
            find(wanted, default=BASE, environ={"PATH": str(own.parent)}, store=store)


def test_the_search_path_in_order(store: Store, tmp_path: Path) -> None:
    fake(tmp_path / "a" / "python3", "3.9.1")
    exact = fake(tmp_path / "b" / "python3.9", "3.9.2")
    third = fake(tmp_path / "c" / "python3.9", "3.9.3")
    environ = {"PATH": os.pathsep.join(["relative", "", *(str(tmp_path / name) for name in "abc")])}
    assert find("3.9", default=BASE, environ=environ, store=store) == exact
    assert find("3.9.3", default=BASE, environ=environ, store=store) == third
    assert find("3.9.1", default=BASE, environ=environ, store=store) == tmp_path / "a" / "python3"


def test_names_that_lie_are_passed_over(store: Store, tmp_path: Path) -> None:
    fake(tmp_path / "a" / "python3.8", "3.9.1")
    broken = tmp_path / "b" / "python3.8"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    environ = {"PATH": f"{tmp_path / 'a'}{os.pathsep}{tmp_path / 'b'}"}
    with pytest.raises(InterpreterNotFound) as raised:
        find("3.8", default=BASE, environ=environ, store=store)
    text = str(raised.value)
    assert f"Python 3.9.1 at {tmp_path / 'a' / 'python3.8'}" in text
    assert str(broken) in text
    assert raised.value.data["found"][0]["version"] == "3.9.1"  # the nearest first
    assert "take the nearest one" in text


def test_versions_of_pyenv_newest_first_never_its_shims(store: Store, tmp_path: Path) -> None:
    root = tmp_path / "pyenv"
    fake(root / "versions" / "3.9.1" / "bin" / "python", "3.9.1")
    newest = fake(root / "versions" / "3.9.10" / "bin" / "python", "3.9.10")
    fake(root / "shims" / "python3.9", "3.9.2")
    environ = {"PYENV_ROOT": str(root), "PATH": str(root / "shims")}
    assert find("3.9", default=BASE, environ=environ, store=store) == newest
    home = {"HOME": str(tmp_path / "absent"), "PATH": ""}
    with pytest.raises(InterpreterNotFound):
        find("3.9", default=BASE, environ=home, store=store)


@pytest.mark.parametrize(
    ("have", "wanted", "expected"),
    [
        ("3.12.1", "3.12", True),
        ("3.12.1", "3", True),
        ("3.12.1", "3.12.1", True),
        ("3.12.10", "3.12.1", False),
        ("3.1.2", "3.12", False),
        ("3.13.0+", "3.13", True),
        ("3.14.0rc1", "3.14", True),
        ("", "3", False),
    ],
)
def test_fits(have: str, wanted: str, expected: bool) -> None:
    assert fits(have, wanted) is expected


def test_all_that_are_there_each_once(tmp_path: Path) -> None:
    bin_folder, shims = tmp_path / "bin", tmp_path / "pyenv" / "shims"
    real = fake(bin_folder / "python3.9", "3.9.1")
    fake(bin_folder / "pypy3", "3.10.0")
    fake(bin_folder / "python3-config", "3.9.1")
    (bin_folder / "python3").symlink_to(real)
    fake(shims / "python3.8", "3.8.1")
    managed = fake(tmp_path / "pyenv" / "versions" / "3.7.1" / "bin" / "python", "3.7.1")
    environ = {
        "PATH": os.pathsep.join([str(bin_folder), str(shims), "relative", str(tmp_path / "nowhere")]),
        "PYENV_ROOT": str(tmp_path / "pyenv"),
    }
    found = search.known(BASE, environ)
    assert found[0] == BASE
    assert {os.path.realpath(one) for one in found[1:]} == {
        str(real),
        str(bin_folder / "pypy3"),
        str(managed),
    }
