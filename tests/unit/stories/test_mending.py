from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from driverenv import Environment, Request
from driverenv.events import Asked, Downloaded, Linking, Ready, Solved, Started, Warned
from driverenv.stories.mending import Mended, whole
from tests.unit.stories.bench import Bench


@pytest.fixture
def request_of_six(bench: Bench) -> Request:
    bench.wheel("six", "1.16.0")
    return bench.request("six\n")


def module(made: Environment) -> Path:
    return Path(made.site_packages, "six", "__init__.py")


def append(path: Path) -> None:
    path.chmod(0o644)
    with path.open("a", encoding="utf-8") as file:
        file.write("raise SystemExit('edited')\n")


def test_whole(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    with bench.workshop(request_of_six) as workshop:
        assert whole(workshop, made) == Mended("")


def test_within_its_validity_nobody_is_asked(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    text = module(made).read_text(encoding="utf-8")
    append(module(made))
    shutil.rmtree(bench.index)
    assert bench.prepare(request_of_six) == made
    assert [warned.code for warned in bench.told(Warned)] == ["STORE_DAMAGED", "MADE_ANEW"]
    assert all("six" in warned.text for warned in bench.told(Warned))
    assert [event.reused for event in bench.told(Ready)] == [False]
    assert not bench.told(Started)
    assert not bench.told(Asked)
    assert module(made).read_text(encoding="utf-8") == text
    assert bench.prepare(request_of_six) == made
    assert [type(event) for event in bench.events] == [Ready]  # and the warm way is open again
    assert bench.told(Ready)[0].reused


def test_what_the_store_cannot_mend_is_fetched_again(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    text = module(made).read_text(encoding="utf-8")
    append(module(made))
    shutil.rmtree(bench.home / "archives")
    assert bench.prepare(request_of_six) == made
    assert bench.told(Downloaded)
    assert module(made).read_text(encoding="utf-8") == text


def test_damage_that_is_met_while_linking_is_mended_on_the_way(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    append(module(made))
    other = bench.prepare(bench.request("six\n", name="Other Driver"))
    assert [warned.code for warned in bench.told(Warned)] == ["STORE_DAMAGED"]
    assert "put aside, and is unpacked anew from its archive" in bench.told(Warned)[0].text
    assert "edited" not in module(other).read_text(encoding="utf-8")
    bench.prepare(request_of_six)
    assert [warned.code for warned in bench.told(Warned)] == ["MADE_ANEW"]
    assert "edited" not in module(made).read_text(encoding="utf-8")


def test_damage_that_is_met_while_linking_and_has_to_be_fetched(
    bench: Bench, request_of_six: Request
) -> None:
    made = bench.prepare(request_of_six)
    append(module(made))
    (archive,) = bench.home.glob("archives/*/*")
    archive.chmod(0o644)
    archive.write_bytes(b"damaged as well")
    other = bench.prepare(bench.request("six\n", name="Other Driver"))
    assert "is fetched anew" in bench.told(Warned)[0].text
    assert len(bench.told(Linking)) == len(bench.told(Solved)) == 2
    assert "edited" not in module(other).read_text(encoding="utf-8")


def test_without_mark_or_wheel_it_is_left_as_it_is(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    Path(made.prefix, "pyvenv.cfg").unlink()
    mark = Path(made.prefix).parent / "complete"
    text = mark.read_text(encoding="utf-8")
    with bench.workshop(request_of_six) as workshop:
        mark.write_text("{}", encoding="utf-8")
        assert whole(workshop, made).wrong
        mark.write_text(text, encoding="utf-8")
        shutil.rmtree(bench.home / "wheels")
        assert "pyvenv.cfg" in whole(workshop, made).wrong
    assert not Path(made.prefix, "pyvenv.cfg").exists()


def test_an_interpreter_that_was_patched_is_another_one(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    mark = Path(made.prefix).parent / "complete"
    values = json.loads(mark.read_bytes())
    mark.write_text(json.dumps(values | {"stamp": "1 2"}), encoding="utf-8")
    with bench.workshop(request_of_six) as workshop:
        assert whole(workshop, made) == Mended("its base interpreter was replaced or removed")
    assert len(bench.told(Linking)) == 1  # when it was made
