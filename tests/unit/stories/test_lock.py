from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from driverenv import Index, Policy, Request
from driverenv.errors import LocalVersionMismatch, ProjectNotFound, RequirementsInvalid
from driverenv.events import Downloaded, Locked, Started, Warned
from driverenv.model.lock import Lock
from driverenv.stories.lock import lock
from tests.kit import Web
from tests.kit.factories import UniverseFactory
from tests.scenarios.fake_transport import FakeTransport
from tests.unit.stories.bench import RUNNING, Bench


def locked(bench: Bench, request: Request) -> Lock:
    return lock(request, on_event=bench.events.append)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_pins_of_a_folder(bench: Bench) -> None:
    a = bench.wheel("a", "1.5", requires=["b[x]>=2"], requires_python=">=3.8")
    b = bench.sdist("b", "2.0", extras={"x": []})
    request = bench.request("a  # the driver's own\n")
    found = locked(bench, request)
    assert found.requirements_path == request.driver
    assert found.python.startswith(f"{RUNNING}.")
    first, second = found.pins
    assert (first.name, first.version, first.filename, first.url) == ("a", "1.5", a.name, str(a))
    assert (first.index, first.location, first.public) == ("lab", str(bench.index), False)
    assert first.hashes == (("sha256", sha256(a)),)
    assert (first.is_wheel, first.requires_python, first.extras) == (True, ">=3.8", ())
    assert first.requested_by == (f"{Path(request.driver, 'requirements.txt')} line 1: a",)
    assert (second.name, second.version, second.is_wheel) == ("b", "2.0", False)
    assert second.hashes == (("sha256", sha256(b)),)
    assert second.extras == ("x",)
    assert second.requested_by == ("a 1.5: b[x]>=2",)


def test_nothing_is_installed(bench: Bench) -> None:
    bench.wheel("a")
    locked(bench, bench.request("a\n"))
    assert bench.environments() == []
    assert not (bench.home / "asks").exists()
    assert isinstance(bench.events[0], Started)


def test_its_end_says_where_the_time_went(bench: Bench) -> None:
    bench.wheel("a")
    locked(bench, bench.request("a\n"))
    end = bench.events[-1]
    assert isinstance(end, Locked)
    assert (end.count, [name for name, _ in end.stages]) == (1, ["read", "resolve", "fetch"])
    assert end.seconds >= sum(seconds for _, seconds in end.stages)


def test_the_same_lock_twice(bench: Bench) -> None:
    bench.wheel("a", requires=["b"])
    bench.wheel("b")
    request = bench.request("a\nb\n")
    first = locked(bench, request)
    bench.events.clear()
    assert locked(bench, request) == first
    assert bench.told(Downloaded) == []


def test_no_requirements(bench: Bench) -> None:
    folder = bench.driver("")
    (folder / "requirements.txt").unlink()
    assert locked(bench, Request(folder, policy=bench.policy(), home=bench.home)).pins == ()


def test_a_requirements_file_by_its_own_name(bench: Bench) -> None:
    bench.wheel("a")
    path = bench.driver("a\n") / "requirements.txt"
    found = locked(bench, Request(path, policy=bench.policy(), home=bench.home))
    assert [pin.name for pin in found.pins] == ["a"]
    assert bench.told(Started)[0].name == "Switch Driver"


def test_notes_of_the_file_are_warnings(bench: Bench) -> None:
    bench.wheel("a")
    locked(bench, bench.request("--extra-index-url https://pypi.org/simple/\na\n"))
    assert [event.code for event in bench.told(Warned)] == ["REQUIREMENTS_NOTE"]


def test_errors_are_those_of_prepare(bench: Bench) -> None:
    bench.wheel("a", "1.5")
    with pytest.raises(LocalVersionMismatch, match=r"1\.5"):
        locked(bench, bench.request("a>=2\n"))
    with pytest.raises(ProjectNotFound):
        locked(bench, bench.request("b\n"))
    with pytest.raises(RequirementsInvalid):
        locked(bench, bench.request("a >= = 2\n"))


def test_over_http_digests_are_the_indexes_own(bench: Bench, universe: UniverseFactory) -> None:
    web = Web(
        universe(
            """
            [[local]]
            projects.a = [{ version = "1.0", requires = ["b"] }]
            [public.projects]
            b = [{ version = "2.0", requires_python = ">=3.6" }]
            """
        )
    )
    policy = Policy(
        local=[Index("http://reader:s3cret@local.test:8036", name="lab")],
        public=Index(f"{web.PUBLIC}/simple/", name="public"),
    )
    request = Request(bench.driver("a\n"), policy=policy, home=bench.home)
    transport = FakeTransport(web, policy)
    pins = {pin.name: pin for pin in lock(request, transport=transport).pins}
    assert {name: pin.public for name, pin in pins.items()} == {"a": False, "b": True}
    for name, index in (("a", web.universe.local[0]), ("b", web.universe.public)):
        (stored,) = index.stored(name)
        assert pins[name].hashes == (("sha256", stored.sha256),)
    assert pins["b"].size == len(web.universe.public.stored("b")[0].data)
    assert pins["b"].requires_python == ">=3.6"
    assert "s3cret" not in repr(pins)
    assert pins["a"].location == "http://local.test:8036"
