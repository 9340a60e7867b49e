"""A site to crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.stories.bench import Bench, copy_home, prime


@pytest.fixture(scope="session")
def primed_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder after its first launch; never changed."""
    return prime(tmp_path_factory.mktemp("primed") / "home")


@pytest.fixture
def bench(tmp_path: Path, primed_home: Path) -> Bench:
    """A site of its own."""
    return Bench(tmp_path, copy_home(primed_home, tmp_path / "home"))
