from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from driverenv import environment, warm
from driverenv.environment.naming import COMPLETE, MANIFEST
from driverenv.events import Event, Warned
from driverenv.model.launch import Environment
from tests.unit.environment.conftest import Site


@pytest.fixture
def pair(site: Site) -> tuple[Site, Environment, Environment]:
    """Two environments of the same wheel, byte code included."""
    stored = site.add(
        "alpha",
        files={"alpha/sub/deep.py": "x = 1\n", "alpha/data.json": "{}"},
        data_files={"scripts/tool": "#!python\nprint(1)\n"},
        entry_points={"console_scripts": {"run": "alpha:main"}},
    )
    environment.compile_for([stored.root], site.interpreter, wait=True)
    first = site.create()
    site.name = "Another Driver"
    return site, first, site.create()


def intact(site: Site, made: Environment) -> bool:
    return warm.intact(str(site.store.home), made.prefix)


def examine(site: Site, made: Environment, told: list[Event] | None = None) -> str:
    hear = (lambda _: None) if told is None else told.append
    return environment.examine(Path(made.prefix), site.store, hear)


def there(made: Environment, path: str) -> Path:
    return Path(made.site_packages, path)


def test_links_of_others_need_no_second_look(pair: tuple[Site, Environment, Environment]) -> None:
    site, first, second = pair
    assert intact(site, first)
    assert intact(site, second)
    site.name = "A Third One"
    third = site.create()
    assert all(intact(site, one) for one in (first, second, third))
    folder = Path(third.prefix).parent
    environment.remove(folder, third.name, site.store)
    assert not folder.exists()
    assert all(intact(site, one) for one in (first, second))


def test_what_the_driver_adds_is_fine(pair: tuple[Site, Environment, Environment]) -> None:
    site, first, _ = pair
    there(first, "alpha/driver.log").write_text("ran\n")
    there(first, "alpha/__pycache__/other.cpython-312.pyc").write_bytes(b"")
    there(first, "logs").mkdir()
    assert intact(site, first)


def append(path: Path) -> None:
    path.chmod(0o644)
    with path.open("a") as file:
        file.write("# edited\n")


def replace(path: Path) -> None:
    beside = path.with_name("beside")
    beside.write_bytes(path.read_bytes() + b"#")
    beside.replace(path)


