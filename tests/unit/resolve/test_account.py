"""Why it is this version, from there, and why not the others."""

from __future__ import annotations

import json

from packaging.utils import canonicalize_name

from driverenv import resolve
from driverenv.model.resolution import Resolution
from tests.unit.resolve.worlds import F, World

WORLD = World(
    local={"lib": ["1.0", F("0.9", tag="cp39-cp39-win_amd64")]},
    public={"app": [F("3", ("lib>=2",)), F("2", ("lib",)), "1", F("4", yanked="")], "other": ["1"]},
)


def told(project: str, world: World = WORLD) -> resolve.Account:
    outcome = world.play("app\n")
    assert isinstance(outcome.found, Resolution)
    return resolve.account(
        canonicalize_name(project),
        outcome.facts,
        outcome.found,
        world.target,
        outcome.rules,
        policy=world.policy,
    )


def test_the_whole_text() -> None:
    assert str(told("app")) == (
        "app\n"
        "  chosen        2, app-2-py3-none-any.whl\n"
        "  required by   requirements.txt line 1: app\n"
        "  public index  public, https://public.test/simple/app/\n"
        "  others        app-3-py3-none-any.whl: what it needs does not fit together with the rest\n"
        "                app-1-py3-none-any.whl: older than the chosen one\n"
        "                app-4-py3-none-any.whl: it was yanked by its authors; only an exact pin takes it"
    )


def test_a_local_one_says_that_public_was_not_asked() -> None:
    text = str(told("lib"))
    assert "not asked     public (https://public.test/simple/): local has lib, and so serves it alone" in text
    assert "requirements.txt line 1: app\n                app 2 requires lib" in text
    assert "lib-0.9-cp39-cp39-win_amd64.whl: it is for cp39-cp39-win_amd64" in text


def test_one_that_is_not_part_of_it() -> None:
    assert str(told("nobody")).endswith("nothing asked for it, so no index was asked")
    world = World(public={"app": [F("2", ("ghost",)), "1"]})
    assert "no index has it" in str(told("ghost", world))


def test_data_is_json() -> None:
    outcome = WORLD.play("app\n")
    assert isinstance(outcome.found, Resolution)
    told = resolve.account(
        canonicalize_name("lib"), outcome.facts, outcome.found, WORLD.target, outcome.rules
    )
    assert json.loads(json.dumps(told.data))["required_by"] == [{"requirement": "lib", "by": "app 2"}]
