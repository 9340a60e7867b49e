from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from driverenv.environment.legacy import make_legacy_layout
from driverenv.errors import InterpreterNotFound
from tests.unit.environment.conftest import Site


def test_not_on_windows_yet(site: Site, tmp_path: Path) -> None:
    with pytest.raises(InterpreterNotFound, match="on Windows"):
        make_legacy_layout(replace(site.interpreter, windows=True), tmp_path / "made")
