"""What is begun beside launches: once for each thing, and not again at once."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from driverenv import boot, environment
from driverenv.errors import HomeUnusable
from driverenv.stories import beside
from driverenv.stories.site import Site, open_site
from tests.unit.stories.bench import Bench

ERRAND = beside.Errand(kind="errand", pause_seconds=10.0, program="print(job)")
KEY = "ab" * 20


class Machine:
    """Two clocks, and what was begun."""

    def __init__(self) -> None:
        self.date = 1_800_000_000.0
        self.uptime = 5_000.0
        self.begun: list[tuple[object, ...]] = []

    def on_its_own(self, command: list[str], *, cwd: Path, data: bytes = b"") -> None:
        assert cwd.is_dir()
        assert command[2].endswith(ERRAND.program)
        self.begun.append(pickle.loads(data))  # noqa: S301 (our own)


@pytest.fixture(params=["by its name", "by its beginning"])
def machine(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Machine:
    """One whose system has a name for each run, and one whose system has none, as on Windows and macOS."""
    machine = Machine()
    monkeypatch.setattr(boot, "_known", ["a-run" if request.param == "by its name" else ""])
    monkeypatch.setattr(boot, "uptime", lambda: machine.uptime)
    monkeypatch.setattr("time.time", lambda: machine.date)
    monkeypatch.setattr(environment, "on_its_own", machine.on_its_own)
    return machine


@pytest.fixture
def site(bench: Bench) -> Site:
    return open_site(bench.request("six\n"))


def begin(bench: Bench, site: Site, key: str = KEY) -> bool:
    return beside.begin(site, ERRAND, key, bench.request("six\n").replace(instances="fresh"), "more")


def test_it_is_begun_once_within_its_pause(bench: Bench, site: Site, machine: Machine) -> None:
    assert begin(bench, site)
    machine.date += 9
    machine.uptime += 9
    assert not begin(bench, site)
    assert begin(bench, site, "cd" * 20)  # another thing
    machine.date += 1
    machine.uptime += 1
    assert begin(bench, site)
    assert len(machine.begun) == 3


def test_not_while_another_is_at_it(bench: Bench, site: Site, machine: Machine) -> None:
    assert begin(bench, site)
    *_, lock = machine.begun[0]
    machine.date += 60
    machine.uptime += 60
    with beside.alone(str(lock)) as is_mine:
        assert is_mine
        assert not begin(bench, site)
        with beside.alone(str(lock)) as is_mine_too:
            assert not is_mine_too
    assert begin(bench, site)


def test_a_run_of_the_machine_before_does_not_count(bench: Bench, site: Site, machine: Machine) -> None:
    assert begin(bench, site)
    machine.date += 3600
    machine.uptime = 1.0
    boot._known[:] = [boot._known[0] and "another-run"]
    assert begin(bench, site)


def test_what_the_process_is_given(bench: Bench, site: Site, machine: Machine) -> None:
    begin(bench, site)
    ((request, more, lock),) = machine.begun
    assert request == bench.request("six\n").replace(
        driver=site.driver, policy=site.policy, home=site.home, name=site.name
    )
    assert more == "more"
    assert Path(str(lock)).is_relative_to(bench.home / "locks" / "errand")


def test_an_embedded_python_begins_nothing(
    bench: Bench, site: Site, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "")
    with pytest.raises(OSError, match="its own program"):
        begin(bench, site)
    assert machine.begun == []


def test_errors_of_ours_end_there(tmp_path: Path) -> None:
    lock = str(tmp_path / "lock")

    def fail(error: Exception) -> None:
        with beside.alone(lock) as is_mine:
            assert is_mine
            raise error

    fail(HomeUnusable("full"))
    with pytest.raises(ZeroDivisionError):
        fail(ZeroDivisionError())
    with beside.alone(lock) as is_mine:
        assert is_mine
