"""The fixture of all tests of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Commands over faked stories."""
    return Bench(tmp_path)
