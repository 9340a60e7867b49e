from __future__ import annotations

from pathlib import Path

import pytest

from driverenv import Environment, Request, environment
from driverenv.events import InterpreterChanged, Warned
from driverenv.generations import Drivers, Generation
from driverenv.generations.pointer import leads
from driverenv.stories import succession
from driverenv.stories.succession import contents
from tests.unit.stories.bench import Bench


def generations(bench: Bench) -> list[Generation]:
    (found,) = Drivers(str(bench.home))
    assert found.lineage.current == found.lineage.generations[-1].number
    return list(found.lineage.generations)


def words(one: Generation) -> list[str]:
    return [cause.word for cause in one.causes]


@pytest.fixture
def made(bench: Bench) -> Environment:
    bench.wheel("six", "1.15.0")
    return bench.prepare(bench.request("six\n", valid_for_minutes=0))


def test_the_first_launch_is_the_first_generation(bench: Bench, made: Environment) -> None:
    (one,) = generations(bench)
    assert (one.number, one.key, words(one), one.changes) == (1, made.key, ["first"], ())
    (found,) = Drivers(str(bench.home))
    assert found.lineage.name == made.name == found.shown == "Switch Driver"
    assert leads(found.folder) == Path(made.prefix).parent
    assert Path(found.folder, "current", "Switch Driver", "pyvenv.cfg").is_file()


def test_the_same_again_is_none(bench: Bench, made: Environment) -> None:
    before = generations(bench)
    assert bench.prepare(bench.request("six\n", valid_for_minutes=0)) == made
    assert generations(bench) == before


def test_what_the_index_has_now(bench: Bench, made: Environment) -> None:
    bench.wheel("six", "1.16.0")
    new = bench.prepare(bench.request("six\n", valid_for_minutes=0))
    _, one = generations(bench)
    assert (one.key, words(one), one.changes) == (new.key, ["index"], ("six: 1.15.0 -> 1.16.0 from lab",))


def test_other_requirements(bench: Bench, made: Environment) -> None:
    bench.wheel("alpha")
    bench.prepare(bench.request("six\nalpha\n", valid_for_minutes=0))
    _, one = generations(bench)
    assert words(one) == ["requirements"]
    assert one.causes[0].text == "requirements.txt changed"
    assert one.changes == ("alpha: 1.0 from lab added",)


def test_another_policy(bench: Bench, made: Environment) -> None:
    bench.wheel("alpha")
    bench.prepare(bench.request("six\n", baseline=["alpha"], valid_for_minutes=0))
    assert words(generations(bench)[-1]) == ["policy"]


def test_housekeeping_is_no_other_policy(bench: Bench, made: Environment) -> None:
    assert bench.prepare(bench.request("six\n", valid_for_minutes=7, on_outage="fail")) == made
    (one,) = generations(bench)
    assert words(one) == ["first"]


def test_requirements_of_the_call_are_another_variant(bench: Bench, made: Environment) -> None:
    bench.wheel("alpha")
    request = bench.request("six\n", valid_for_minutes=0)
    bench.prepare(Request(request.driver, policy=request.policy, home=bench.home, requirements=["alpha"]))
    _, other = generations(bench)
    assert words(other) == ["first"]
    bench.prepare(request)
    (found,) = Drivers(str(bench.home))
    assert (found.lineage.current, len(found.lineage.generations)) == (1, 2)


def test_builds_are_no_drivers(bench: Bench) -> None:
    bench.sdist("alpha")
    bench.prepare(bench.request("alpha\n"))
    assert len(bench.environments()) == 2
    assert len(generations(bench)) == 1


def test_without_the_one_before_nothing_is_said_of_changes(bench: Bench, made: Environment) -> None:
    Path(made.receipt).unlink()
    bench.wheel("six", "1.16.0")
    bench.prepare(bench.request("six\n", valid_for_minutes=0))
    assert generations(bench)[-1].changes == ()


def test_not_all_lines_are_kept(bench: Bench, made: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(succession, "_LINES", 2)
    for name in ("a", "b", "c", "d"):
        bench.wheel(name)
    bench.prepare(bench.request("a\nb\nc\nd\n", valid_for_minutes=0))
    assert generations(bench)[-1].changes == ("a: 1.0 from lab added", "b: 1.0 from lab added", "and 3 more")


def test_contents(bench: Bench, made: Environment) -> None:
    assert list(contents(Path(made.receipt))) == ["six"]
    with pytest.raises(ValueError, match="Expecting value"):
        contents(Path(made.prefix, "pyvenv.cfg"))
    assert environment.check(Path(made.prefix)) == ""


def test_another_interpreter_is_told_before_anything_is_asked(bench: Bench, made: Environment) -> None:
    """How a real one comes to be another is played by `integration/test_interpreter_changes.py`."""
    (found,) = Drivers(str(bench.home))
    text = (found.folder / "generations.json").read_text(encoding="utf-8")
    (one,) = generations(bench)
    was = text.replace(one.request.interpreter, "ab" * 20)
    (found.folder / "generations.json").write_text(was, encoding="utf-8")
    bench.prepare(bench.request("six\n", valid_for_minutes=0))
    (told,) = bench.told(InterpreterChanged)
    assert (told.name, told.prefix, told.was) == ("Switch Driver", made.prefix, told.executable)
    (warned,) = [event for event in bench.told(Warned) if event.code == "INTERPRETER_CHANGED"]
    assert told.executable in warned.text
    names = [type(event).__name__ for event in bench.events]
    assert names[:3] == ["Started", "InterpreterChanged", "Warned"]
    assert words(generations(bench)[-1]) == ["first"]  # the same environment after all
    bench.prepare(bench.request("six\n", valid_for_minutes=0))
    assert bench.told(InterpreterChanged) == []
