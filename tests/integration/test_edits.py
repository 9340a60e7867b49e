"""Admins and drivers edit files inside an environment: it reaches no other one, or is found before it does.

The whole matrix of what can be done to a file, of which kind it is, and of how it is shared.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from driverenv import Environment, Request
from driverenv.environment.clone import CLONE, COPY, LINK
from driverenv.events import Warned
from driverenv.store import STAMP_SECONDS
from tests.kit.filesystems import Unavailable, mounted
from tests.unit.stories.bench import Bench

SETTINGS = "[alpha]\nspeed = 1\n"
FILES = {
    "code": "alpha/__init__.py",
    "byte code": "alpha/__pycache__/__init__.*.pyc",
    "data": "alpha/settings.ini",
    "script": "../../../bin/tool",
    "dist-info": "alpha-1.0.dist-info/METADATA",
}


def other(bench: Bench, name: str = "Other Driver", **policy: str) -> Request:
    """Another driver with the same requirements."""
    return bench.request("alpha\n", name=name, **policy)


def there(environment: Environment, name: str) -> Path:
    """The file of this kind, or of this name below `alpha`."""
    (found,) = Path(environment.site_packages).glob(FILES.get(name, f"alpha/{name}"))
    return found


def run(environment: Environment, code: str) -> str:
    done = subprocess.run([environment.python, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def writable(path: Path) -> bytes:
    """As somebody does who insists; gives the content."""
    data = path.read_bytes()
    path.chmod(0o644)
    return data


def append(path: Path) -> None:
    writable(path)
    with path.open("ab") as file:
        file.write(b"\nword = 'edited'\n")


def truncate(path: Path) -> None:
    writable(path)
    path.write_bytes(b"")


def replace(path: Path) -> None:
    """As most editors do: a new file is put in the place of the old one."""
    beside = path.with_name("beside")
    beside.write_bytes(path.read_bytes() + b"\nword = 'edited'\n")
    beside.replace(path)


def same_size(path: Path) -> None:
    """And everything that can be set back is: only the ctime tells."""
    before = path.stat()
    data = writable(path)
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    path.chmod(before.st_mode)


def chmod(path: Path) -> None:
    path.chmod(0o777)


def delete(path: Path) -> None:
    path.unlink()


def utime(path: Path) -> None:
    os.utime(path)


MUTATIONS = (append, truncate, replace, same_size, chmod, delete, utime)


@pytest.fixture(params=[LINK, COPY, pytest.param(CLONE, marks=pytest.mark.slow)])
def shared(request: pytest.FixtureRequest, bench: Bench, tmp_path: Path) -> Iterator[tuple[Bench, str]]:
    """A site, and the policy's word for how it shares."""
    bench.wheel("alpha", files={"alpha/settings.ini": SETTINGS}, data_files={"scripts/tool": "#!python\n"})
    if request.param != CLONE:
        yield bench, request.param
        return
    try:
        with mounted("xfs", tmp_path / "disk") as disk:
            shutil.copytree(bench.home, disk / "home", symlinks=True)
            bench.home = disk / "home"
            yield bench, "auto"
    except Unavailable as why:
        pytest.skip(str(why))


@pytest.mark.parametrize("kind", FILES)
def test_no_launch_starts_with_what_somebody_edited(shared: tuple[Bench, str], kind: str) -> None:
    """Neither an old environment, nor a new one, nor the one where it happened; whoever comes first."""
    bench, sharing = shared
    words = {"sharing": sharing, "byte_code": "now"}
    requests = [other(bench, name, **words) for name in ("First Driver", "Second Driver")]
    first, second = (bench.prepare(request) for request in requests)
    shipped = contents(second)
    assert len(shipped) == len(FILES)
    for number, mutation in enumerate(MUTATIONS):
        mutation(there(first, kind))
        coming = [requests[1], other(bench, f"New {mutation.__name__}", **words), requests[0]]
        for request in coming[number % 3 :] + coming[: number % 3]:
            made = bench.prepare(request)
            found = contents(made)
            assert found == {name: shipped[name] for name in found}, (mutation.__name__, request.name)
            if kind in ("code", "byte code"):
                assert run(made, "import alpha; print(hasattr(alpha, 'word'))") == "False"
        assert len(contents(first)) == len(FILES)
        assert "damaged" not in str(bench.told(Warned))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has inotify")
