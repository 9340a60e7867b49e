from __future__ import annotations

import os
from pathlib import Path

from driverenv.events import Event, Working
from driverenv.stories.auditing import verify
from tests.unit.stories.bench import Bench


def damage(bench: Bench, pattern: str) -> Path:
    (path,) = bench.home.glob(pattern)
    before = path.stat()
    path.chmod(0o644)
    data = path.read_bytes()
    path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    path.chmod(before.st_mode)
    return path


def test_an_empty_home(tmp_path: Path) -> None:
    found = verify(str(tmp_path / "home"), contents=True, repair=True)
    assert not (tmp_path / "home").exists()
    assert (dict(found.counts), found.blemishes, found.is_sound) == ({}, (), True)


def test_what_is_wrong_and_whose_it_is(bench: Bench) -> None:
    bench.wheel("six", "1.0")
    for name in ("Rack", "Switch Driver"):
        bench.prepare(bench.request("six\n", name=name))
    path = damage(bench, "wheels/*/*/files/purelib/six/__init__.py")
    told: list[Event] = []
    found = verify(str(bench.home), on_event=told.append)
    assert dict(found.counts) == {"archive": 1, "wheel": 1, "image": 1}
    assert [event.done for event in told if isinstance(event, Working)] == [1, 2, 3]
    (one,) = found.blemishes
    assert (one.fault.name, one.users, found.is_sound) == ("six 1.0", ("Rack", "Switch Driver"), False)
    assert [finding.path for finding in one.fault.findings] == [str(path)]
    mended = verify(str(bench.home), repair=True)
    assert mended.is_sound
    assert verify(str(bench.home), contents=True).blemishes == ()


def test_launches_go_on_after_a_repair(bench: Bench) -> None:
    """Whatever was damaged: an image, an archive, a document, an interpreter's record."""
    bench.wheel("six", "1.0")
    request = bench.request("six\n", valid_for_minutes=0)
    prefix = bench.prepare(request).prefix
    damage(bench, "archives/*/*")
    damage(bench, "folders/image/*/*/pyvenv.cfg")
    for path in bench.home.glob("documents/*/*/*"):
        damage(bench, str(path.relative_to(bench.home)))
    assert not verify(str(bench.home), contents=True).is_sound
    assert verify(str(bench.home), contents=True, repair=True).is_sound
    assert bench.prepare(request).prefix == prefix
    bench.prepare(bench.request("six\n", name="Rack"))
    assert verify(str(bench.home), contents=True).blemishes == ()


def test_what_an_environment_has_is_fetched_again(bench: Bench) -> None:
    bench.wheel("six", "1.0")
    bench.prepare(bench.request("six\n"))
    damage(bench, "archives/*/*")
    damage(bench, "wheels/*/*/files/purelib/six/__init__.py")
    found = verify(str(bench.home), contents=True, repair=True, policy=bench.policy())
    assert [one.fault.done for one in found.blemishes] == ["put aside, and fetched again now"] * 2
    assert [one.fault.name for one in found.blemishes] == ["six 1.0"] * 2
    assert found.is_sound
    assert dict(verify(str(bench.home), contents=True).counts)["wheel"] == 1


def test_where_it_cannot_be_fetched_that_is_told(bench: Bench) -> None:
    path = bench.wheel("six", "1.0")
    bench.prepare(bench.request("six\n"))
    damage(bench, "archives/*/*")
    path.unlink()
    (one,) = verify(str(bench.home), contents=True, repair=True, policy=bench.policy()).blemishes
    assert one.fault.done.startswith("put aside; not fetched now: six-1.0")
