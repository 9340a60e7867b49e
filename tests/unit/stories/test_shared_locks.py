"""A lock that one server shares, and others are held to."""

from __future__ import annotations

from pathlib import Path

import pytest

from driverenv import Fleet, Request
from driverenv.errors import LockMismatch
from driverenv.events import Warned
from driverenv.requirements import parse_lines
from driverenv.stories import shared_locks
from driverenv.stories.lock import lock
from tests.unit.stories.bench import Bench

KEY = "k" * 32


@pytest.fixture
def fleet(bench: Bench) -> Fleet:
    (bench.root / "share").mkdir()
    return Fleet(str(bench.root / "share"), key=KEY, write=True)


def held(bench: Bench, requirements: str, fleet: Fleet | None) -> Request:
    return bench.request(requirements, fleet=fleet).replace(locked=True)


def six_of(bench: Bench, request: Request) -> list[str]:
    packages = Path(bench.prepare(request).site_packages)
    return sorted(path.name for path in packages.glob("six-*"))


def test_the_others_have_just_what_was_shared(bench: Bench, fleet: Fleet) -> None:
    bench.wheel("six", "1.16.0")
    bench.events.clear()
    lock(bench.request(fleet=fleet), on_event=bench.events.append, share=True)
    assert [one for one in bench.events if isinstance(one, Warned)] == []
    bench.wheel("six", "1.17.0")
    assert six_of(bench, held(bench, "six\n", fleet)) == ["six-1.16.0.dist-info"]
    bench.prepare(bench.request(fleet=fleet).replace(refresh=True))  # its last environment has the newer one
    assert six_of(bench, held(bench, "six\n", fleet).replace(refresh=True)) == ["six-1.16.0.dist-info"]
    with pytest.raises(LockMismatch) as raised:  # it is about another driver
        bench.prepare(bench.request(name="Other Driver", fleet=fleet).replace(locked=True))
    assert raised.value.code == "LOCK_MISSING"
    assert raised.value.data["looked_for"][1] == f"the fleet store {bench.root / 'share'}"


def test_a_strangers_lock_is_none(bench: Bench, fleet: Fleet) -> None:
    bench.wheel("six", "1.16.0")
    lock(bench.request(fleet=fleet.replace(key="x" * 32)), share=True)
    with pytest.raises(LockMismatch):
        bench.prepare(held(bench, "six\n", fleet))
    assert [one.code for one in bench.told(Warned)] == ["FLEET_REFUSED"]


def test_where_it_cannot_be_shared_a_warning_says_so(bench: Bench, fleet: Fleet) -> None:
    bench.wheel("six", "1.16.0")
    lock(bench.request(fleet=fleet.replace(write=False)), on_event=bench.events.append, share=True)
    lock(
        bench.request(fleet=Fleet("s3://wheels", key=KEY, write=True)),
        on_event=bench.events.append,
        share=True,
    )
    told = [one.text for one in bench.told(Warned)]
    assert "this server does not write there" in told[0]
    assert "may not be asked in offline mode" in told[1]
    lock(bench.request(), share=True)  # there is none: nothing to be done


def test_what_a_lock_is_for(bench: Bench, fleet: Fleet) -> None:
    bench.wheel("six")
    with bench.workshop(bench.request(fleet=fleet)) as workshop:
        from driverenv.stories import reading

        wanted = reading.read(workshop).requirements
        one = shared_locks._sought(workshop, wanted)
        assert (one.name, one.filename, len(one.sha256)) == ("Switch Driver", "pylock.toml", 64)
        others = [
            shared_locks._sought(workshop, parse_lines(lines, file="x"))
            for lines in (["six>1"], ["six", "a"], [])
        ]
        assert len({one.key, *(other.key for other in others)}) == 4
        assert shared_locks._sought(workshop, parse_lines(["six"], file="elsewhere")) == one
