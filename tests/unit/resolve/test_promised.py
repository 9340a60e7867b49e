from __future__ import annotations

import pickle

import pytest
from packaging.utils import canonicalize_name

from driverenv import resolve
from driverenv.errors import DriverEnvError, IndexUnavailable, LockMismatch, Unresolvable
from driverenv.model.lock import Entry, Promise
from driverenv.model.requirement import Source
from driverenv.model.resolution import Resolution
from driverenv.resolve import promised
from tests.unit.resolve.worlds import F, World, check_golden, read, target

A, B = ("sha256", "a" * 64), ("sha256", "b" * 64)


def lock(python: str = "", **entries: str | Entry) -> Promise:
    found = {
        canonicalize_name(name): Entry(
            one, frozenset({A}), public=None, source=Source("pylock.toml", 7, f'name = "{name}"')
        )
        if isinstance(one, str)
        else one
        for name, one in entries.items()
    }
    return Promise("/srv/drivers/Switch Driver/pylock.toml", found, python)


def entry(version: str, *, public: bool, digest: tuple[str, str] = A) -> Entry:
    return Entry(version, frozenset({digest}), public=public, source=Source("pylock.toml", 7, "six"))


def check(world: World, text: str, promise: Promise, digests: dict[str, str] | None = None) -> None:
    """As a launch does it."""
    wanted = read(text)
    demands = resolve.demands(wanted, world.baseline)
    promised.check_requirements(demands, promise, world.target, world.rules(wanted).overrides)
    outcome = world.play(promised.bound(wanted, promise))
    if not isinstance(outcome.found, Resolution):
        raise promised.translated(outcome.error, promise)
    promised.check(outcome.found.pins, promise, digests or {})


def refused(world: World, text: str, promise: Promise, digests: dict[str, str] | None = None) -> LockMismatch:
    with pytest.raises(LockMismatch) as raised:
        check(world, text, promise, digests)
    return raised.value


SIX = World(local={"six": [F("1.17.0"), F("1.16.0", hashes=(A,))]})


def test_the_locked_version_not_the_best_one() -> None:
    check(SIX, "six\n", lock(six="1.16.0"))
    check(SIX, "six>=1\nsix ; sys_platform == 'win32'\nother ; python_version < '3'\n", lock(six="1.16.0"))


def test_the_locked_file_among_those_of_a_version() -> None:
    files = [F("1.0", tag="cp311-cp311-manylinux_2_17_x86_64", hashes=(B,)), F("1.0", hashes=(A,))]
    check(World(local={"six": files}), "six\n", lock(six="1.0"))


def test_what_needs_more_than_the_lock_has() -> None:
    world = World(local={"app": [F("1.0", ("six",))], "six": ["1.0"], "alpha": ["1.0"]})
    error = refused(world, "app\n", lock(app="1.0", alpha="1.0"))
    assert error.code == "LOCK_REQUIREMENTS"
    assert [one["project"] for one in error.data["broken"]] == ["six", "alpha"]
    check_golden(error, "more-and-less")
    assert pickle.loads(pickle.dumps(error)).as_dict() == error.as_dict()  # noqa: S301 (our own bytes)


def test_a_line_that_the_lock_does_not_meet() -> None:
    error = refused(SIX, "six>=1.17\nalpha\n", lock(six="1.16.0"))
    assert error.code == "LOCK_REQUIREMENTS"
    check_golden(error, "line")
    assert SIX.asked == [] or error.data["broken"][0]["project"] == "six"


def test_what_the_site_overrides_is_asked_for_as_it_says() -> None:
    world = World(local={"six": ["1.17.0", F("1.16.0", hashes=(A,))]}, overrides=("six==1.16.0",))
    check(world, "six>=1.17\n", lock(six="1.16.0"))


def test_another_python() -> None:
    error = refused(SIX, "six\n", lock(python="==3.9.*", six="1.16.0"))
    assert (error.code, error.exit_code) == ("LOCK_PYTHON", 116)
    check_golden(error, "other")


def test_it_was_public_and_is_local_now() -> None:
    error = refused(SIX, "six\n", lock(six=entry("1.16.0", public=True)))
    assert error.code == "LOCK_INDEX"
    check_golden(error, "same-version")
    error = refused(SIX, "six\n", lock(six=entry("1.15.0", public=True)))
    assert error.code == "LOCK_INDEX"
    check_golden(error, "other-version")
    assert error.data["cause"]["code"] == "LOCAL_NO_MATCH"
    check(SIX, "six\n", lock(six=entry("1.16.0", public=False)))


def test_the_file_is_gone() -> None:
    error = refused(SIX, "six\n", lock(six="1.15.0"))
    assert error.code == "LOCK_FILE"
    check_golden(error, "gone")
    assert refused(World(offline=True), "six\n", lock(six="1.0")).code == "LOCK_FILE"


def test_the_file_is_another_one() -> None:
    error = refused(SIX, "six\n", lock(six=entry("1.16.0", public=False, digest=B)))
    assert error.code == "LOCK_FILE"
    check_golden(error, "other-bytes")
    world = World(local={"six": ["1.16.0"]})  # the index says nothing of it
    url = "http://lab:8036/packages/six-1.16.0-py3-none-any.whl"
    outcome = world.play("six\n")
    assert isinstance(outcome.found, Resolution)
    url = outcome.found.pins[0].candidate.key
    check(world, "six\n", lock(six="1.16.0"), {url: A[1]})
    assert refused(world, "six\n", lock(six="1.16.0"), {url: B[1]}).code == "LOCK_FILE"


def test_a_local_version_is_another_version() -> None:
    world = World(local={"six": ["1.16.0+lab"]})
    assert refused(world, "six\n", lock(six="1.16.0")).code == "LOCK_FILE"


def test_it_does_not_hold_together_any_more() -> None:
    world = World(local={"app": [F("1.0", ("six>=2",))], "six": ["2.0", "1.0"]})
    assert refused(world, "app\nsix\n", lock(app="1.0", six="1.0")).code in ("LOCK_FILE", "LOCK_OUTDATED")


@pytest.mark.parametrize(
    "error", [IndexUnavailable("down"), Unresolvable("too deep", code="TOO_DEEP"), DriverEnvError("else")]
)
def test_what_the_lock_is_not_to_blame_for(error: DriverEnvError) -> None:
    assert promised.translated(error, lock(six="1.0")) is error


def test_very_many() -> None:
    text = "".join(f"p{number}\n" for number in range(40))
    error = refused(SIX, text, lock(six="1.16.0"))
    assert "and 28 more" in str(error)
    assert target().fits_python("")