def lead_elsewhere(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


OWN = ("alpha/data.json", "alpha-1.0.dist-info/RECORD", "alpha-1.0.dist-info/INSTALLER")
SHARED = ("alpha/__init__.py", "alpha/sub/deep.py", "alpha-1.0.dist-info/METADATA")


@pytest.mark.parametrize("edit", [append, replace, Path.unlink, lead_elsewhere])
@pytest.mark.parametrize("name", [OWN[0], OWN[1], SHARED[0]])
def test_what_is_not_as_it_was_shipped(
    pair: tuple[Site, Environment, Environment], edit: Callable[[Path], None], name: str
) -> None:
    site, first, second = pair
    path = there(first, name)
    target = path.relative_to(first.prefix).as_posix()
    edit(path)
    assert not intact(site, first)
    assert examine(site, first).startswith(f"{target}: it ")
    if name in OWN or edit is not append:  # else the other one has the very same file
        assert examine(site, second) == ""
        assert intact(site, second)


@pytest.mark.parametrize("name", ["tool", "run"])
def test_scripts_are_looked_at_as_well(pair: tuple[Site, Environment, Environment], name: str) -> None:
    site, first, second = pair
    append(Path(first.bin, name))
    assert f"{name}: it has" in examine(site, first)
    assert examine(site, second) == ""


def test_the_python_that_leads_elsewhere(pair: tuple[Site, Environment, Environment]) -> None:
    site, first, _ = pair
    python = Path(first.python)
    if not python.is_symlink():
        pytest.skip("a copy here")
    leads = os.readlink(python)
    python.unlink()
    python.symlink_to(f"{os.path.dirname(leads)}/.//{os.path.basename(leads)}")
    assert environment.check(Path(first.prefix)) == ""
    assert examine(site, first).endswith("python: it leads elsewhere")


def edited_in_place(path: Path) -> None:
    """The same size and time: only the ctime tells."""
    status = path.stat()
    data = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    path.chmod(0o444)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("kind", ["code", "byte code"])
def test_a_shared_file_that_was_edited_spoils_every_environment_and_the_store_is_renewed(
    pair: tuple[Site, Environment, Environment], kind: str
) -> None:
    site, first, second = pair
    path = there(first, "alpha/sub/deep.py")
    if kind == "byte code":
        (path,) = path.parent.glob("__pycache__/deep.*.pyc")
    edited_in_place(path)
    told: list[Event] = []
    reasons = [examine(site, one, told) for one in (first, second)]
    assert all(reason.endswith("its content was changed") for reason in reasons)
    (warned,) = told
    assert isinstance(warned, Warned)
    assert warned.code == "STORE_DAMAGED"
    assert "deep" in warned.text
    stored = site.wheels[0][0]
    assert stored.files.joinpath("purelib/alpha/sub/deep.py").read_text() == "x = 1\n"
    if kind == "byte code":
        assert stored.bytecode(site.interpreter.cache_tag or "") is None
    for one in (first, second):
        site.name = one.name
        assert site.create() == one
        assert examine(site, one) == ""
        assert there(one, "alpha/sub/deep.py").read_text() == "x = 1\n"


@pytest.mark.parametrize("change", ["utime", "chmod", "link"])
def test_what_has_its_content_is_fine_and_set_right(
    pair: tuple[Site, Environment, Environment], tmp_path: Path, change: str
) -> None:
    site, first, second = pair
    path = there(first, "alpha/__init__.py")
    before = path.stat()
    if change == "utime":
        os.utime(path)
    elif change == "chmod":
        path.chmod(0o600)
    else:
        os.link(path, tmp_path / "backup")
    assert not intact(site, first)
    assert not intact(site, second)
    assert examine(site, first) == ""
    assert (path.stat().st_mtime_ns, path.stat().st_mode) == (before.st_mtime_ns, before.st_mode)
    assert intact(site, first)
    assert intact(site, second)


def test_a_file_that_was_put_back_is_its_own_from_then_on(
    pair: tuple[Site, Environment, Environment],
) -> None:
    site, first, second = pair
    path = there(first, "alpha/__init__.py")
    beside = path.with_name("beside")
    beside.write_bytes(path.read_bytes())
    beside.replace(path)
    assert examine(site, first) == ""
    assert intact(site, first)
    append(path)
    assert "it has" in examine(site, first)
    assert examine(site, second) == ""


def test_environments_need_no_store(pair: tuple[Site, Environment, Environment]) -> None:
    site, first, _ = pair
    shutil.rmtree(site.store.home / "wheels")
    assert examine(site, first) == ""
    assert intact(site, first)
    append(there(first, "alpha/__init__.py"))
    assert "it has" in examine(site, first)


@pytest.mark.parametrize("name", [warm.SHIPPED, MANIFEST, COMPLETE])
def test_without_its_records_it_is_not_whole(pair: tuple[Site, Environment, Environment], name: str) -> None:
    site, first, _ = pair
    Path(first.prefix).parent.joinpath(name).unlink()
    assert examine(site, first) != ""
    site.name = first.name
    assert site.create() == first
    assert examine(site, first) == ""


def test_a_hook_that_was_added(pair: tuple[Site, Environment, Environment]) -> None:
    site, first, _ = pair
    there(first, "sitecustomize.py").write_text("print('planted')\n")
    assert examine(site, first) == "sitecustomize.py was added: Python runs it at every start"
    site.name = first.name
    site.create()
    assert not there(first, "sitecustomize.py").exists()


def test_all_contents(pair: tuple[Site, Environment, Environment]) -> None:
    _, first, _ = pair
    assert list(environment.check_contents(Path(first.prefix))) == []
    edited_in_place(there(first, "alpha/data.json"))
    there(first, "alpha/sub/deep.py").unlink()
    library = Path(first.site_packages).relative_to(first.prefix).as_posix()
    assert sorted(environment.check_contents(Path(first.prefix))) == [
        f"{library}/alpha/data.json: its content was changed",
        f"{library}/alpha/sub/deep.py: it is gone",
    ]


def test_in_doubt_contents_decide(pair: tuple[Site, Environment, Environment]) -> None:
    site, first, second = pair
    environment.doubt(Path(first.prefix), site.store)
    assert not intact(site, first)
    assert environment.made_for(Path(first.prefix)) == site.interpreter.executable
    told: list[Event] = []
    assert examine(site, first, told) == examine(site, second, told) == ""
    assert told == []
    assert intact(site, first)
    assert intact(site, second)
    Path(first.prefix).with_name(COMPLETE).unlink()
    environment.doubt(Path(first.prefix), site.store)  # it is not whole anyway
    assert environment.made_for(Path(first.prefix)) == ""


def test_differences_are_contents_and_hooks(pair: tuple[Site, Environment, Environment]) -> None:
    _, first, _ = pair
    assert environment.differences(Path(first.prefix)) == []
    there(first, "usercustomize.py").write_text("", encoding="utf-8")
    edited_in_place(there(first, "alpha/data.json"))
    shutil.rmtree(there(first, "alpha/sub"))
    there(first, "alpha/sub").write_text("a file in the folder's place", encoding="utf-8")
    found = [one.rpartition("/")[2] for one in environment.differences(Path(first.prefix))]
    assert found[0] == "data.json: its content was changed"
    assert "deep.py: it is gone" in found
    assert found[-1] == "usercustomize.py was added: Python runs it at every start"
