from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from driverenv.errors import EnvironmentBroken
from driverenv.stories import comparing, inventory
from driverenv.stories.comparing import Comparison
from tests.unit.stories.bench import Bench


@pytest.fixture
def prefixes(bench: Bench) -> list[str]:
    """Three generations: a first, one for a newer release, one for other requirements."""
    bench.wheel("alpha")
    found = []
    for version, text in (("1.15.0", "six\n"), ("1.16.0", "six\n"), ("1.16.0", "six\nalpha\n")):
        bench.wheel("six", version, files={"six/version.txt": version})
        found.append(bench.prepare(bench.request(text, valid_for_minutes=0)).prefix)
    return found


def compare(bench: Bench, old: int | None = None, new: int | None = None) -> Comparison:
    known = inventory.find(str(bench.home), "Switch Driver", cwd=str(bench.root))
    return comparing.compare(known, old, new)


def numbers(found: Comparison) -> tuple[int, int]:
    return found.old.generation.number, found.new.generation.number


def test_the_current_one_and_the_one_before(bench: Bench, prefixes: list[str]) -> None:
    found = compare(bench)
    assert numbers(found) == (2, 3)
    assert [cause.word for cause in found.causes] == ["requirements"]
    assert found.causes[0].text == "requirements.txt changed"
    assert [str(one) for one in found.distributions] == ["alpha: 1.0 from lab added"]
    assert found.distributions[0].because == "asked for by requirements.txt line 2: alpha"
    assert {one.word for one in found.files} == {"added"}
    assert any(one.path.endswith("alpha/__init__.py") for one in found.files)


def test_two_that_are_named(bench: Bench, prefixes: list[str]) -> None:
    found = compare(bench, 1, 3)
    assert numbers(found) == (1, 3)
    assert [cause.word for cause in found.causes] == ["index", "requirements"]
    found = compare(bench, 1, 2)
    assert [str(one) for one in found.distributions] == ["six: 1.15.0 -> 1.16.0 from lab"]
    assert found.distributions[0].because == "the same is asked for: the indexes have something else"
    assert ("six/version.txt", "changed") in [
        (one.path.rpartition("site-packages/")[2], one.word) for one in found.files
    ]


def test_the_other_way_round(bench: Bench, prefixes: list[str]) -> None:
    found = compare(bench, 3, 2)
    assert found.causes == ()
    assert [str(one) for one in found.distributions] == ["alpha: 1.0 from lab removed"]
    assert found.distributions[0].because == "nobody asks for it any more"


@pytest.mark.parametrize(("old", "new"), [(1, 7), (7, None), (None, 1)])
def test_what_is_not_known(bench: Bench, prefixes: list[str], old: int | None, new: int | None) -> None:
    with pytest.raises(EnvironmentBroken, match="Switch Driver has no generation") as raised:
        compare(bench, old, new)
    assert raised.value.code == "ENV_UNKNOWN"


def test_what_is_not_there_any_more(bench: Bench, prefixes: list[str]) -> None:
    shutil.rmtree(Path(prefixes[0]).parent)
    with pytest.raises(
        EnvironmentBroken, match="generation 1 of Switch Driver is not there any more"
    ) as raised:
        compare(bench, 1)
    assert dict(raised.value.facts)["there"] == "2, 3"
    Path(prefixes[1]).with_name("manifest").unlink()
    with pytest.raises(EnvironmentBroken, match="generation 2 of Switch Driver is not there"):
        compare(bench)
