from __future__ import annotations

from pathlib import Path

import pytest

from driverenv import Index, Request
from driverenv.errors import (
    DriverEnvError,
    IndexUnavailable,
    LocalVersionMismatch,
    LockMismatch,
    ProjectNotFound,
)
from driverenv.events import Event, Warned, ignore
from driverenv.stories.foreseeing import Foreseen, next_launch, offline
from tests.kit.factories import StaticIndexFactory
from tests.unit.stories.bench import Bench


@pytest.fixture
def request_of_six(bench: Bench) -> Request:
    bench.wheel("six", "1.16.0", requires=["alpha"])
    bench.sdist("alpha", "1.0")
    return bench.request("six\n", builds="allowed", valid_for_minutes=0)


def test_a_launch_that_would_ask(bench: Bench, request_of_six: Request) -> None:
    assert next_launch(request_of_six, ignore) == Foreseen("fits", 2)
    assert bench.environments() == []
    assert not (bench.home / "drivers").exists()
    assert not (bench.home / "history").exists()


def test_a_launch_that_would_fail(bench: Bench, request_of_six: Request) -> None:
    bench.driver("six>=2\n")
    for look in (next_launch, offline):
        with pytest.raises(LocalVersionMismatch):
            look(request_of_six, ignore)
    assert not (bench.home / "failures").exists()  # nobody launched it


def test_one_whose_environment_is_ready(bench: Bench, request_of_six: Request) -> None:
    request = request_of_six.replace(policy=request_of_six.policy.replace(valid_for_minutes=10.0))  # type: ignore[union-attr]
    bench.prepare(request)
    (bench.index / "six-1.16.0-py3-none-any.whl").unlink()
    assert next_launch(request, ignore) == Foreseen("ready", 0)
    with pytest.raises(DriverEnvError):
        next_launch(request.replace(refresh=True), ignore)


def test_one_that_was_damaged_is_mended_from_the_store(bench: Bench, request_of_six: Request) -> None:
    request = request_of_six.replace(policy=request_of_six.policy.replace(valid_for_minutes=10.0))  # type: ignore[union-attr]
    made = bench.prepare(request)
    (Path(made.site_packages) / "six" / "__init__.py").unlink()
    bench.index.rename(bench.root / "elsewhere")
    assert next_launch(request, ignore).state == "ready"
    assert bench.prepare(request) == made


def test_one_that_would_go_on_through_an_outage(bench: Bench, request_of_six: Request) -> None:
    policy = bench.policy(valid_for_minutes=0, on_outage="reuse", builds="allowed")
    request = request_of_six.replace(policy=policy)
    bench.prepare(request)
    bench.index.rename(bench.root / "elsewhere")
    assert next_launch(request, ignore) == Foreseen("stale", 0)
    never = request.replace(policy=policy.replace(on_outage="fail"))
    bench.index.mkdir()
    bench.index.rmdir()
    with pytest.raises(IndexUnavailable):
        next_launch(never, ignore)


def test_the_proof_has_all_in_the_store(bench: Bench, request_of_six: Request) -> None:
    assert offline(request_of_six, ignore) == Foreseen("proved", 2)
    assert [path for path in bench.environments() if path.parent.name != "build"] == []
    assert len(list(bench.home.glob("wheels/*/*"))) >= 2


def test_what_is_public_only_does_not_prove_anything(bench: Bench, static_index: StaticIndexFactory) -> None:
    public = bench.root / "public"
    public.mkdir()
    bench.wheel("six").rename(public / "six-1.0-py3-none-any.whl")
    server = static_index(public)
    request = bench.request("six\n", mode="online", public=Index(server.simple_url, name="public"))
    assert next_launch(request, ignore).state == "fits"
    server.stop()  # whoever asks it gets another error
    with pytest.raises(ProjectNotFound) as raised:
        offline(request, ignore)
    assert raised.value.code == "ABSENT_OFFLINE"


def test_warnings_are_told_and_nothing_else(bench: Bench, request_of_six: Request) -> None:
    told: list[Event] = []
    bench.wheel("beta", "1.0rc1")
    bench.driver("six\nbeta\n")
    next_launch(request_of_six, told.append)
    assert [event.code for event in told if isinstance(event, Warned)] == ["PRERELEASE"]
    assert len(told) == 1


def test_what_is_held_to_a_lock(bench: Bench, request_of_six: Request) -> None:
    held = request_of_six.replace(locked=True)
    for look in (next_launch, offline):
        with pytest.raises(LockMismatch) as none:
            look(held, ignore)
        assert none.value.code == "LOCK_MISSING"
    bench.prepare(request_of_six)
    bench.wheel("six", "1.17.0")  # without alpha
    for look, state in ((next_launch, "fits"), (offline, "proved")):
        assert look(request_of_six, ignore) == Foreseen(state, 1)
        assert look(held, ignore) == Foreseen(state, 2)
    there = bench.environments()
    (bench.index / "six-1.16.0-py3-none-any.whl").unlink()
    for look in (next_launch, offline):
        with pytest.raises(LockMismatch) as gone:
            look(held, ignore)
        assert gone.value.code == "LOCK_FILE"
    assert bench.environments() == there
