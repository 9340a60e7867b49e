from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from driverenv.errors import InterpreterNotFound
from driverenv.interpreter import inspection, probe
from driverenv.interpreter.inspection import inspect
from driverenv.store import Store

BASE = Path(getattr(sys, "_base_executable", sys.executable))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    seen: list[Path] = []
    real = probe.ask

    def ask(executable: Path) -> dict[str, object]:
        seen.append(executable)
        return real(executable)

    monkeypatch.setattr(inspection, "ask", ask)
    return seen


def test_asked_once_then_remembered(store: Store, asked: list[Path]) -> None:
    first = inspect(BASE, store=store)
    assert inspect(BASE, store=Store(store.home)) == first
    assert asked == [BASE]


def test_a_virtual_environment_leads_to_its_base(store: Store, tmp_path: Path) -> None:
    subprocess.run([BASE, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    inside = tmp_path / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    assert inspect(inside, store=store) == inspect(BASE, store=store)


def test_a_virtual_environment_within_one(store: Store, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    inside = tmp_path / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    assert inspect(inside, store=store) == inspect(BASE, store=store)


def test_names_of_one_interpreter_have_one_identity(store: Store) -> None:
    found = {
        inspect(path, store=store).identity
        for path in (BASE.with_name(f"python3{BASE.suffix}"), BASE.with_name(f"python{BASE.suffix}"), BASE)
        if path.is_file()
    }
    assert len(found) == 1


def test_what_is_remembered_ends_with_a_changed_base(
    store: Store, asked: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    inspect(BASE, store=store)
    monkeypatch.setattr(inspection, "stamp", lambda _path: "other")
    assert inspect(BASE, store=store).stamp == "other"
    assert len(asked) == 2


def test_a_damaged_document_is_asked_again(store: Store, asked: list[Path]) -> None:
    first = inspect(BASE, store=store)
    store.write(inspection.KIND, inspection._key(Path(os.path.abspath(BASE))), b'{"target": {}}')
    assert inspect(BASE, store=store) == first
    assert len(asked) == 2


def test_nothing_there(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InterpreterNotFound, match="there is no Python at"):
        inspect(tmp_path / "python", store=store)


def test_the_identity_outlives_a_new_kernel() -> None:
    facts = probe.ask(BASE)
    before = inspection.describe(facts)
    facts["markers"] = {**facts["markers"], "platform_release": "99", "platform_version": "#99"}
    after = inspection.describe(facts)
    assert after.identity == before.identity
    assert after.target.markers["platform_release"] == "99"


def test_where_things_go(store: Store) -> None:
    found = inspect(BASE, store=store)
    major, minor = sys.version_info[:2]
    assert found.include == os.path.join("include", "site", f"python{major}.{minor}")
    assert found.cache_tag == sys.implementation.cache_tag
    assert found.windows is (os.name == "nt")
    if os.name != "nt":
        assert found.site_packages == f"lib/python{major}.{minor}/site-packages"
        assert found.scripts == "bin"


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_links_out_of_the_interpreters_folder_are_kept(tmp_path: Path) -> None:
    real = tmp_path / "opt" / "bin" / "python3.12"
    real.parent.mkdir(parents=True)
    real.touch()
    (real.parent / "python").symlink_to("python3.12")
    outside = tmp_path / "python"
    outside.symlink_to(real)
    assert inspection.settled(str(real.parent / "python"), str(tmp_path / "opt")) == str(real)
    assert inspection.settled(str(outside), str(tmp_path / "opt")) == str(real)
    assert inspection.settled(str(outside), "/elsewhere") == str(outside)
