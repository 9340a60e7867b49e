from __future__ import annotations

import os
from pathlib import Path

import pytest

from driverenv.build import process
from driverenv.build.trial import tried
from driverenv.model.site import Policy
from tests.unit._cell.running import gives_namespaces


@pytest.mark.skipif(os.name != "posix", reason="what holds there")
@pytest.mark.parametrize("sandbox", ["auto", "off"])
def test_what_is_given(tmp_path: Path, sandbox: str) -> None:
    report = tried(Policy(build_sandbox=sandbox), tmp_path)
    assert (report.status, report.error) == (0, "")
    assert (report.held.network == "cut") is (sandbox == "auto" and gives_namespaces())


def test_nothing_to_run_it_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise FileNotFoundError

    monkeypatch.setattr(process, "own_python", none)
    with pytest.raises(FileNotFoundError):
        tried(Policy(), tmp_path)
