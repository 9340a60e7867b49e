from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from driverenv import Environment
from driverenv.errors import EnvironmentBroken
from driverenv.stories.materials import bill
from tests.unit.stories.bench import Bench


@pytest.fixture
def made(bench: Bench) -> Environment:
    bench.wheel("six", "1.16.0", metadata_extra=["License-Expression: MIT"])
    return bench.prepare(bench.request("six\n"))


def told(bench: Bench, generation: int | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        bill(str(bench.home), "Switch Driver", generation, cwd=str(bench.root))
    )
    return found


def test_a_bill(bench: Bench, made: Environment) -> None:
    (six,) = told(bench)["components"]
    assert (six["name"], six["version"]) == ("six", "1.16.0")
    assert told(bench, 1) == told(bench)


def test_what_it_says_of_itself(bench: Bench, made: Environment) -> None:
    (six,) = told(bench)["components"]
    assert six["licenses"][0]["license"]["id"] == "MIT"
    path = Path(made.site_packages, "six-1.16.0.dist-info", "METADATA")
    path.unlink()
    path.mkdir()
    (six,) = told(bench)["components"]
    assert "licenses" not in six


def test_the_environment_is_gone(bench: Bench, made: Environment) -> None:
    with pytest.raises(EnvironmentBroken, match="no generation 2"):
        told(bench, 2)
    shutil.rmtree(Path(made.prefix).parent)
    with pytest.raises(EnvironmentBroken, match="not there any more") as raised:
        told(bench)
    assert raised.value.code == "ENV_UNKNOWN"


def test_a_receipt_that_is_none(bench: Bench, made: Environment) -> None:
    Path(made.receipt).unlink()
    Path(made.receipt).write_bytes(b"[]")
    with pytest.raises(EnvironmentBroken, match="receipt cannot be read"):
        told(bench)


def test_without_the_extra(bench: Bench, made: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cyclonedx.output.json", None)
    with pytest.raises(ImportError):
        told(bench)