@pytest.mark.parametrize("kind", FILES)
def test_nor_where_the_system_watches_it(
    shared: tuple[Bench, str], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever edits, through whichever environment: no watched one is taken for what it is not any more."""
    from driverenv import _inotify, watch

    monkeypatch.setattr(_inotify, "is_told", lambda _path: True)  # whatever the disk of the tests is
    bench, sharing = shared
    words = {"sharing": sharing, "byte_code": "now"}
    requests = [other(bench, name, **words) for name in ("First Driver", "Second Driver")]
    edited, watched = (bench.prepare(request) for request in requests)
    shipped = contents(watched)
    own = sharing == COPY or kind in ("data", "script")
    for mutation in MUTATIONS:
        for elsewhere in (False, True):
            for _ in range(watch.FOUND):
                assert bench.prepare(requests[1]).prefix == watched.prefix
                watch.WATCHES.settle()
            assert watch.WATCHES.is_watched(str(bench.home), watched.prefix)
            mutation(there(edited if elsewhere else watched, kind))
            assert watch.WATCHES.is_watched(str(bench.home), watched.prefix) is (own and elsewhere)
            found = contents(bench.prepare(requests[1]))
            assert found == {name: shipped[name] for name in found}, (mutation.__name__, elsewhere)
            edited = bench.prepare(requests[0])
            # To be watched again at once, whatever came before.
            watch.WATCHES.forget()
            if len(contents(watched)) < len(FILES):
                return  # byte code that was damaged is put aside: there is nothing more of it to edit


def contents(environment: Environment) -> dict[str, bytes]:
    """What there is of each kind. Byte code that was damaged is put aside, and compiled again when there is time."""
    paths = {kind: list(Path(environment.site_packages).glob(name)) for kind, name in FILES.items()}
    found = {kind: there[0].read_bytes() for kind, there in paths.items() if there}
    return {name: data.replace(environment.python.encode(), b"PYTHON") for name, data in found.items()}


def test_data_is_each_environments_own(shared: tuple[Bench, str]) -> None:
    bench, sharing = shared
    first, second = (bench.prepare(other(bench, name, sharing=sharing)) for name in ("First", "Second"))
    assert os.access(there(first, "settings.ini"), os.W_OK)
    append(there(first, "settings.ini"))
    third = bench.prepare(other(bench, "Third Driver", sharing=sharing))
    assert there(first, "settings.ini").read_text(encoding="utf-8").endswith("word = 'edited'\n")
    for one in (second, third):
        assert there(one, "settings.ini").read_text(encoding="utf-8") == SETTINGS


def test_only_hard_links_are_one_file_and_those_are_read_only(shared: tuple[Bench, str]) -> None:
    bench, sharing = shared
    first, second = (bench.prepare(other(bench, name, sharing=sharing)) for name in ("First", "Second"))
    statuses = [there(one, "__init__.py").stat() for one in (first, second)]
    assert (len({status.st_ino for status in statuses}) == 1) == (sharing == LINK)
    assert {status.st_mtime for status in statuses} == {STAMP_SECONDS}
    assert all(bool(status.st_mode & 0o200) == (sharing != LINK) for status in statuses)


def test_a_file_that_differs_and_who_is_told(shared: tuple[Bench, str]) -> None:
    bench, sharing = shared
    requests = [other(bench, name, sharing=sharing) for name in ("First", "Second")]
    first, _ = (bench.prepare(request) for request in requests)
    append(there(first, "code"))
    bench.prepare(requests[1])
    store = ["STORE_DAMAGED"] if sharing == LINK else []
    anew = ["MADE_ANEW"] if sharing == LINK else []
    assert [warned.code for warned in bench.told(Warned)] == store + anew
    assert all("alpha/__init__.py: it has" in warned.text for warned in bench.told(Warned)[:1])
    bench.prepare(requests[0])
    (warned,) = bench.told(Warned)
    assert warned.code == "MADE_ANEW"
    assert "alpha/__init__.py: it has" in warned.text


def test_byte_code_that_a_driver_writes_stays_in_its_environment(bench: Bench) -> None:
    bench.wheel("alpha")
    request = other(bench)
    first = bench.prepare(request)
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([first.python, "-c", "import alpha"], check=True, env=environ)
    assert there(first, "__pycache__").is_dir()
    assert list(bench.home.glob("wheels/**/__pycache__")) == []
    second = bench.prepare(other(bench, "Second Driver"))
    assert not Path(second.site_packages, "alpha", "__pycache__").exists()
    bench.prepare(request)
    assert bench.told(Warned) == []
