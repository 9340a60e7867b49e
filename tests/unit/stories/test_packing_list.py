from __future__ import annotations

import tomllib
import zipfile

import pytest

from driverenv.errors import RepositoryRefused
from driverenv.repository.bundle import Share
from driverenv.stories.packing_list import incomplete
from tests.unit.resolve.worlds import check_golden
from tests.unit.stories.bench import Bench
from tests.unit.stories.test_bundling import LINUX, WINDOWS, packed


def test_locks_that_other_tools_can_use_from_the_extracted_bundle(bench: Bench) -> None:
    bench.wheel("lib", "1.0", requires=["six[x]>=1"])
    bench.wheel("six", "1.0", extras={"x": []})
    bench.driver("lib<2\n", "A b")
    made = packed(bench, WINDOWS)
    with zipfile.ZipFile(made.path) as archive:
        lock = tomllib.loads(archive.read("locks/A-b/3.9-win_amd64/pylock.toml").decode())
    assert lock["requires-python"] == "==3.9.*"
    assert lock["tool"]["driverenv"] == {"driver": "A b", "target": "3.9-win_amd64"}
    lib, six = lock["packages"]
    assert lib["wheels"][0]["path"] == "../../../files/lib-1.0-py3-none-any.whl"
    assert lib["tool"]["driverenv"]["requested-by"] == ["requirements.txt: lib<2"]
    assert six["tool"]["driverenv"]["requested-by"] == ["lib 1.0: six[x]>=1"]
    assert "index" not in six
    assert len(six["wheels"][0]["hashes"]["sha256"]) == 64


def test_an_sdist_that_says_other_things_elsewhere_counts_as_unknown(bench: Bench) -> None:
    bench.sdist("odd", "1.0", requires=["six"])
    bench.wheel("six", "1.0")
    bench.driver("odd\n", "A")
    made = packed(bench, WINDOWS, LINUX)
    assert made.bundle.item("odd-1.0.tar.gz").requires == ("six",)
    assert len(made.bundle.shares) == 2


def test_what_would_be_lacking() -> None:
    with pytest.raises(RepositoryRefused, match=r"would not hold all that A needs for 3\.9-win32") as caught:
        raise incomplete(Share("A", "3.9-win32", (), ()), ["six"])
    assert caught.value.data["lacking"] == ["six"]


def test_the_text() -> None:
    lacking = ["lib 1.0 needs six>=2", "six: the sdist six-1.0.tar.gz needs setuptools>=80"]
    check_golden(incomplete(Share("Rack Driver", "3.9-win_amd64", (), ()), lacking), "driver")
