from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from driverenv import environment, events, lease, warm
from driverenv.environment import creation
from driverenv.environment import image as image_module
from driverenv.environment.naming import COMPLETE, MANIFEST
from driverenv.environment.record import read_manifest
from driverenv.environment.work import Work
from driverenv.errors import EnvironmentBroken, HomeUnusable, InterpreterNotFound
from driverenv.model.plan import Plan
from driverenv.warm import SHIPPED
from tests.unit.environment.conftest import Site


def stagings(site: Site) -> list[str]:
    return [path.name for path in (site.store.home / "staging").glob("*/*")]


def test_whole_and_described(site: Site) -> None:
    site.add("alpha", requested=True)
    site.add("beta")
    made = site.create(documents=lambda: {"receipt.json": b"{}"})
    folder = Path(made.prefix).parent
    assert made.key == folder.name
    assert made.name == Path(made.prefix).name == "Switch Driver"
    assert Path(made.receipt).read_bytes() == b"{}"
    there = {"Switch Driver", COMPLETE, "lease", MANIFEST, "receipt.json", SHIPPED}
    assert set(os.listdir(folder)) == there
    info = Path(made.site_packages)
    assert (info / "alpha-1.0.dist-info" / "INSTALLER").read_text() == "driverenv\n"
    assert (info / "alpha-1.0.dist-info" / "REQUESTED").is_file()
    assert not (info / "beta-1.0.dist-info" / "REQUESTED").exists()
    assert environment.check(Path(made.prefix)) == ""
    assert stagings(site) == []


def test_the_manifest_has_every_file(site: Site) -> None:
    site.add(
        "alpha", files={"alpha/x.ini": "a"}, data_files={"data/etc/a.conf": "b", "scripts/t": "#!python\n"}
    )
    prefix = Path(site.create().prefix)
    listed = {row.target: row for row in read_manifest((prefix.parent / MANIFEST).read_bytes())}
    there = {
        path.relative_to(prefix).as_posix(): path
        for path in prefix.rglob("*")
        if path.is_file() or path.is_symlink()
    }
    assert listed.keys() == there.keys()
    assert all(row.size == there[target].lstat().st_size for target, row in listed.items())
    assert {row.kind for row in listed.values()} >= {"code", "data", "symlink", "written"}


