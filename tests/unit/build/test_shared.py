from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from driverenv.build import kept, shared
from driverenv.build.failures import Asked
from driverenv.build.limits import of
from driverenv.build.terms import Job
from driverenv.events import BuiltElsewhere, Event
from driverenv.model.build import BuildRecord, Containment, Sought
from driverenv.model.site import Policy
from driverenv.store import Store
from tests.kit.wheels import make_wheel
from tests.unit.model.test_build import RECORD
from tests.unit.test_build import INTERPRETER, TARGET


@dataclass
class Fleet:
    """One wheel, for whatever is asked."""

    wheel: Path
    record: BuildRecord
    given: list[Path] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def find(self, sought: Sought, folder: Path) -> tuple[BuildRecord, Path] | None:
        assert sought.name == "widget"
        copy = folder / self.record.wheel
        copy.write_bytes(self.wheel.read_bytes())
        return self.record, copy

    def give(self, _sought: Sought, _record: BuildRecord, wheel: Path) -> None:
        self.given.append(wheel)

    def refuse(self, _sought: Sought, why: str) -> None:
        self.refused.append(why)


class Bench:
    def __init__(self, root: Path) -> None:
        self.root, self.store = root, Store(root / "home")
        self.events: list[Event] = []
        self.job = Job(
            asked=Asked("widget", "1.0", "widget-1.0.tar.gz", "5" * 64),
            sdist=root,
            key="k" * 40,
            store=self.store,
            interpreter=INTERPRETER,
            tools_for=lambda *_: pytest.fail("nothing is built"),
            on_event=self.events.append,
            environ={},
            limits=of(Policy()),
            isolation="auto",
            network=False,
            constraints=(),
        )

    def fleet(self, name: str = "widget", version: str = "1.0", filename: str = "") -> Fleet:
        wheel = make_wheel(self.root, name, version)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        held = Containment("cut", "own", "namespace")
        record = replace(RECORD, wheel_sha256=digest, containment=held, fleet="server-2, today")
        return Fleet(wheel, replace(record, wheel=filename or wheel.name))

    def find(self, fleet: Fleet) -> BuildRecord | None:
        return shared.find(self.job, fleet, kept.sought(self.job.asked, TARGET, Policy(), ()))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_taken_as_if_it_had_been_built_here(bench: Bench) -> None:
    fleet = bench.fleet()
    record = bench.find(fleet)
    assert record == fleet.record
    assert kept.find(bench.store, bench.job.key, isolated=True) == record
    assert bench.store.archive(record.wheel_sha256) is not None
    (event,) = bench.events
    assert isinstance(event, BuiltElsewhere)
    assert (event.filename, event.by) == ("widget-1.0.tar.gz", "server-2, today")
    shared.give(bench.job, fleet, kept.sought(bench.job.asked, TARGET, Policy(), ()), record)
    shared.give(bench.job, fleet, kept.sought(bench.job.asked, TARGET, Policy(), ()), RECORD)  # no such wheel
    assert len(fleet.given) == 1


def test_what_is_of_no_use_here_is_not(bench: Bench) -> None:
    other = bench.fleet("gadget")
    assert bench.find(other) is None
    assert bench.find(bench.fleet(version="2.0")) is None
    assert bench.find(bench.fleet(filename="widget-1.0-cp27-cp27m-win32.whl")) is None
    assert bench.find(bench.fleet(filename="widget.whl")) is None
    assert bench.events == []
    assert kept.find(bench.store, bench.job.key, isolated=False) is None


def test_why_is_told(bench: Bench) -> None:
    fleet = bench.fleet(version="2.0")
    bench.find(fleet)
    assert "2.0" in fleet.refused[0]
    bench.job = replace(bench.job, isolation="required")
    fleet = bench.fleet()
    fleet.record = replace(fleet.record, containment=Containment("open", "own", "reaper"))
    assert bench.find(fleet) is None
    assert fleet.refused == ["it was built without isolation, which this site requires"]


def test_what_is_sought_is_the_same_on_every_server_of_a_kind() -> None:
    asked = Asked("widget", "1.0", "widget-1.0.tar.gz", "5" * 64)
    one = kept.sought(asked, TARGET, Policy(), ())
    assert one == kept.sought(asked, TARGET, Policy(mode="offline", sharing="copy"), ())
    others = [
        kept.sought(asked, replace(TARGET, tags=("py2-none-any",)), Policy(), ()),
        kept.sought(asked, TARGET, Policy(public=None), ()),
        kept.sought(asked, TARGET, Policy(constraints=["a<2"]), ()),
        kept.sought(asked, TARGET, Policy(), ("cython<3",)),
        kept.sought(asked._replace(sha256="6" * 64), TARGET, Policy(), ()),
    ]
    assert len({one.key, *(other.key for other in others)}) == 6
