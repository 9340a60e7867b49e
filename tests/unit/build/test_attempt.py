"""Attempts that follow upon one that failed for a known reason, and wheels that are not where they should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from driverenv.build import attempt
from driverenv.build.attempt import Attempt
from driverenv.build.failures import failed
from driverenv.errors import ArchiveRejected, BuildFailed, DriverEnvError, LocalVersionMismatch
from driverenv.events import Event, Warned
from driverenv.model.build import BuildRecord, Toolchain
from driverenv.model.site import Policy
from tests.unit.build.test_terms import job
from tests.unit.model.test_build import RECORD
from tests.unit.test_build import HERE, Bench

NO_PKG_RESOURCES = "ModuleNotFoundError: No module named 'pkg_resources'"
USE_2TO3 = "error: use_2to3 is invalid."


class Scripted:
    """Attempts whose outcome is written down: a log to fail with, an error, or "" for success."""

    def __init__(
        self, folder: Path, *outcomes: str | DriverEnvError, python: tuple[int, int] = (3, 11)
    ) -> None:
        self.outcomes = list(outcomes)
        self.attempts: list[Attempt] = []
        self.events: list[Event] = []
        self.log = folder / "log"
        one = job(folder / "home")
        self.job = replace(one, asked=one.asked._replace(python=python), on_event=self.events.append)

    def run(self, _job: object, one: Attempt) -> BuildRecord:
        self.attempts.append(one)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, DriverEnvError):
            raise outcome
        if outcome:
            self.log.write_text(outcome)
            raise failed(self.job.asked, "it ended", self.log)
        return RECORD

    def play(self, monkeypatch: pytest.MonkeyPatch, *, retry: bool = True) -> BuildRecord:
        monkeypatch.setattr(attempt, "_run", self.run)
        return attempt.with_retries(self.job, retry=retry)

    def tried(self) -> list[tuple[str, ...]]:
        return [one.older for one in self.attempts]


def test_older_tools_are_tried_for_a_known_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Scripted(tmp_path, NO_PKG_RESOURCES, "")
    assert script.play(monkeypatch) is RECORD
    assert script.tried() == [(), ("setuptools<82",)]
    assert script.attempts[1].because.startswith("its setup.py needs pkg_resources")
    (event,) = script.events
    assert isinstance(event, Warned)
    assert event.code == "BUILD_RETRIED"
    assert event.text.startswith("widget 1.0 is built once more, with setuptools<82: its setup.py needs")


def test_one_reason_may_hide_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Scripted(tmp_path, NO_PKG_RESOURCES, USE_2TO3, "Invalid specifier: '>=3.3.*'", "")
    with pytest.raises(BuildFailed) as caught:
        script.play(monkeypatch)
    assert script.tried() == [(), ("setuptools<82",), ("setuptools<82", "setuptools<58")]
    assert "not valid any more" in caught.value.data["cause"]
    assert dict(caught.value.facts)["tried again"] == (
        "with setuptools<82, setuptools<58, since before: it is Python 2 code that wants to be converted (use_2to3), "
        "which setuptools 58 and later cannot do"
    )


def test_the_same_reason_again_is_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Scripted(tmp_path, NO_PKG_RESOURCES, NO_PKG_RESOURCES)
    with pytest.raises(BuildFailed):
        script.play(monkeypatch)
    assert len(script.attempts) == 2


@pytest.mark.parametrize(
    ("log", "python", "retry"),
    [
        ("it just did not work", (3, 11), True),
        (NO_PKG_RESOURCES, (3, 11), False),
        (USE_2TO3, (3, 12), True),  # a setuptools that can convert does not run there
    ],
)
def test_no_second_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: str, python: tuple[int, int], retry: bool
) -> None:
    script = Scripted(tmp_path, log, "", python=python)
    with pytest.raises(BuildFailed) as caught:
        script.play(monkeypatch, retry=retry)
    assert len(script.attempts) == 1
    assert "tried again" not in dict(caught.value.facts)
    assert script.events == []


def test_older_tools_that_are_not_to_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The local index has a setuptools, and no older one: that version wins, and the first failure stands."""
    script = Scripted(
        tmp_path, NO_PKG_RESOURCES, LocalVersionMismatch("lab has setuptools, but nothing fits")
    )
    with pytest.raises(BuildFailed) as caught:
        script.play(monkeypatch)
    told = "not possible with setuptools<82: lab has setuptools, but nothing fits"
    assert dict(caught.value.facts)["tried again"] == told
    assert "pkg_resources" in caught.value.data["cause"]


