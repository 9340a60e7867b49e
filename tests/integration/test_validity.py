"""How long an answer holds, and what a change comes to: another generation beside the old one."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from pathlib import Path

import pytest

from driverenv import (
    Environment,
    Index,
    Keep,
    Policy,
    Request,
    boot,
    collect,
    environment,
    lease,
    prepare,
)
from driverenv.environment import shipped
from driverenv.errors import IndexUnavailable
from driverenv.events import Asked, Downloaded, Linking, Ready, Started, Warned
from driverenv.store import Store, stamps
from tests.kit.factories import PypiServerFactory, StaticIndexFactory
from tests.unit.stories.bench import Bench
from tests.unit.stories.test_outage import age

VERSION = "import six; print(six.__version__)"


def run(environment: Environment, code: str) -> str:
    done = subprocess.run([environment.python, "-B", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def print_of(environment: Environment) -> dict[str, str]:
    """Every file of a generation but its lease, which tells of its use: stamps and content."""
    folder = Path(environment.prefix).parent
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.name == lease.NAME:
            continue
        status = path.lstat()
        data = path.read_bytes() if path.is_file() else b""
        name = path.relative_to(folder).as_posix()
        taken = name == "lease"  # its time is when that was
        stamps = (
            f"{status.st_ino} {status.st_mode} {0 if taken else status.st_mtime_ns}" if path.is_file() else ""
        )
        found[name] = f"{stamps} {hashlib.sha256(data).hexdigest()}"
    return found


def test_without_validity_it_asks_each_time_and_finds_the_same(bench: Bench) -> None:
    bench.wheel("six", "1.16.0")
    request = bench.request("six\n", valid_for_minutes=0)
    first = bench.prepare(request)
    before = print_of(first)
    for _ in range(3):
        assert bench.prepare(request) == first
        assert [event.project for event in bench.told(Asked)] == ["six"]
        assert not bench.told(Linking)
        assert not bench.told(Downloaded)
    assert print_of(first) == before
    assert len(bench.environments()) == 1


def test_within_its_validity_an_answer_holds_whatever_the_index_says(bench: Bench) -> None:
    bench.wheel("six", "1.15.0")
    request = bench.request("six\n")
    first = bench.prepare(request)
    bench.wheel("six", "1.16.0")
    assert bench.prepare(request) == first
    assert bench.told(Started) == []
    assert run(first, VERSION) == "1.15.0"


def test_a_changed_file_makes_another_generation_beside_the_old_one(bench: Bench) -> None:
    for version in ("1.15.0", "1.16.0"):
        bench.wheel("six", version, files={"six/settings.ini": version})
    old = bench.prepare(bench.request("six<1.16\n"))
    before = print_of(old)
    new = bench.prepare(bench.request("six\n"))
    assert new.prefix != old.prefix
    assert (run(old, VERSION), run(new, VERSION)) == ("1.15.0", "1.16.0")
    assert print_of(old) == before
    assert bench.prepare(bench.request("six<1.16\n")) == old
    assert bench.told(Linking) == []


def test_what_runs_in_the_old_generation_goes_on(bench: Bench) -> None:
    bench.wheel("six", "1.15.0", files={"six/late.py": "word = 'old'\n"})
    request = bench.request("six\n", valid_for_minutes=0)
    old = bench.prepare(request)
    code = "input(); import six.late; print(six.late.word, six.__version__)"
    with subprocess.Popen(
        [old.python, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        bench.wheel("six", "1.16.0")
        assert bench.prepare(request) != old
        out, _ = running.communicate("go on\n", timeout=60)
    assert out.strip() == "old 1.15.0"


def test_a_changed_pypiserver_is_seen_once_the_validity_is_over(
    bench: Bench, pypiserver: PypiServerFactory
) -> None:
    bench.wheel("six", "1.15.0")
    server = pypiserver(bench.index)
    policy = Policy(local=[Index(server.url, name="lab")], public=None, byte_code="never")
    request = Request(bench.driver("six\n"), policy=policy, home=bench.home)
    impatient = request.replace(policy=policy.replace(valid_for_minutes=0))
    first = prepare(request)
    asked = len(server.log)
    bench.wheel("six", "1.16.0")
    assert prepare(request) == first
    assert len(server.log) == asked
    second = prepare(impatient)
    assert len(server.log) > asked
    assert (run(first, VERSION), run(second, VERSION)) == ("1.15.0", "1.16.0")


def test_an_answer_is_over_when_its_time_is(bench: Bench) -> None:
    """The record is made older; no test waits eight hours."""
    bench.wheel("six", "1.15.0")
    request = bench.request("six\n")
    bench.prepare(request)
    age(bench, 8 * 3600 + 1)
    bench.wheel("six", "1.16.0")
    assert run(bench.prepare(request), VERSION) == "1.16.0"
    assert bench.told(Linking)


@pytest.mark.parametrize("shift", [-3600.0, 400 * 86_400.0])
def test_a_clock_that_is_set_makes_no_difference_in_the_same_run_of_the_machine(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, shift: float
) -> None:
    bench.wheel("six", "1.15.0")
    request = bench.request("six\n")
    first = bench.prepare(request)
    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() + shift)
    assert bench.prepare(request) == first
    assert not bench.told(Started)
    monkeypatch.setattr(boot, "uptime", lambda: 1e9)
    assert bench.prepare(request) == first
    assert bench.told(Asked)


@pytest.mark.parametrize(("shift", "asks"), [(-3600.0, True), (60.0, False), (400 * 86_400.0, True)])
def test_in_another_run_of_the_machine_there_is_only_the_clock(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, shift: float, asks: bool
) -> None:
    bench.wheel("six", "1.15.0")
    request = bench.request("six\n")
    first = bench.prepare(request)
    clock = time.time
    monkeypatch.setattr(boot, "identity", lambda _now: "another")
    monkeypatch.setattr(time, "time", lambda: clock() + shift)
    assert bench.prepare(request) == first
    assert bool(bench.told(Asked)) is asks


def power_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine was started anew."""
    monkeypatch.setattr(boot, "identity", lambda _now: "another")


