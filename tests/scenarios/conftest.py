"""The servers that scenarios share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.scenarios.lab import Lab, open_lab


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Real servers whose content changes from scenario to scenario."""
    with open_lab(tmp_path_factory.mktemp("lab")) as opened:
        yield opened
