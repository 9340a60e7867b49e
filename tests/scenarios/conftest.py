"""What scenarios share: servers, and what homes know of interpreters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.scenarios.lab import Lab, open_lab
from tests.scenarios.playing import Homes


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Real servers whose content changes from scenario to scenario."""
    with open_lab(tmp_path_factory.mktemp("lab")) as opened:
        yield opened


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    """New homes for every scenario."""
    return Homes(tmp_path_factory.mktemp("template"))
