"""What lies in the home folder in place of a record, a pipe above all, holds nobody up who only looks."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from driverenv.errors import DriverEnvError, HomeUnusable
from driverenv.model.keeping import Keep
from driverenv.records import history
from driverenv.stories import auditing, fleet, holdings, inventory, reasoning, verifying
from driverenv.stories.chronicle import chronicle
from driverenv.stories.collecting import collect
from driverenv.stories.reporting import report
from tests.unit.stories.bench import Bench

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes and sockets there")

RECORDS = {
    "drivers": "drivers/*/generations.json",
    "receipts": "environments/*/receipt.json",
    "marks": "environments/*/complete",
    "manifests": "environments/*/manifest",
    "what was shipped": "environments/*/shipped",
    "leases": "environments/*/lease",
    "answers": "asks/*",
    "launches": "history/*.log",
    "failures": "failures/*/*",
    "documents": "documents/*/*/*",
    "wheels": "wheels/*/*/manifest",
    "names": "names/*/*",
    "images": "folders/image/*/*.manifest",
}


def pipe(path: Path) -> None:
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    """By a short name: what a socket may be called is limited."""
    folder = os.open(path.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(f"/proc/self/fd/{folder}/s")
    os.close(folder)
    path.with_name("s").rename(path)


def folder(path: Path) -> None:
    path.mkdir()


KINDS: dict[str, Callable[[Path], None]] = {"pipe": pipe, "folder": folder}
if sys.platform == "linux":
    KINDS["socket"] = unix_socket


def looks(bench: Bench) -> dict[str, Callable[[], object]]:
    """What shows, and changes nothing."""
    home, cwd = str(bench.home), str(bench.root)
    return {
        "env list": lambda: inventory.drivers(home),
        "env show": lambda: [
            inventory.edited(one) for each in inventory.drivers(home) for one in each.states
        ],
        "env why": lambda: reasoning.why(home, "six", cwd=cwd),
        "env verify": lambda: [
            verifying.verify(one, home=home, policy=bench.policy(), contents=True)
            for one in verifying.targets(home, cwd=cwd)
        ],
        "history": lambda: [chronicle(home, name, cwd=cwd) for name in history.names(home)],
        "report": lambda: report(home, cwd=cwd, now=1_800_000_000.0),
        "gc": lambda: collect(home, keep=Keep(), dry_run=True),
        "store show": lambda: holdings.holdings(home),
        "store verify": lambda: auditing.verify(home, contents=True),
        "prewarm": lambda: fleet.known(home),
    }


@pytest.fixture
def launched(bench: Bench) -> Bench:
    bench.wheel("six")
    bench.prepare(bench.request("six\n"))
    with pytest.raises(DriverEnvError):
        bench.prepare(bench.request("six>9\n", name="Broken"))
    return bench


@pytest.mark.parametrize("what", RECORDS)
def test_nobody_who_looks_waits_for_a_pipe(launched: Bench, what: str) -> None:
    places = [path for path in launched.home.glob(RECORDS[what]) if path.is_file()]
    assert places
    for path in places:
        path.unlink()
        pipe(path)
    for look in looks(launched).values():
        try:
            look()
        except DriverEnvError as error:
            assert str(error)  # noqa: PT017 (either is an answer)


@pytest.mark.parametrize("kind", KINDS)
def test_a_driver_whose_record_is_none(launched: Bench, kind: str) -> None:
    """It is passed over, as if it said nothing; a report tells of it, and its next launch writes it anew."""
    place = launched.home / "drivers" / "Switch Driver" / "generations.json"
    place.unlink()
    KINDS[kind](place)
    home, cwd = str(launched.home), str(launched.root)
    assert inventory.drivers(home) == []
    (unread,) = report(home, cwd=cwd, now=1_800_000_000.0).unread
    assert (unread.path, unread.why) == (str(place.parent), "it says nothing readable of a driver")
    launched.wheel("six", "2.0")
    if kind == "folder":
        with pytest.raises(HomeUnusable):
            launched.prepare(launched.request("six>=2\n"))
    else:
        launched.prepare(launched.request("six>=2\n"))
        assert [one.shown for one in inventory.drivers(home)] == ["Switch Driver"]
