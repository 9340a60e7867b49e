"""Admins and drivers edit files inside an environment: it reaches no other one, or is found before it does."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from driverenv import Environment, Request
from driverenv.errors import IntegrityError
from driverenv.store import STAMP_SECONDS
from tests.unit.stories.bench import Bench

SETTINGS = "[alpha]\nspeed = 1\n"


@pytest.fixture
def request_of_alpha(bench: Bench) -> Request:
    bench.wheel("alpha", files={"alpha/settings.ini": SETTINGS, "alpha/data.json": "{}"})
    return bench.request("alpha\n")


def other(bench: Bench, name: str = "Other Driver", **policy: str) -> Request:
    """Another driver with the same requirements."""
    return bench.request("alpha\n", name=name, **policy)


def there(environment: Environment, name: str) -> Path:
    return Path(environment.site_packages, "alpha", name)


def in_store(bench: Bench, name: str) -> Path:
    (found,) = bench.home.glob(f"wheels/*/*/files/purelib/alpha/{name}")
    return found


def run(environment: Environment, code: str) -> str:
    done = subprocess.run([environment.python, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def edit(path: Path, text: str) -> None:
    """In place, as an editor run by the owner does who insists."""
    path.chmod(0o644)
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def replace(path: Path, text: str) -> None:
    """As most editors do: a new file is put in the place of the old one."""
    beside = path.with_suffix(".new")
    beside.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
    beside.replace(path)


@pytest.mark.parametrize("sharing", ["link", "copy"])
def test_data_is_each_environments_own(bench: Bench, request_of_alpha: Request, sharing: str) -> None:
    assert request_of_alpha.policy is not None
    request = request_of_alpha.replace(policy=request_of_alpha.policy.replace(sharing=sharing))
    first, second = bench.prepare(request), bench.prepare(other(bench, sharing=sharing))
    assert os.access(there(first, "settings.ini"), os.W_OK)
    with there(first, "settings.ini").open("a", encoding="utf-8") as file:
        file.write("speed = 9\n")
    third = bench.prepare(other(bench, "Third Driver", sharing=sharing))
    assert there(first, "settings.ini").read_text(encoding="utf-8").endswith("speed = 9\n")
    for path in (
        there(second, "settings.ini"),
        there(third, "settings.ini"),
        in_store(bench, "settings.ini"),
    ):
        assert path.read_text(encoding="utf-8") == SETTINGS
    assert bench.prepare(request) == first  # and it may stay as it was edited


def test_code_is_read_only_and_shared(bench: Bench, request_of_alpha: Request) -> None:
    first, second = bench.prepare(request_of_alpha), bench.prepare(other(bench))
    paths = [there(one, "__init__.py") for one in (first, second)] + [in_store(bench, "__init__.py")]
    assert len({path.stat().st_ino for path in paths}) == 1
    assert all(path.stat().st_mode & 0o222 == 0 for path in paths)


def test_code_that_is_edited_in_place_is_found_before_the_next_environment_starts_with_it(
    bench: Bench, request_of_alpha: Request
) -> None:
    first = bench.prepare(request_of_alpha)
    edit(there(first, "__init__.py"), "raise SystemExit('edited')\n")
    before = bench.environments()
    with pytest.raises(IntegrityError) as raised:
        bench.prepare(other(bench))
    assert raised.value.code == "INTEGRITY"
    assert "edited in place" in str(raised.value)
    assert str(in_store(bench, "__init__.py")) in str(raised.value)
    assert 'sharing = "copy"' in str(raised.value)
    assert bench.environments() == before


def test_an_edit_that_keeps_size_and_breaks_only_the_stamp_is_found(
    bench: Bench, request_of_alpha: Request
) -> None:
    first = bench.prepare(request_of_alpha)
    path = there(first, "__init__.py")
    text = path.read_text(encoding="utf-8")
    path.chmod(0o644)
    path.write_text(text.replace("kit", "kot"), encoding="utf-8")
    assert path.stat().st_size == len(text)
    assert path.stat().st_mtime != STAMP_SECONDS
    with pytest.raises(IntegrityError, match="edited in place"):
        bench.prepare(other(bench))


def test_code_that_is_replaced_is_the_environments_own_from_then_on(
    bench: Bench, request_of_alpha: Request
) -> None:
    first = bench.prepare(request_of_alpha)
    replace(there(first, "__init__.py"), "word = 'edited'\n")
    second = bench.prepare(other(bench))
    assert run(first, "import alpha; print(alpha.word)") == "edited"
    assert run(second, "import alpha; print(hasattr(alpha, 'word'))") == "False"


def test_nothing_of_a_copy_is_shared(bench: Bench, request_of_alpha: Request) -> None:
    assert request_of_alpha.policy is not None
    request = request_of_alpha.replace(policy=request_of_alpha.policy.replace(sharing="copy"))
    first = bench.prepare(request)
    assert there(first, "__init__.py").stat().st_ino != in_store(bench, "__init__.py").stat().st_ino
    edit(there(first, "__init__.py"), "word = 'edited'\n")
    second = bench.prepare(other(bench, sharing="copy"))
    third = bench.prepare(other(bench, "Third Driver"))
    assert run(first, "import alpha; print(alpha.word)") == "edited"
    for environment in (second, third):
        assert run(environment, "import alpha; print(hasattr(alpha, 'word'))") == "False"


def test_what_a_driver_removes_is_gone_for_itself_only(bench: Bench, request_of_alpha: Request) -> None:
    first = bench.prepare(request_of_alpha)
    for path in Path(first.site_packages, "alpha").iterdir():
        path.unlink()
    second = bench.prepare(other(bench))
    assert run(second, "import alpha; print(alpha.DIST)") == "alpha"


def test_byte_code_that_a_driver_writes_stays_in_its_environment(
    bench: Bench, request_of_alpha: Request
) -> None:
    first = bench.prepare(request_of_alpha)
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([first.python, "-c", "import alpha"], check=True, env=environ)
    assert there(first, "__pycache__").is_dir()
    assert list(bench.home.glob("wheels/**/__pycache__")) == []
    second = bench.prepare(other(bench))
    assert not there(second, "__pycache__").exists()
