"""What is known of a project where nothing was chosen."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from packaging.utils import canonicalize_name

from driverenv import resolve
from driverenv.model.resolution import Conflict, Facts
from driverenv.model.site import Correction
from tests.unit.resolve.worlds import F, World, read

WORLD = World(
    local={"lib": ["1.0", F("0.9", tag="cp39-cp39-win_amd64"), F("3.0", yanked="broken")]},
    public={"app": [F("3", ("lib>=2",)), F("2", ("lib>=2", "gone"))]},
)


def told(
    project: str, text: str = "app\n", world: World = WORLD, facts: Facts | None = None
) -> resolve.Account:
    outcome = world.play(text)
    assert isinstance(outcome.found, Conflict)
    return resolve.outlook(
        canonicalize_name(project),
        outcome.facts if facts is None else facts,
        resolve.demands(read(text), world.baseline),
        world.target,
        outcome.rules,
        policy=world.policy,
    )


def test_the_whole_text() -> None:
    assert str(told("lib")) == (
        "lib\n"
        "  required by   requirements.txt line 1: app\n"
        "                app 3 requires lib>=2\n"
        "  local index   local, http://local.test:8036/simple/lib/\n"
        "  not asked     public (https://public.test/simple/): local has lib, and so serves it alone\n"
        '  files there   lib-3.0-py3-none-any.whl: it was yanked by its authors ("broken"); only an exact pin takes it\n'
        "                lib-1.0-py3-none-any.whl: version 1.0 is not in >=2\n"
        "                lib-0.9-cp39-cp39-win_amd64.whl: it is for cp39-cp39-win_amd64"
    )
    assert str(told("app")) == (
        "app\n"
        "  required by   requirements.txt line 1: app\n"
        "  public index  public, https://public.test/simple/app/\n"
        "  files there   app-3-py3-none-any.whl: fits what is asked of it here\n"
        "                app-2-py3-none-any.whl: fits what is asked of it here"
    )
    assert str(told("gone")) == (
        "gone\n"
        "  required by   requirements.txt line 1: app\n"
        "                app 2 requires gone\n"
        "  nowhere       no index has it\n"
        "  asked         local (http://local.test:8036/simple/): 404, and its root lists 2 projects without it\n"
        "  asked         public (https://public.test/simple/): 404"
    )


def test_what_was_not_looked_at() -> None:
    known = Facts(WORLD.all_facts(read("app\n")).listings, {})
    assert (
        "app-3-py3-none-any.whl: fits what is asked of it here; what it needs itself was not looked at"
        in str(told("app", facts=known))
    )
    assert told("lib", facts=Facts()).lines == (
        ("required by", "nobody, as far as is known"),
        ("not asked", "the launch ended before its turn came"),
    )


def test_the_sites_overrides_lead_elsewhere() -> None:
    world = World(local=WORLD.local, public=WORLD.public, overrides=("lib==1.5",))
    assert "version 1.0 is not in ==1.5" in str(told("lib", world=world))


def test_not_asked_offline() -> None:
    world = World(local={"lib": ["1.0"]}, offline=True)
    assert ("not asked", "public (https://public.test/simple/): offline mode") in told(
        "app", world=world
    ).lines


@pytest.mark.parametrize("project", ["app", "lib", "gone", "nobody"])
def test_as_data(project: str) -> None:
    data = json.loads(json.dumps(told(project).data))
    assert data["project"] == project
    if project == "lib":
        assert (data["index"], data["public"], data["requirement"]) == ("local", False, "lib>=2")
        assert data["required_by"] == ["requirements.txt line 1: app", "app 3 requires lib>=2"]
        assert len(data["files"]) == 3


def test_what_the_site_corrects_is_said() -> None:
    world = replace(WORLD, corrections=(Correction("app", versions=">=3", requires=["lib>=9"]),), asked=[])
    assert (
        dict(told("app", world=world).lines)["corrected"]
        == "by the site's policy, app>=3: it requires lib>=9"
    )
    assert dict(told("lib", "app>=3", world=world).lines)["required by"].endswith(
        "app 3 requires lib>=9 (by a correction of the site)"
    )
    assert "corrected" not in dict(told("lib", world=world).lines)
