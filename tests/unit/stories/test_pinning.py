from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.pylock import Pylock

from driverenv import Index
from tests.unit.stories.bench import Bench


def locked(receipt: str) -> Pylock:
    text = Path(receipt).with_name("pylock.toml").read_text(encoding="utf-8")
    return Pylock.from_dict(tomllib.loads(text))


def test_every_environment_has_its_lock(bench: Bench) -> None:
    wheel = bench.wheel("six", "1.16.0", requires=["alpha"])
    sdist = bench.sdist("alpha", "2.0")
    made = bench.prepare(bench.request("six\n", builds="allowed"))
    lock = locked(made.receipt)
    alpha, six = lock.packages
    assert (alpha.name, str(alpha.version), six.name, str(six.version)) == ("alpha", "2.0", "six", "1.16.0")
    assert alpha.sdist is not None
    assert alpha.sdist.path == str(sdist)
    assert six.wheels is not None
    assert six.wheels[0].path == str(wheel)
    assert six.tool is not None
    assert six.tool["driverenv"]["requested-by"] == ["requirements.txt line 1: six"]
    assert lock.tool is not None
    assert lock.tool["driverenv"]["environment"] == made.key
    assert [path.parent.name for path in bench.home.glob("environments/*/pylock.toml")] == [
        made.key
    ]  # no build's


def test_a_driver_without_requirements(bench: Bench) -> None:
    assert locked(bench.prepare(bench.request("")).receipt).packages == []


@pytest.mark.skipif(sys.platform != "linux", reason="paths are text elsewhere")
def test_a_path_that_is_no_text(bench: Bench) -> None:
    bench.wheel("six")
    odd = os.fsdecode(os.fsencode(bench.index) + b"\xff")
    bench.index.rename(odd)
    request = bench.request("six\n")
    made = bench.prepare(request.replace(policy=bench.policy(local=[Index(odd, name="lab")])))
    assert not Path(made.receipt).with_name("pylock.toml").exists()
    (log,) = Path(made.receipt).parent.glob("*.log")
    assert "there is no pylock.toml" in log.read_text(encoding="utf-8")
