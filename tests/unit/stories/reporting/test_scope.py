from __future__ import annotations

from pathlib import Path

import pytest

from driverenv import Environment, ledger
from driverenv.errors import EnvironmentBroken
from driverenv.stories.reporting.scope import Scope, is_key, scope
from tests.unit.stories.bench import Bench


@pytest.fixture
def made(bench: Bench) -> Environment:
    bench.wheel("six")
    return bench.prepare(bench.request())


def test_what_is_meant(bench: Bench, made: Environment) -> None:
    home, key = str(bench.home), Path(made.prefix).parent.name

    def meant(wanted: str | None, of: str = home) -> Scope:
        return scope(of, wanted, cwd=str(bench.root))

    assert meant(None) == Scope(home)
    assert meant("Switch Driver") == meant("drivers/Switch Driver") == Scope(home, driver="Switch Driver")
    assert meant(key) == Scope(home, key=key)
    assert meant(made.prefix, "/nowhere") == meant(str(Path(made.prefix).parent)) == Scope(home, key=key)
    assert meant("home/drivers/Switch Driver/current", "/nowhere") == Scope(home, key=key)
    assert meant("home/drivers/Switch Driver", "/nowhere") == Scope(home, driver="Switch Driver")
    assert meant("home", "/nowhere") == Scope(home)


def test_a_driver_that_never_came_to_an_environment(bench: Bench) -> None:
    home, path = str(bench.home), str(bench.root / "Rack")
    ledger.write(home, "Rack", when=1.0, seconds=1.0, how="failed", what="X", ask="a", driver=path)
    assert scope(home, "Rack", cwd=str(bench.root)) == Scope(home, driver="Rack")
    assert scope(home, path, cwd="/") == Scope(home, driver="Rack")


@pytest.mark.parametrize("wanted", ["Nobody", "drivers", "ab" * 20, "", "\udc80"])
def test_what_is_not_known(bench: Bench, made: Environment, wanted: str) -> None:
    with pytest.raises(EnvironmentBroken):
        scope(str(bench.home), wanted, cwd=str(bench.root))


def test_keys_lead_nowhere_else() -> None:
    assert [is_key(one) for one in ("ab" * 20, "../x", "AB" * 20, 5, None)] == [
        True,
        False,
        False,
        False,
        False,
    ]
