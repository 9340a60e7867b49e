from __future__ import annotations

import json
import os
from pathlib import Path

from driverenv import warm
from driverenv.model.build import BuildRecord, Containment
from driverenv.store import Store
from driverenv.stories import holdings
from tests.unit.stories.bench import Bench


def test_an_empty_home(tmp_path: Path) -> None:
    found = holdings.holdings(str(tmp_path / "home"))
    assert (found.rows, found.size, set(found.others.values())) == ((), 0, {0})


def test_who_has_what(bench: Bench) -> None:
    bench.wheel("six", "1.0")
    bench.wheel("alpha", requires=["six"])
    bench.prepare(bench.request("six\n", name="Rack"))
    bench.prepare(bench.request("alpha\n"))
    found = holdings.holdings(str(bench.home))
    assert [(one.name, one.users, len(one.keys)) for one in found.rows] == [
        ("alpha 1.0", ("Switch Driver",), 1),
        ("six 1.0", ("Rack", "Switch Driver"), 2),
    ]
    assert all(one.archive > 0 and one.files > 0 for one in found.rows)
    assert found.size == sum(one.size for one in found.rows)
    assert found.others["folders"] > 0


def test_what_it_takes_is_what_lies_there(bench: Bench) -> None:
    bench.wheel("six", "1.0", files={"six/data.txt": "x" * 1000})
    bench.prepare(bench.request("six\n", sharing="copy"))
    (one,) = holdings.holdings(str(bench.home)).rows
    there = [path for path in bench.home.glob("wheels/*/*/**/*") if path.is_file()]
    assert one.files == sum(path.stat().st_size for path in there)


def test_what_was_built_is_known_by_its_wheel(bench: Bench) -> None:
    path = bench.wheel("six", "1.0")
    bench.prepare(bench.request("six\n"))
    store, sdist = Store(bench.home), "5" * 64
    with store.staging() as folder:
        (folder / "file").write_bytes(b"an sdist")
        store.admit(folder / "file", sdist)
    (wheel,) = [one for one in holdings.holdings(str(bench.home)).rows if one.name == "six 1.0"]
    held = Containment("kernel", "none", "private", "limited")
    record = BuildRecord(path.name, wheel.sha256, sdist, "3.11.7", (), held, ())
    store.write("built", warm.key((b"a",)), json.dumps(record.as_dict()).encode())
    store.write("built", warm.key((b"b",)), b"no record")
    (source,) = [one for one in holdings.holdings(str(bench.home)).rows if one.sha256 == sdist]
    assert (source.name, source.archive, source.files) == ("six 1.0 (sdist)", 8, 0)
    assert source.users == wheel.users == ("Switch Driver",)


def test_when_a_launch_took_it(bench: Bench) -> None:
    bench.wheel("six", "1.0")
    bench.prepare(bench.request("six\n"))
    for path in (*bench.home.glob("archives/*/*"), *bench.home.glob("wheels/*/*/stamps")):
        os.utime(path, (1e9, 1e9))
    (one,) = holdings.holdings(str(bench.home)).rows
    assert (one.used, one.used_at) == (1e9, "2001-09-09T01:46:40Z")
    bench.prepare(bench.request("six\n", valid_for_minutes=0))
    (one,) = holdings.holdings(str(bench.home)).rows
    assert one.used > 1e9