@pytest.mark.parametrize("error", [ArchiveRejected("no"), LocalVersionMismatch("no")])
def test_other_errors_are_nobody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: DriverEnvError
) -> None:
    with pytest.raises(type(error)) as caught:
        Scripted(tmp_path, error).play(monkeypatch)
    assert caught.value is error
    with pytest.raises(ArchiveRejected):
        Scripted(tmp_path, NO_PKG_RESOURCES, ArchiveRejected("the second one lies")).play(monkeypatch)


def test_a_tool_that_cannot_be_built_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Scripted(tmp_path)
    (tmp_path / "log").write_text(NO_PKG_RESOURCES)
    tool = failed(script.job.asked._replace(filename="tool-1.tar.gz"), "it ended", tmp_path / "log")
    script.outcomes = [tool, ""]
    with pytest.raises(BuildFailed):
        script.play(monkeypatch)
    assert len(script.attempts) == 1


def test_a_retried_build_says_so_in_its_record(tmp_path: Path) -> None:
    class Older(Bench):
        def tools_for(self, requires: Sequence[object], reason: str, constraints: Sequence[str]) -> Toolchain:
            self.environ["LANG"] = "C.UTF-8" if constraints else "C"
            return Toolchain(HERE, ())

    code = "import os\nif os.environ['LANG'] == 'C': raise ImportError('No module named pkg_resources')"
    bench = Older(tmp_path / "home")
    record = bench.record(build_code=code)
    assert (record.attempt, record.constraints) == (2, ("setuptools<82",))
    assert record.because.startswith("its setup.py needs pkg_resources")
    assert record.log.endswith("-wheel-2.log")
    assert len(list(bench.store.logs.glob("*-wheel*.log"))) == 2
    bench = Older(tmp_path / "other", policy=Policy(build_retry="never"))
    with pytest.raises(BuildFailed):
        bench.build(build_code=code)


ELSEWHERE = {
    "a link": "os.symlink('/etc/hostname', name)",
    "a folder": "os.mkdir(name)",
    "a pipe": "os.mkfifo(name)",
    "nothing": "pass",
    "in another folder": "os.rmdir(folder); os.mkdir('other'); os.symlink(os.path.abspath('other'), folder); keep = True",
}


SELDOM = {"a folder", "a pipe", "nothing"}


@pytest.mark.parametrize(
    "what", [pytest.param(one, marks=[pytest.mark.slow] if one in SELDOM else []) for one in ELSEWHERE]
)
def test_a_wheel_that_is_none(tmp_path: Path, what: str) -> None:
    """The backend is made to answer with a name and to put something else there."""
    code = f"""
import os, sys
backend = sys.modules["kit_backend"]
true = backend.record
def lie(members):
    global folder
    folder = sys._getframe(1).f_locals["wheel_directory"]
    name = os.path.join(folder, backend.SPEC["filename"])
    made = backend.zipfile.ZipFile
    keep = False
    {ELSEWHERE[what]}
    backend.zipfile.ZipFile = made if keep else lambda path, *a: made(os.devnull, *a)
    return true(members)
backend.record = lie
"""
    bench = Bench(tmp_path / "home")
    with pytest.raises(BuildFailed, match="which is not there"):
        bench.build(build_code=code)
