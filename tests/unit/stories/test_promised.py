from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from driverenv import Index, Request
from driverenv.errors import LockMismatch
from driverenv.events import Asked, Ready
from driverenv.records import pylock
from driverenv.stories import returning
from driverenv.stories.lock import lock
from tests.kit.wheels import make_wheel
from tests.unit.stories.bench import Bench


@pytest.fixture
def request_of_six(bench: Bench) -> Request:
    bench.wheel("six", "1.16.0", requires=["alpha"])
    bench.sdist("alpha", "1.0")
    return bench.request("six\n", builds="allowed")


def refused(bench: Bench, request: Request) -> LockMismatch:
    with pytest.raises(LockMismatch) as raised:
        bench.prepare(request.replace(locked=True))
    return raised.value


def test_the_same_environment_though_there_is_something_newer(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    bench.wheel("six", "1.17.0")
    held = request_of_six.replace(locked=True, refresh=True)
    assert bench.prepare(held) == made
    assert bench.told(Asked)
    assert bench.prepare(held.replace(refresh=False)) == made
    assert [type(event) for event in bench.events] == [Ready]  # warm
    assert bench.prepare(request_of_six.replace(refresh=True)) != made


def test_it_outlives_its_environment(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    bench.wheel("six", "1.17.0")
    receipt = Path(made.receipt)
    before = receipt.with_name(pylock.NAME).read_bytes()
    shutil.rmtree(receipt.parent)
    assert bench.prepare(request_of_six.replace(locked=True)) == made
    assert receipt.with_name(pylock.NAME).read_bytes() == before
    assert (bench.home / "drivers" / "Switch Driver" / pylock.NAME).read_bytes() == before


def test_there_is_none(bench: Bench, request_of_six: Request) -> None:
    error = refused(bench, request_of_six)
    assert error.code == "LOCK_MISSING"
    assert error.data["looked_for"] == [str(bench.root / "drivers" / "Switch Driver" / pylock.NAME)]
    bench.prepare(request_of_six)
    other = request_of_six.replace(requirements=("alpha",))
    assert refused(bench, other).code == "LOCK_MISSING"  # that of other requirements does not count


def test_one_in_the_drivers_folder_comes_first(bench: Bench, request_of_six: Request) -> None:
    folder = Path(request_of_six.driver)
    found = lock(request_of_six)
    bench.wheel("six", "1.17.0")
    newer = bench.prepare(request_of_six)
    (folder / pylock.NAME).write_text(pylock.render(found, folder=folder), encoding="utf-8")
    held = bench.prepare(request_of_six.replace(locked=True))
    assert held != newer
    assert Path(held.site_packages, "six-1.16.0.dist-info").is_dir()
    (folder / pylock.NAME).unlink()  # noticed at once
    assert (
        bench.prepare(request_of_six.replace(locked=True)) == held
    )  # the newest environment is that one now


def test_requirements_that_changed(bench: Bench, request_of_six: Request) -> None:
    bench.prepare(request_of_six)
    bench.driver("six>=2\n")
    assert refused(bench, request_of_six).code == "LOCK_REQUIREMENTS"
    bench.driver("alpha\n")
    assert refused(bench, request_of_six).code == "LOCK_REQUIREMENTS"
    bench.driver("six>=1\n")
    bench.prepare(request_of_six.replace(locked=True))  # the lock fits it as well


def test_files_that_changed(bench: Bench, request_of_six: Request) -> None:
    bench.prepare(request_of_six)
    (bench.index / "six-1.16.0-py3-none-any.whl").unlink()
    error = refused(bench, request_of_six)
    assert error.code == "LOCK_FILE"
    assert error.failure
    bench.wheel("six", "1.16.0", requires=["alpha"], files={"six/more.py": ""})
    assert refused(bench, request_of_six.replace(refresh=True)).code == "LOCK_FILE"


def test_of_several_files_of_a_version_the_locked_one(bench: Bench) -> None:
    """A folder says no digests."""
    bench.wheel("six", "1.0")
    request = bench.request("six\n")
    made = bench.prepare(request)
    make_wheel(bench.index, "six", "1.0", build="2")
    assert bench.prepare(request.replace(locked=True)) == made
    assert bench.prepare(request.replace(refresh=True)) != made


@pytest.mark.parametrize("text", ["", "[", "\udcff", 'lock-version = "9.0"\ncreated-by = "x"\npackages = []'])
def test_one_that_cannot_be_read(bench: Bench, request_of_six: Request, text: str) -> None:
    path = Path(request_of_six.driver, pylock.NAME)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    error = refused(bench, request_of_six)
    assert (error.code, error.data["lock"]) == ("LOCK_INVALID", str(path))


def test_a_damaged_one_of_ours(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    path = Path(made.receipt).with_name(pylock.NAME)
    path.unlink()
    path.write_bytes(b"[")
    assert refused(bench, request_of_six).code == "LOCK_INVALID"
    path.unlink()  # then the one in the driver's folder below home
    assert bench.prepare(request_of_six.replace(locked=True)) == made


def test_who_went_back_stays_back(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    bench.wheel("six", "1.17.0", requires=["alpha"])
    bench.prepare(request_of_six.replace(refresh=True))
    returning.rollback(str(bench.home), "Switch Driver", 1, cwd=str(bench.root))
    assert bench.prepare(request_of_six.replace(locked=True)) == made


def test_an_index_that_is_down_is_told_as_such(bench: Bench, request_of_six: Request) -> None:
    bench.prepare(request_of_six)
    held = request_of_six.replace(locked=True, policy=bench.policy(local=[Index(bench.root / "gone")]))
    with pytest.raises(Exception, match="LOCAL_DOWN"):
        bench.prepare(held)
