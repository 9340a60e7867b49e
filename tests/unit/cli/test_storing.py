from __future__ import annotations

import json

import pytest

from driverenv import Policy
from driverenv.store.audit import Fault
from driverenv.store.damage import Finding
from driverenv.stories import auditing
from driverenv.stories import holdings as held
from driverenv.stories.auditing import Blemish, Report
from driverenv.stories.holdings import Holding, Holdings
from tests.unit.cli.bench import Bench

ROWS = (
    Holding("ab" * 32, "six 1.16.0", 11_000, 34_000, 1.7e9, ("Rack", "Switch Driver"), ("k1", "k2")),
    Holding("cd" * 32, "Zope.Interface 6.0", 0, 500_000, 1.7e9),
    Holding("ef" * 32, "", 9_000, 0, 1.7e9),
)
DAMAGE = Fault("wheel", "six 1.16.0", "/h/w", tuple(Finding(f"/h/w/{n}.py", "it is gone") for n in range(22)))
TOUCHED = Fault("record of stamps", "six 1.16.0", "/h/w/stamps", (Finding("/h/w/stamps", "it did not fit"),))


@pytest.fixture
def shown(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(held, "holdings", lambda _: Holdings(ROWS, {"folders": 7_000, "logs": 0}))
    return bench


def test_show(shown: Bench) -> None:
    assert shown.run("store", "show") == 0
    assert shown.out.getvalue().splitlines() == [
        "what                unpacked  archive  last used   drivers",
        "six 1.16.0          34 kB     11 kB    2023-11-14  Rack, Switch Driver",
        "Zope.Interface 6.0  500 kB    -        2023-11-14  -",
        "efefefefefef        -         9 kB     2023-11-14  -",
        "3 archives, 554 kB; no environment has 2 of them, 509 kB",
        "besides: folders 7 kB",
    ]


def test_show_some(shown: Bench) -> None:
    assert shown.run("store", "show", "zope*") == 0
    assert shown.out.getvalue().splitlines() == [
        "Zope.Interface 6.0",
        f"  sha256     {'cd' * 32}",
        "  unpacked   500 kB",
        "  archive    not kept",
        "  last used  2023-11-14T22:13:20Z",
        "  drivers    none: no environment has it",
    ]
    shown.run("store", "show", "nothing")
    assert shown.out.getvalue() == "the store has none\n"


def test_show_as_json(shown: Bench) -> None:
    shown.run("store", "show", "six", "--json")
    assert json.loads(shown.out.getvalue()) == {
        "entries": [
            {
                "name": "six 1.16.0",
                "sha256": "ab" * 32,
                "unpacked": 34_000,
                "archive": 11_000,
                "used": "2023-11-14T22:13:20Z",
                "drivers": ["Rack", "Switch Driver"],
                "environments": ["k1", "k2"],
            }
        ],
        "size": 554_000,
        "others": {"folders": 7_000, "logs": 0},
    }


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> list[Fault]:
    """The faults that are found; when they are to be repaired, they are."""
    faults = [DAMAGE, TOUCHED]

    def verify(home: str, *, contents: bool, repair: bool, policy: Policy | None, on_event: object) -> Report:
        assert contents
        assert (policy is not None) == repair  # else no index is asked
        found = (one._replace(done="unpacked anew" if repair else "") for one in faults)
        return Report({"archive": 1, "wheel": 2}, tuple(Blemish(one, ("Rack",)) for one in found))

    monkeypatch.setattr(auditing, "verify", verify)
    return faults


def test_verify(bench: Bench, report: list[Fault]) -> None:
    assert bench.run("store", "verify", "--contents") == 3
    lines = bench.out.getvalue().splitlines()
    assert lines[:2] == ["damaged   wheel six 1.16.0 (of Rack)", "  /h/w/0.py: it is gone"]
    assert lines[20:] == [
        "  /h/w/19.py: it is gone",
        "  and 2 more (--verbose shows them)",
        "touched   record of stamps six 1.16.0 (of Rack)",
        "  /h/w/stamps: it did not fit",
        "1 archive, 2 wheels: 1 damaged",
    ]
    assert bench.run("store", "verify", "--contents", "--verbose") == 3
    assert "  /h/w/21.py: it is gone" in bench.out.getvalue()
    bench.run("store", "verify", "--contents", "--quiet")
    assert "touched" not in bench.out.getvalue()


def test_repair(bench: Bench, report: list[Fault]) -> None:
    assert bench.run("store", "verify", "--contents", "--repair") == 0
    lines = bench.out.getvalue().splitlines()
    assert lines[0] == "mended    wheel six 1.16.0 (of Rack): unpacked anew"
    assert lines[-1] == "1 archive, 2 wheels: 1 mended"


def test_all_is_well(bench: Bench, report: list[Fault]) -> None:
    report.clear()
    assert bench.run("store", "verify", "--contents") == 0
    assert bench.out.getvalue() == "1 archive, 2 wheels: all is well\n"


def test_verify_as_json(bench: Bench, report: list[Fault]) -> None:
    assert bench.run("store", "verify", "--contents", "--json") == 3
    found = json.loads(bench.out.getvalue())
    assert (found["sound"], found["counts"]) == (False, {"archive": 1, "wheel": 2})
    assert found["faults"][1] == {
        "kind": "record of stamps",
        "name": "six 1.16.0",
        "path": "/h/w/stamps",
        "damage": False,
        "done": None,
        "sha256": None,
        "drivers": ["Rack"],
        "findings": [{"path": "/h/w/stamps", "how": "it did not fit"}],
    }
