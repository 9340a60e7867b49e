from __future__ import annotations

import contextlib
import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from driverenv import Policy, Request
from driverenv.errors import DriverEnvError
from driverenv.events import Asked, Warned, ignore
from driverenv.interpreter import inspect
from driverenv.model.requirement import Requirements
from driverenv.requirements import parse_lines
from driverenv.store import Store
from driverenv.stories.journal import Journal, iso
from driverenv.stories.site import Site, base_executable, open_site


def site_at(path: Path) -> Site:
    return open_site(Request(path / "Switch Driver", policy=Policy(), home=path / "home"))


@pytest.fixture
def journal() -> Journal:
    return Journal(site_at(Path(os.sep)))


def test_it_hears_what_matters_and_passes_all_on(journal: Journal) -> None:
    heard: list[object] = []
    listener = journal.hearing(heard.append)
    events = [
        Asked("b", "lab", "found", public=False),
        Asked("a", "lab", "absent", public=False),
        Warned("X", "y"),
    ]
    for event in events:
        listener(event)
    assert heard == events
    assert journal.asked == [events[1], events[0]]
    assert journal.warnings == [("X", "y")]
    assert journal.record().warnings == (("X", "y"),)
    assert journal.hearing(ignore) is not None


def test_what_it_hears_goes_to_the_loggers(journal: Journal, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="driverenv"):
        journal.hearing(ignore)(Warned("X", "y"))
    assert [(one.name, one.getMessage()) for one in caplog.records] == [
        ("driverenv.warning", "Switch Driver: warning[X]: y")
    ]


def test_stages_add_up_and_may_still_run(journal: Journal) -> None:
    assert journal.timings == {}
    for _ in range(2):
        with journal.timing("resolve"):
            pass
    first = journal.timings["resolve"]
    running = journal.timing("link")
    with running:
        assert set(journal.timings) == {"resolve", "link"}
    after = journal.timings
    assert after["resolve"] == first
    assert after["link"] >= 0
    assert journal.timings == after  # nothing runs any more
    assert journal.seconds >= sum(after.values())


def test_an_inner_stage_is_not_counted_twice(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with journal.timing("fetch"):
        now += 1
        with journal.timing("build"):
            now += 20
        with ThreadPoolExecutor() as pool:
            pool.submit(counted, journal, "elsewhere").result()
        now += 2
    assert journal.timings == pytest.approx({"fetch": 3, "build": 20})
    assert list(journal.timings) == ["fetch", "build"]
    assert journal.stages == tuple(journal.timings.items())


def counted(journal: Journal, stage: str) -> None:
    with journal.timing(stage):
        pass


def test_requests_are_counted_by_index(journal: Journal) -> None:
    for index, public in (("pypi", True), ("lab", False), ("lab", False)):
        with contextlib.suppress(OSError), journal.requesting(index, "GET", "http://x", public):
            raise OSError
    lab, pypi = journal.traffic
    assert (lab.index, lab.public, lab.requests) == ("lab", False, 2)
    assert (pypi.index, pypi.public, pypi.requests) == ("pypi", True, 1)
    assert 0 < lab.slowest < lab.seconds


def test_the_log_tells_the_launch(journal: Journal, tmp_path: Path) -> None:
    journal.aims_at(inspect(Path(base_executable()), store=Store(tmp_path)))
    journal.read(parse_lines(["six>=1"], file="requirements.txt"))
    journal.hearing(ignore)(Asked("six", "lab", "found", False, "1 file, at /srv", 0.5))
    with journal.timing("read"):
        text = journal.log("failed\nCODE: why").decode()
    assert text.startswith(
        f"driver        {os.path.abspath(os.sep)}Switch Driver\nname          Switch Driver\n"
    )
    assert f"began         {iso(journal.when)}\n" in text
    assert f", {base_executable()}\n" in text
    assert "  requirements.txt: six>=1\n" in text
    assert "six: found at lab: 1 file, at /srv (0.500 s)" in text
    assert text.split("times         read ")[1].endswith(" s\nfailed\nCODE: why\n")


def test_requirements_are_facts_as_soon_as_they_are_read(journal: Journal) -> None:
    assert journal.record().requirements is None
    journal.read(Requirements())
    record = journal.record(DriverEnvError("no"))
    assert (record.requirements, record.listings) == (Requirements(), {})
    assert isinstance(record.error, DriverEnvError)
    assert journal.record(ValueError("no")).error is None


def test_times_are_told_in_utc() -> None:
    assert iso(1_764_460_800.9) == "2025-11-30T00:00:00Z"