def lose(path: Path, made: Environment, home: Path) -> None:
    """The disk never got this file's content, and no stamp tells of it."""
    path.chmod(0o644)
    path.write_bytes(b"\0" * path.stat().st_size)
    path.chmod(0o444)
    store = Store(home)
    for record in home.glob("wheels/*/*/stamps"):
        (part,) = store.parts(record.relative_to(home).as_posix())
        stamped = part.now()
        assert stamped is not None
        record.write_bytes(stamps.render(stamped))
    place = Path(made.prefix).with_name("shipped")
    place.write_bytes(shipped.render(shipped.parse(place.read_bytes()), made.prefix))


def test_after_a_power_cut_contents_are_looked_at_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.wheel("six", "1.15.0")
    request = bench.request("six\n")
    made = bench.prepare(request)
    lose(Path(made.site_packages, "six", "__init__.py"), made, bench.home)
    assert bench.prepare(request) == made  # the same run of the machine wrote it: there is no reason to doubt
    assert not bench.told(Warned)
    power_cut(monkeypatch)
    assert bench.prepare(request) == made
    assert {one.code for one in bench.told(Warned)} == {"STORE_DAMAGED", "MADE_ANEW"}
    assert not bench.told(Asked)
    assert run(made, VERSION) == "1.15.0"
    assert bench.prepare(request) == made
    assert [type(one) for one in bench.events] == [Ready]


def test_what_the_disk_is_known_to_have_is_not_looked_at_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.wheel("six", "1.15.0")
    request = bench.request("six\n")
    made = bench.prepare(request)
    with bench.workshop(request) as workshop:
        pass
    assert environment.sync(workshop.store)
    assert not list(bench.home.glob("unsynced/*"))
    power_cut(monkeypatch)
    assert bench.prepare(request) == made
    assert [type(one) for one in bench.events] == [Ready]


def test_what_was_whole_after_a_power_cut_is_trusted_from_then_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.wheel("six", "1.15.0")
    request = bench.request("six\n")
    made = bench.prepare(request)
    power_cut(monkeypatch)
    assert bench.prepare(request) == made
    assert [type(one) for one in bench.events] == [Ready]  # nobody is asked, nothing was wrong
    assert Path(environment.synced_at(Path(made.prefix))).exists()
    monkeypatch.setattr(boot, "identity", lambda _now: "a third")
    assert bench.prepare(request) == made


def test_wheels_of_the_store_are_looked_at_before_they_are_linked_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.wheel("six", "1.15.0")
    made = bench.prepare(bench.request("six\n"))
    lose(Path(made.site_packages, "six", "__init__.py"), made, bench.home)
    power_cut(monkeypatch)
    other = bench.prepare(bench.request("six\n", name="Other Driver"))
    assert [one.code for one in bench.told(Warned)] == ["STORE_DAMAGED"]
    assert run(other, VERSION) == "1.15.0"


def test_a_wheel_that_was_uploaded_again(bench: Bench) -> None:
    """The same name and version with other bytes is another content, so another generation."""
    path = bench.wheel("six", "1.16.0", files={"six/word.py": "word = 'first'\n"})
    request = bench.request("six\n", valid_for_minutes=0)
    first = bench.prepare(request)
    bench.wheel("six", "1.16.0", files={"six/word.py": "word = 'again'\n"})
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1_000_000_000))  # coarse clocks of file systems
    second = bench.prepare(request)
    code = "import six.word; print(six.word.word)"
    assert (run(first, code), run(second, code)) == ("first", "again")


def test_an_index_that_dies_within_the_validity(bench: Bench, static_index: StaticIndexFactory) -> None:
    bench.wheel("six", "1.16.0")
    server = static_index(bench.index)
    policy = Policy(local=[Index(server.simple_url, name="lab")], public=None, byte_code="never")
    request = Request(bench.driver("six\n"), policy=policy, home=bench.home)
    made = prepare(request)
    server.stop()
    assert bench.prepare(request) == made
    assert run(made, VERSION) == "1.16.0"


def test_an_index_that_is_away_and_comes_back(bench: Bench) -> None:
    """Drivers that were launched before go on, visibly; new ones fail; and afterwards there is nothing to clean."""
    bench.wheel("six", "1.16.0")
    policy = bench.policy(valid_for_minutes=0)
    old = Request(bench.driver("six\n"), policy=policy, home=bench.home)
    new = Request(bench.driver("six>=1\n", "New Driver"), policy=policy, home=bench.home)
    made = bench.prepare(old)
    bench.index.rename(bench.root / "away")
    assert bench.prepare(old) == made
    assert [one.code for one in bench.told(Warned)] == ["STALE"]
    with pytest.raises(IndexUnavailable) as caught:
        bench.prepare(new)
    assert caught.value.code == "LOCAL_DOWN"
    assert len(bench.environments()) == 1
    (bench.root / "away").rename(bench.index)
    for request in (old, new):
        bench.prepare(request)
        assert not bench.told(Warned)
    assert collect(bench.home, keep=Keep(), dry_run=True).gone == ()
