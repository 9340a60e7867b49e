from __future__ import annotations

from pathlib import Path

import pytest

from driverenv.errors import EnvironmentBroken, ProjectNotFound
from driverenv.stories.reasoning import why
from tests.unit.stories.bench import Bench


@pytest.fixture(autouse=True)
def _launched(bench: Bench) -> None:
    bench.wheel("six", "1.16.0", requires=["Alpha-One"])
    bench.wheel("alpha-one")
    bench.prepare(bench.request("six\n"))
    bench.prepare(bench.request("alpha-one\n", name="Rack"))


def test_in_every_driver(bench: Bench) -> None:
    found = why(str(bench.home), "alpha_ONE", cwd=str(bench.root))
    assert [(one.driver, one.generation) for one in found] == [("Rack", 1), ("Switch Driver", 1)]
    assert found[1].reason.chains == (("requirements.txt line 1: six", "six 1.16.0: Alpha-One"),)
    assert Path(found[0].prefix).name == "Rack"
    assert found[0].reason.rule == "local version wins"
    (six,) = why(str(bench.home), "six", cwd=str(bench.root))
    assert six.driver == "Switch Driver"


def test_in_one(bench: Bench) -> None:
    (found,) = why(str(bench.home), "alpha-one", "Rack", 1, cwd=str(bench.root))
    assert found.driver == "Rack"
    with pytest.raises(ProjectNotFound) as raised:
        why(str(bench.home), "six", "Rack", cwd=str(bench.root))
    assert raised.value.code == "NOT_NEEDED"
    assert raised.value.summary == "six is not in Rack, generation 1"
    with pytest.raises(EnvironmentBroken, match="no generation 3"):
        why(str(bench.home), "six", "Rack", 3, cwd=str(bench.root))


def test_nowhere(bench: Bench) -> None:
    with pytest.raises(ProjectNotFound) as raised:
        why(str(bench.home), "alpha-on", cwd=str(bench.root))
    assert "did you mean alpha-one?" in raised.value.remedies
    assert raised.value.data["near"] == ["alpha-one"]


@pytest.mark.parametrize("text", ["", "[]", '{"distributions": 7}', '{"distributions": [{"name": "six"}]}'])
def test_a_receipt_that_is_none(bench: Bench, text: str) -> None:
    for path in bench.home.glob("environments/*/receipt.json"):
        path.unlink()
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ProjectNotFound, match="not in the current environment of any driver"):
        why(str(bench.home), "six", cwd=str(bench.root))


def test_an_environment_that_was_removed(bench: Bench) -> None:
    (bench.home / "environments").rename(bench.home / "elsewhere")
    with pytest.raises(ProjectNotFound) as raised:
        why(str(bench.home), "six", "Rack", cwd=str(bench.root))
    assert ("removed", "Rack, generation 1") in raised.value.facts
