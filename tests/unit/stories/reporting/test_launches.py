from __future__ import annotations

from pathlib import Path

import pytest

from driverenv.errors import DriverEnvError
from driverenv.stories import failure
from driverenv.stories.chronicle import Chronicle, Launch
from driverenv.stories.reporting import launches
from tests.unit.stories.bench import Bench


def launch(how: str, code: str = "") -> Launch:
    return Launch("2026-11-30T01:02:03Z", 1.0, how, 1, "k", code, "", "/d")


def told(*rows: Launch) -> Chronicle:
    return Chronicle("d", "/d", (), rows, 0)


def test_the_newest_and_how_many() -> None:
    found = told(*[launch("ready")] * 70, launch("failed", "CONFLICT"))
    assert len(launches.newest(found)) == launches.MOST_LAUNCHES
    assert launches.newest(found)[-1].code == "CONFLICT"
    assert launches.counts(found) == (("ready", 70), ("failed", 1))


def test_stale_and_failed_ones() -> None:
    rows = [
        launch("failed", "X"),
        launch("failed", "X"),
        launch("failed", "Y"),
        launch("ready"),
        launch("stale"),
    ]
    found = list(launches.troubles("Rack", told(*rows)))
    assert [(one.how, one.code, one.times) for one in found] == [
        ("failed", "X", 2),
        ("failed", "Y", 1),
        ("stale", "", 1),
    ]


def test_how_a_driver_is() -> None:
    assert [launches.state(told(launch(how))) for how in ("failed", "stale", "ready")] == [
        "fails",
        "stale",
        "well",
    ]
    assert launches.state(told()) == "well"


def failed(bench: Bench, requirements: str) -> None:
    with pytest.raises(DriverEnvError):
        bench.prepare(bench.request(requirements))


def test_failures_that_differ(bench: Bench) -> None:
    bench.wheel("alpha", requires=["shared<2"])
    bench.wheel("beta", requires=["shared>=2"])
    for version in ("1.0", "2.0"):
        bench.wheel("shared", version)
    failed(bench, "gamma\n")
    failed(bench, "alpha\nbeta\n")
    failed(bench, "alpha\nbeta\n")
    path = str(bench.root / "drivers" / "Switch Driver")
    found, unread = launches.failures(str(bench.home), "Switch Driver", path, alone=False)
    assert [one.code for one in found] == ["CONFLICT", "ABSENT_OFFLINE"]
    assert [one.requirement for one in found[0].sides] == ["shared<2", "shared>=2"]
    assert found[0].sides[0].chain[-1] == "alpha 1.0 requires shared<2"
    assert found[0].remedies[0].startswith("change one of these lines")
    assert unread == ()
    assert launches.failures(str(bench.home), "Switch Driver", "/elsewhere", alone=False) == ((), ())
    assert len(launches.failures(str(bench.home), "Switch Driver", "/elsewhere", alone=True)[0]) == 2


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"\x1f\x8bnonsense", b'{"format": "driverenv-failure 1"}', b"[" * 99_999]
)
def test_a_receipt_that_cannot_be_read(tmp_path: Path, data: bytes) -> None:
    path = failure.folder_of(str(tmp_path), "Rack") / "20260101T000000.000000Z-X-00000000.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    found, unread = launches.failures(str(tmp_path), "Rack", "/d", alone=True)
    assert found == ()
    assert [one.path for one in unread] == [str(path)]
    assert unread[0].why
