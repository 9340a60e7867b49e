from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from driverenv import Environment, Request
from driverenv.errors import EnvironmentBroken
from driverenv.generations.difference import Distribution
from driverenv.stories import inventory
from tests.unit.stories.bench import Bench


@pytest.fixture
def made(bench: Bench) -> Environment:
    bench.wheel("six", "1.16.0", requires=["alpha"])
    bench.wheel("alpha")
    return bench.prepare(bench.request("six\n"))


def find(bench: Bench, wanted: str) -> inventory.Known:
    return inventory.find(str(bench.home), wanted, cwd=str(bench.root))


def unknown(bench: Bench, wanted: str) -> EnvironmentBroken:
    with pytest.raises(EnvironmentBroken) as raised:
        find(bench, wanted)
    assert raised.value.code == "ENV_UNKNOWN"
    return raised.value


def test_nothing(bench: Bench) -> None:
    assert inventory.drivers(str(bench.home)) == []
    assert "nothing was launched yet" in str(unknown(bench, "Switch Driver"))


def test_a_driver_by_name_and_by_path(bench: Bench, made: Environment) -> None:
    (known,) = inventory.drivers(str(bench.home))
    for wanted in ("Switch Driver", "drivers/Switch Driver", str(bench.root / "drivers" / "Switch Driver")):
        assert find(bench, wanted) == known
    state = known.current
    assert state is not None
    assert (state.prefix, state.is_there, state.is_held) == (made.prefix, True, True)
    assert state.used[:2] == "20"
    assert inventory.numbered(known, 1) == state
    assert sorted(inventory.within(state)) == ["alpha", "six"]


def test_what_is_not_known(bench: Bench, made: Environment) -> None:
    error = unknown(bench, "Switch")
    assert error.summary == "no launch is known of a driver called Switch"
    assert f"Switch Driver ({bench.root / 'drivers' / 'Switch Driver'})" in str(error)
    with pytest.raises(EnvironmentBroken, match="Switch Driver has no generation 2"):
        inventory.numbered(find(bench, "Switch Driver"), 2)


def test_several_of_one_name(bench: Bench, made: Environment) -> None:
    folder = bench.root / "elsewhere" / "Switch Driver"
    shutil.copytree(bench.root / "drivers" / "Switch Driver", folder)
    bench.prepare(Request(folder, policy=bench.policy(), home=bench.home))
    first, second = inventory.drivers(str(bench.home))
    assert find(bench, first.shown) == first  # its folder's name is its own
    assert find(bench, second.shown) == second
    shutil.rmtree(first.folder)
    assert find(bench, "Switch Driver") == second
    bench.prepare(Request(folder.parent, name="Switch Driver", policy=bench.policy(), home=bench.home))
    for one in inventory.drivers(str(bench.home)):
        Path(one.folder).rename(f"{one.folder}~x")
    assert unknown(bench, "Switch Driver").summary == "more than one driver is called Switch Driver"


def test_an_environment_that_was_removed(bench: Bench, made: Environment) -> None:
    prefix = made.prefix
    del made
    shutil.rmtree(Path(prefix).parent)
    state = find(bench, "Switch Driver").current
    assert state is not None
    assert (state.is_there, state.is_held, state.used, inventory.within(state)) == (False, False, "", {})


def one(name: str, *requested_by: str) -> Distribution:
    return Distribution(name, "1.0", "lab", f"{name}.whl", "ab" * 32, requested_by)


def test_a_tree() -> None:
    rows = [
        one("alpha", "requirements.txt line 1: alpha"),
        one("beta", "alpha 1.0: beta", "gamma 1.0: beta"),
        one("gamma", "beta 1.0: gamma"),
        one("delta", "alpha 1.0: delta", "requirements.txt line 2: delta"),
        one("epsilon", "zeta 1.0: epsilon"),
        one("zeta", "epsilon 1.0: zeta"),
        one("eta"),
    ]
    told = [(row.depth, row.distribution.name) for row in inventory.tree({row.name: row for row in rows})]
    assert told == [
        (0, "alpha"),
        (1, "beta"),
        (2, "gamma"),
        (0, "delta"),
        (0, "eta"),
        (0, "epsilon"),
        (1, "zeta"),
    ]
