"""The way to each pin, and the better files that were passed over."""

from __future__ import annotations

from packaging.utils import canonicalize_name

from driverenv import resolve
from driverenv.model.resolution import Resolution
from driverenv.resolve import Standing
from driverenv.resolve.standing import MISFIT
from tests.unit.resolve.worlds import F, World


def told(world: World, lines: str = "app\n") -> dict[str, Standing]:
    outcome = world.play(lines)
    assert isinstance(outcome.found, Resolution)
    found = resolve.standings(outcome.found, outcome.facts, world.target, outcome.rules)
    return {str(name): standing for name, standing in found.items()}


def reasons(standing: Standing) -> list[tuple[str, str]]:
    return [(one.filename, one.reason) for one in standing.better]


def test_the_shortest_way_is_told() -> None:
    world = World(public={"app": [F("1", ("mid", "lib"))], "mid": [F("1", ("lib",))], "lib": ["1"]})
    standing = told(world)["lib"]
    assert [str(one.requirement) for one in standing.chain] == ["app", "lib"]
    assert standing.chain[0].source is not None
    assert told(world, "lib\napp\n")["lib"].chain[0].source == told(world, "lib\n")["lib"].chain[0].source


def test_better_ones_have_their_reasons() -> None:
    world = World(
        local={"lib": ["1.0", F("1.5", tag="cp39-cp39-win_amd64"), F("0.5", tag="cp39-cp39-win_amd64")]},
        public={"app": [F("3", ("lib>=2",)), F("2", ("lib",)), "1", F("4", yanked="")]},
    )
    found = told(world)
    assert reasons(found["app"]) == [
        ("app-4-py3-none-any.whl", "it was yanked by its authors; only an exact pin takes it"),
        ("app-3-py3-none-any.whl", MISFIT),
    ]
    assert reasons(found["lib"]) == [("lib-1.5-cp39-cp39-win_amd64.whl", "it is for cp39-cp39-win_amd64")]
    assert found["lib"].more == 0


def test_the_newest_are_told_and_the_rest_is_counted() -> None:
    world = World(public={"app": [F("1"), *(F(f"{major}", python="<3") for major in range(2, 20))]})
    standing = told(world)["app"]
    assert [one.filename for one in standing.better] == [
        f"app-{major}-py3-none-any.whl" for major in range(19, 9, -1)
    ]
    assert standing.more == 8


def test_the_memory_of_the_solve_saves_work() -> None:
    world = World(public={"app": ["2", "1"]})
    outcome = world.play("app<2\n")
    assert isinstance(outcome.found, Resolution)
    memory = resolve.Memory()
    memory.learn(outcome.facts, world.target, outcome.rules)
    shelf = memory.shelf(canonicalize_name("app"))
    found = resolve.standings(outcome.found, outcome.facts, world.target, outcome.rules, memory=memory)
    assert memory.shelf(canonicalize_name("app")) is shelf
    assert reasons(found[canonicalize_name("app")]) == [("app-2-py3-none-any.whl", "version 2 is not in <2")]
