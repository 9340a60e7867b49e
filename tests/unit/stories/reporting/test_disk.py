from __future__ import annotations

from driverenv.stories.reporting import disk
from tests.unit.stories.bench import Bench


def test_what_a_home_takes(bench: Bench) -> None:
    bench.wheel("six")
    bench.prepare(bench.request())
    home = str(bench.home)
    keys = disk.keys(home)
    sizes = disk.sizes(home, keys)
    assert len(keys) == 1
    assert list(sizes) == list(keys)
    (bench.home / "of <b> somebody").write_bytes(b"x" * 100_000)
    places = {one.name: one.size for one in disk.places(home, sizes)}
    assert places["environments"] == sum(sizes.values()) > 0
    assert places["wheels"] > 0
    assert places["of <b> somebody"] == 100_000
    assert list(places.values()) == sorted(places.values(), reverse=True)


def test_nothing(bench: Bench) -> None:
    nowhere = str(bench.root / "nowhere")
    assert disk.keys(nowhere) == ()
    assert disk.places(nowhere, {}) == ()
