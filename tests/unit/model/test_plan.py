from __future__ import annotations

from packaging.utils import canonicalize_name

from driverenv.model.plan import Arrival, Plan, PlannedFile


def test_an_arrival_reads_like_a_pin() -> None:
    arrival = Arrival(canonicalize_name("Some.Name"), "1.0", "x", "Some.Name-1.0.dist-info", ())
    assert str(arrival) == "some-name 1.0"
    assert not arrival.requested


def test_plans_are_values() -> None:
    file = PlannedFile("lib/a.py", "purelib/a.py", 1, "x", False, "code")
    assert Plan("k", "n", (), ()) == Plan("k", "n", (), ())
    assert file.target == "lib/a.py"
