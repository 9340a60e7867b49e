from __future__ import annotations

from pathlib import Path

from driverenv.build.failures import Asked
from driverenv.build.terms import Job, Place
from driverenv.events import ignore
from driverenv.model.build import Toolchain
from driverenv.store import Store
from tests.unit._cell.running import AMPLE
from tests.unit.test_build import HERE, INTERPRETER


def job(home: Path, *, isolation: str = "auto") -> Job:
    return Job(
        asked=Asked("widget", "1.0", "widget-1.0.tar.gz", "ab" * 32),
        sdist=home / "none",
        key="k" * 40,
        store=Store(home),
        interpreter=INTERPRETER,
        tools_for=lambda *_: Toolchain(HERE, ()),
        on_event=ignore,
        environ={},
        limits=AMPLE,
        isolation=isolation,
        network=False,
        constraints=(),
    )


def test_each_step_of_each_attempt_has_a_log_of_its_own(tmp_path: Path) -> None:
    one = job(tmp_path)
    names = [one.log_name(step, attempt) for step in ("requires", "wheel") for attempt in (1, 2)]
    assert names[:2] == [
        "build-widget-1.0-kkkkkkkkkkkk-requires.log",
        "build-widget-1.0-kkkkkkkkkkkk-requires-2.log",
    ]
    assert len(set(names)) == 4


def test_what_must_be_isolated(tmp_path: Path) -> None:
    assert [job(tmp_path, isolation=word).must_be_isolated for word in ("auto", "required", "off")] == [
        False,
        True,
        False,
    ]


def test_the_place_keeps_its_logs_out_of_reach(tmp_path: Path) -> None:
    place = Place(tmp_path).prepared()
    assert sorted(path.name for path in place.work.iterdir()) == ["home", "source", "tmp", "wheel"]
    assert [path.name for path in tmp_path.iterdir()] == ["work"]