def test_an_empty_environment(site: Site) -> None:
    made = site.create()
    done = subprocess.run(
        [made.python, "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == made.prefix


def test_what_is_there_is_handed_back(site: Site) -> None:
    site.add("alpha")
    told: list[events.Event] = []
    first = site.create()
    before = Path(first.prefix).stat().st_ino
    plan = site.plan()
    again = environment.create(
        plan, at=site.at(plan), interpreter=site.interpreter, store=site.store, on_event=told.append
    )
    assert again == first
    assert Path(first.prefix).stat().st_ino == before
    assert told == []


def test_ten_threads_one_result(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.add("alpha")
    plan = site.plan()
    made: list[int] = []
    real = creation._mark

    def counted(plan: Plan, doing: Work, at: Path, staging: Path, documents: Mapping[str, bytes]) -> None:
        made.append(1)
        real(plan, doing, at, staging, documents)

    monkeypatch.setattr(creation, "_mark", counted)
    with ThreadPoolExecutor(10) as pool:
        results = {one.prefix for one in pool.map(lambda _: site.create(plan=plan), range(10))}
    assert len(results) == len(made) == 1
    assert stagings(site) == []


def test_notes_are_told(site: Site) -> None:
    site.add("alpha", files={"tests/x.py": "a"})
    site.add("beta", files={"tests/x.py": "b"})
    plan = site.plan()
    told: list[events.Event] = []
    environment.create(
        plan, at=site.at(plan), interpreter=site.interpreter, store=site.store, on_event=told.append
    )
    assert told[0] == events.Linking(2)
    assert [type(one) for one in told[1:]] == [events.Warned, events.Linked]
    assert told[2] == events.Linked(2, told[2].seconds)  # type: ignore[attr-defined]


@pytest.mark.parametrize("damage", ["pyvenv.cfg", "mark", "moved", "python", "python's target"])
def test_what_is_not_whole_is_made_anew(site: Site, damage: str) -> None:
    site.add("alpha")
    made = site.create()
    prefix, python = Path(made.prefix), Path(made.python)
    if damage.startswith("python"):
        python.unlink()
        if damage == "python's target":
            python.symlink_to("/nowhere/python")
    elif damage == "pyvenv.cfg":
        (prefix / "pyvenv.cfg").write_text("home = /elsewhere\n")
    elif damage == "mark":
        (prefix.parent / COMPLETE).unlink()
    else:
        prefix.rename(prefix.with_name("elsewhere"))
    assert environment.check(prefix) != ""
    assert site.create().prefix == str(prefix)
    assert environment.check(prefix) == ""
    assert python.is_file()
    assert os.listdir(prefix.parent.parent) == [prefix.parent.name]
    assert stagings(site) == []


def test_without_a_python_nothing_is_published(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = site.plan()

    def lose(doing: Work, _wheels: object) -> None:
        for python in Path(doing._prefix, site.interpreter.scripts).glob("python*"):
            python.unlink()

    monkeypatch.setattr(Work, "lay", lose)
    with pytest.raises(EnvironmentBroken, match="without a Python"):
        site.create(plan=plan)
    assert not site.at(plan).parent.exists()


def test_an_edit_in_one_environment_stays_there(site: Site) -> None:
    site.add("alpha", files={"alpha/qs_config.ini": "level=INFO\n"})
    first = site.create()
    edited = Path(first.site_packages, "alpha", "qs_config.ini")
    edited.write_text("level=DEBUG\n")
    site.name = "Another Driver"
    other = Path(site.create().site_packages, "alpha", "qs_config.ini")
    assert other.read_text() == "level=INFO\n"
    assert edited.read_text() == "level=DEBUG\n"


def test_a_failure_leaves_nothing_behind(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.add("alpha")
    plan = site.plan()

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device", "/somewhere")

    monkeypatch.setattr(Work, "describe", full)
    with pytest.raises(HomeUnusable, match="No space left"):
        site.create(plan=plan)
    assert not site.at(plan).parent.exists()
    assert stagings(site) == []
    monkeypatch.undo()
    assert environment.check(Path(site.create(plan=plan).prefix)) == ""


def test_an_image_that_cannot_be_made(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise RuntimeError("no such creator")

    monkeypatch.setattr(image_module, "_make_with_virtualenv", refuse)
    with pytest.raises(InterpreterNotFound, match="no virtual environment can be made") as raised:
        site.create()
    assert "no such creator" in str(raised.value)


def test_names_differ_keys_differ(site: Site) -> None:
    site.add("alpha")
    first = site.create()
    site.name = "Router"
    second = site.create()
    assert first.key != second.key
    assert second.name == "Router"


def test_sharing(site: Site) -> None:
    stored = site.add("alpha")
    source = stored.files / "purelib" / "alpha" / "__init__.py"
    linked = Path(site.create().site_packages, "alpha", "__init__.py")
    assert linked.samefile(source)
    site.name = "copied"
    copied = Path(site.create(sharing="copy").site_packages, "alpha", "__init__.py")
    assert not copied.samefile(source)
    assert copied.stat().st_mtime == source.stat().st_mtime


def test_describe_on_any_system(site: Site) -> None:
    found = environment.describe(Path("/e/k/n"), site.interpreter)
    assert Path(found.python).name == ("python.exe" if sys.platform == "win32" else "python")
    assert (found.key, found.name) == ("k", "n")


def test_witnesses_are_there_and_change_with_what_they_vouch_for(site: Site) -> None:
    made = site.create()
    paths = environment.witnesses(made, site.interpreter)
    assert all(os.path.isfile(path) for path in paths)
    before = [warm.stamp(path) for path in paths]
    with Path(made.prefix, "pyvenv.cfg").open("a") as config:
        config.write("x = y\n")
    assert [warm.stamp(path) for path in paths] != before


@pytest.mark.slow
def test_whoever_gets_it_holds_it(site: Site) -> None:
    made = site.create()
    path = lease.path_of(made.prefix)
    again = site.create()
    del made
    gc.collect()
    assert lease.is_held(path)
    del again
    gc.collect()
    assert not lease.is_held(path)


def test_one_without_a_lease_gets_one(site: Site) -> None:
    path = lease.path_of(site.create().prefix)
    os.unlink(path)
    made = site.create()
    assert lease.is_held(path)
    assert made.key in path


@pytest.mark.slow
def test_what_runs_from_a_damaged_one_holds_the_new_one_as_well(site: Site) -> None:
    made = site.create()
    path = lease.path_of(made.prefix)
    with lease.Lease(path):
        del made
        gc.collect()
        Path(path).with_name(COMPLETE).unlink()
        new = site.create()
        assert environment.check(Path(new.prefix)) == ""
        del new
        gc.collect()
        assert lease.is_held(path)
    assert not lease.is_held(path)


def test_what_is_removed_each_time_is_an_error(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(made: Path, _former: Path) -> None:
        lease.make(str(made / lease.NAME))
        (made / COMPLETE).unlink()

    monkeypatch.setattr(creation, "_lay_lease", spoil)
    with pytest.raises(EnvironmentBroken, match="is not whole each time it has been made"):
        site.create()
