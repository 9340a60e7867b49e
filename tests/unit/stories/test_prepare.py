from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from driverenv import Environment, Index, Request, prepare, requirements, warm
from driverenv.errors import (
    DriverEnvError,
    HomeUnusable,
    IndexUnavailable,
    LocalVersionMismatch,
    PolicyViolation,
    RequirementsInvalid,
)
from driverenv.events import Asked, Event, Failed, Linking, Ready, Solved, Started, Warned
from driverenv.model.requirement import Requirements
from tests.unit.stories.bench import Bench

WAIT = 60.0


@pytest.fixture
def request_of_six(bench: Bench) -> Request:
    bench.wheel("six", "1.16.0")
    return bench.request("six\n")


def records(bench: Bench) -> list[Path]:
    return sorted(bench.home.glob("asks/*"))


def test_the_first_launch(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    kinds = [type(event) for event in bench.events]
    order = [Started, Asked, Solved, Linking, Ready]
    assert [kind for kind in kinds if kind in order] == order
    (ready,) = bench.told(Ready)
    assert (ready.prefix, ready.reused, ready.home) == (made.prefix, False, str(bench.home))
    assert ready.seconds > 0
    assert [path.name for path in records(bench)] == [ready.ask]
    assert Path(made.prefix).is_relative_to(bench.home / "environments")
    assert Path(made.prefix).name == "Switch Driver"
    assert Path(made.site_packages, "six", "__init__.py").is_file()


def test_the_second_launch_finds_it(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    assert bench.prepare(request_of_six) == made
    (ready,) = bench.events
    assert isinstance(ready, Ready)
    assert (ready.reused, ready.prefix) == (True, made.prefix)
    assert prepare(request_of_six) == made  # nobody has to listen


def test_it_says_where_its_time_went(bench: Bench, request_of_six: Request) -> None:
    bench.prepare(request_of_six)
    (made,) = bench.told(Ready)
    assert (made.how, made.traffic) == ("made", ())
    assert [name for name, _ in made.stages] == ["wait", "read", "resolve", "fetch", "link"]
    assert made.seconds >= sum(seconds for _, seconds in made.stages)
    bench.prepare(request_of_six)
    found = bench.told(Ready)[-1]
    assert (found.how, found.stages, found.traffic) == ("ready", (), ())


def test_a_failed_launch_says_where_its_time_went(bench: Bench) -> None:
    with pytest.raises(DriverEnvError):
        bench.prepare(bench.request("nowhere\n"))
    (failed,) = bench.told(Failed)
    assert [name for name, _ in failed.stages] == ["wait", "read", "resolve"]


def test_whoever_asks_anew_asks_the_indexes(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    assert bench.prepare(request_of_six.replace(refresh=True)) == made
    assert [event.project for event in bench.told(Asked)] == ["six"]
    assert bench.told(Linking) == []
    assert [event.reused for event in bench.told(Ready)] == [True]  # asked anew, and found as it was
    bench.wheel("six", "1.17.0")
    assert bench.prepare(request_of_six) == made
    newer = bench.prepare(request_of_six.replace(refresh=True))
    assert newer != made
    assert bench.prepare(request_of_six) == newer  # the answer is for all
    assert bench.told(Started) == []


def test_a_record_says_what_is_needed_to_hand_it_back(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    (path,) = records(bench)
    assert warm.find(str(bench.home), path.name, float("-inf")) is None  # before it was made
    lines = path.read_text(encoding="utf-8").split("\n")
    fields = dict(line.split(" ", 2)[1:] for line in lines if line.startswith("field "))
    assert fields == made._values()
    inputs = {line.split(" ", 2)[2] for line in lines if line.startswith("input ")}
    assert str(Path(request_of_six.driver, "requirements.txt")) in inputs
    stamped = {line.split(" ", 3)[3] for line in lines if line.startswith("stamp ")}
    assert str(Path(made.prefix, "pyvenv.cfg")) in stamped


def test_a_changed_file_is_another_environment(bench: Bench, request_of_six: Request) -> None:
    bench.wheel("six", "1.15.0")
    first = bench.prepare(request_of_six)
    second = bench.prepare(bench.request("six<1.16\n"))
    assert first != second
    assert bench.prepare(bench.request("six\n")) == first
    assert bench.told(Linking) == []


def test_a_driver_by_its_script_is_the_same_driver(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    script = Path(request_of_six.driver, "driver.py")
    script.touch()
    assert bench.prepare(request_of_six.replace(driver=str(script))) == made
    assert bench.told(Linking) == []


def test_a_requirements_file_that_appears(bench: Bench) -> None:
    bench.wheel("six")
    folder = bench.driver("")
    (folder / "requirements.txt").unlink()
    request = Request(folder, policy=bench.policy(), home=bench.home)
    empty = bench.prepare(request)
    assert not Path(empty.site_packages, "six").exists()
    bench.driver("six\n")
    assert Path(bench.prepare(request).site_packages, "six").is_dir()


def test_no_record_of_what_changed_meanwhile(bench: Bench, request_of_six: Request) -> None:
    """The file is edited while the index is being asked: the answer is good, but not remembered."""

    def edit(event: Event) -> None:
        if isinstance(event, Asked):
            bench.driver("six>=1.0\n")

    made = prepare(request_of_six, on_event=edit)
    assert records(bench) == []
    assert Path(made.receipt).is_file()
    assert bench.prepare(request_of_six).key != made.key  # other lines asked for it
    assert bench.told(Started)
    assert len(records(bench)) == 1


def test_no_stale_answer_for_a_file_that_changes_while_it_is_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right after a reading the file is another: what is remembered must be the answer to the new one."""
    bench.wheel("six", "1.16.0")
    bench.wheel("six", "1.15.0")
    request = bench.request("six\n")
    read, changes = requirements.read, iter(["six<1.16\n"])

    def read_and_edit(path: Path, **terms: Any) -> Requirements:  # noqa: ANN401 (whatever it is given)
        wanted = read(path, **terms)
        for text in changes:
            bench.driver(text)
        return wanted

    monkeypatch.setattr(requirements, "read", read_and_edit)
    bench.prepare(request)
    monkeypatch.undo()
    made = bench.prepare(request)
    assert Path(made.site_packages, "six-1.15.0.dist-info").is_dir()


@pytest.mark.skipif(os.name != "posix", reason="no such names elsewhere")
def test_a_path_that_cannot_be_recorded(bench: Bench) -> None:
    bench.wheel("six")
    request = bench.request("six\n", name="two\nlines")
    made = bench.prepare(request)
    assert made.name == "two_lines"
    assert bench.prepare(request) == made
    assert records(bench) == []


def test_a_damaged_environment_is_made_anew(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    Path(made.prefix, "pyvenv.cfg").unlink()
    assert bench.prepare(request_of_six) == made
    assert bench.told(Linking)
    assert Path(made.prefix, "pyvenv.cfg").is_file()


def test_a_damaged_record_is_none(bench: Bench, request_of_six: Request) -> None:
    made = bench.prepare(request_of_six)
    (path,) = records(bench)
    path.write_bytes(path.read_bytes()[:-4])
    assert bench.prepare(request_of_six) == made
    assert bench.told(Started)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("six>=2\n", LocalVersionMismatch), ("six >= = 2\n", RequirementsInvalid)],
)
def test_errors_leave_nothing(bench: Bench, text: str, kind: type[Exception]) -> None:
    bench.wheel("six", "1.16.0")
    request = bench.request(text)
    with pytest.raises(kind):
        bench.prepare(request)
    assert bench.told(Ready) == []
    assert records(bench) == bench.environments() == []


def test_a_home_that_is_none(bench: Bench, request_of_six: Request) -> None:
    file = bench.root / "file"
    file.write_bytes(b"")
    with pytest.raises(HomeUnusable):
        bench.prepare(request_of_six.replace(home=str(file / "home")))


class Stop(Exception):
    """Raised by a listener."""


@pytest.mark.parametrize("kind", [Started, Asked, Solved, Linking])
def test_what_a_listener_raises_ends_the_launch(
    bench: Bench, request_of_six: Request, kind: type[Event]
) -> None:
    def stop(event: Event) -> None:
        if isinstance(event, kind):
            raise Stop

    with pytest.raises(Stop):
        prepare(request_of_six, on_event=stop)
    assert records(bench) == bench.environments() == []
    bench.prepare(request_of_six)
    assert len(bench.environments()) == 1


def test_who_comes_meanwhile_waits_and_finds_it(bench: Bench, request_of_six: Request) -> None:
    linking, go_on = threading.Event(), threading.Event()
    others: list[Event] = []

    def hold(event: Event) -> None:
        if isinstance(event, Linking):
            linking.set()
            assert go_on.wait(WAIT)

    def launch(listener: Callable[[Event], None]) -> Environment:
        return prepare(request_of_six, on_event=listener)

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(launch, hold)
        assert linking.wait(WAIT)
        second = threads.submit(launch, others.append)
        assert not second.done()
        go_on.set()
        assert first.result(WAIT) == second.result(WAIT)
    assert [type(event) for event in others] == [Ready]


def test_an_outage_within_the_validity_is_not_noticed(bench: Bench, request_of_six: Request) -> None:
    impatient = bench.request("six\n", valid_for_minutes=0)
    made = bench.prepare(request_of_six)
    bench.index.rename(bench.root / "away")
    assert bench.prepare(request_of_six) == made
    with pytest.raises(IndexUnavailable):
        bench.prepare(impatient)


def test_an_extra_index_is_one_that_the_site_has(bench: Bench) -> None:
    """A driver that names it says nothing new; one that the site does not have is refused."""
    bench.wheel("six")
    extra = [Index("https://vendor.test/simple/", name="vendor")]
    request = bench.request("--extra-index-url https://vendor.test/simple/\nsix\n", extra=extra)
    bench.prepare(request)
    assert [warned.code for warned in bench.told(Warned)] == ["REQUIREMENTS_NOTE"]
    with pytest.raises(PolicyViolation):
        bench.prepare(bench.request("--extra-index-url https://vendor.test/simple/\nsix\n"))
