from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from driverenv import environment
from driverenv.environment import bytecode
from driverenv.model.launch import Environment
from driverenv.store import stamps
from driverenv.store.damage import content_differs
from tests.unit.environment.conftest import Site

pytestmark = pytest.mark.slow

TAG = sys.implementation.cache_tag or ""


def compiled(made: Environment) -> list[str]:
    return sorted(
        path.relative_to(made.site_packages).as_posix() for path in Path(made.site_packages).rglob("*.pyc")
    )


def run(made: Environment, code: str, *options: str) -> str:
    done = subprocess.run([made.python, *options, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


@pytest.mark.parametrize("sharing", ["link", "copy"])
def test_compiled_once_and_accepted_everywhere(site: Site, sharing: str) -> None:
    stored = site.add("alpha", files={"alpha/sub/deep.py": "x = 1\n"})
    assert environment.compile_for([stored.root], site.interpreter, wait=True) == 1
    assert environment.compile_for([stored.root], site.interpreter, wait=True) == 0
    made = site.create(sharing=sharing)
    expected = [f"alpha/__pycache__/__init__.{TAG}.pyc", f"alpha/sub/__pycache__/deep.{TAG}.pyc"]
    assert compiled(made) == expected
    before = {name: (Path(made.site_packages) / name).stat() for name in expected}
    told = run(made, "import alpha.sub.deep", "-v")
    assert all(f"{name} matches" in told for name in expected)
    assert {name: (Path(made.site_packages) / name).stat().st_ino for name in expected} == {
        name: status.st_ino for name, status in before.items()
    }
    assert run(made, "import alpha; print(alpha.main.__code__.co_filename)").strip().startswith(made.prefix)


def test_what_does_not_compile_has_none(site: Site) -> None:
    stored = site.add("alpha", files={"alpha/python2.py": "print 'x'\n", "alpha/zero.py": b"\x00"})
    environment.compile_for([stored.root], site.interpreter, wait=True)
    assert compiled(site.create()) == [f"alpha/__pycache__/__init__.{TAG}.pyc"]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for zombies in /proc")
def test_in_the_background_without_zombie(site: Site) -> None:
    stored = site.add("alpha")
    environment.compile_for([stored.root], site.interpreter, wait=False)
    deadline = time.monotonic() + 30
    while stored.bytecode(TAG) is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert stored.bytecode(TAG) is not None
    threads = [one for one in threading.enumerate() if one.name == "driverenv-byte-code"]
    assert all(one.daemon for one in threads)
    for one in threads:
        one.join(30)
    while _zombies() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert _zombies() == []


def test_a_wheel_that_is_not_there_any_more_lacks_nothing(site: Site) -> None:
    stored = site.add("alpha")
    gone = stored.root.with_name("gone")
    assert environment.compile_for([stored.root, gone], site.interpreter, wait=True) == 1
    assert not gone.exists()


def _zombies() -> list[str]:
    """Children of this process that ended and that nobody has waited for."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if state == "Z" and int(parent) == os.getpid():
                found.append(stat.parent.name)
    return found


@pytest.mark.skipif(os.name == "nt", reason="holds the lock as POSIX does")
def test_not_twice_at_once_and_leftovers_go(site: Site) -> None:
    import fcntl

    stored = site.add("alpha")
    place = stored.root / "bytecode"
    place.mkdir()
    left = place / f".{TAG}.left"
    left.mkdir()
    holder = os.open(place / f"{TAG}.lock", os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(holder, fcntl.LOCK_EX)
        process = subprocess.run(
            [
                site.interpreter.executable,
                "-I",
                "-S",
                "-c",
                bytecode.PROGRAM,
                TAG,
                "skip",
                str(stored.root),
                ".",
            ],
            check=True,
        )
        assert process.returncode == 0
        assert stored.bytecode(TAG) is None
    finally:
        os.close(holder)
    environment.compile_for([stored.root], site.interpreter, wait=True)
    assert stored.bytecode(TAG) is not None
    assert not left.exists()


def test_python_2_shares_none(site: Site) -> None:
    stored = site.add("alpha")
    assert environment.compile_for([stored.root], replace(site.interpreter, cache_tag=None), wait=True) == 0


def test_byte_code_is_read_only_in_the_store_and_its_stamps_are_known(site: Site) -> None:
    stored = site.add("alpha", files={"alpha/sub/deep.py": "x = 1\n"})
    environment.compile_for([stored.root], site.interpreter, wait=True)
    found = stored.bytecode(TAG)
    assert found is not None
    assert {f"{found.folder}/{one.path}" for one in found.files} == {
        str(path) for path in found.folder.rglob("*.pyc")
    }
    part = stamps.of_byte_code(found)
    for row in part.rows:
        path = Path(part.folder, row.path)
        assert not path.stat().st_mode & 0o222
        assert content_differs(str(path), row.size, row.sha256) == ""
    now = part.now()
    assert now is not None
    assert Path(part.record).read_bytes() == stamps.render(now)


def test_what_was_edited_is_not_compiled(site: Site) -> None:
    stored = site.add("alpha")
    source = stored.files / "purelib" / "alpha" / "__init__.py"
    source.chmod(0o644)
    with source.open("a") as file:
        file.write("print('edited')\n")
    environment.compile_for([stored.root], site.interpreter, wait=True)
    assert stored.bytecode(TAG) is None


def test_byte_code_without_a_whole_manifest_is_compiled_anew(site: Site) -> None:
    stored = site.add("alpha")
    environment.compile_for([stored.root], site.interpreter, wait=True)
    found = stored.bytecode(TAG)
    assert found is not None
    (found.folder / "manifest").chmod(0o644)
    (found.folder / "manifest").write_bytes(b"torn")
    assert stored.bytecode(TAG) is None
    (found.folder / "manifest").unlink()
    environment.compile_for([stored.root], site.interpreter, wait=True)
    assert stored.bytecode(TAG) == found
