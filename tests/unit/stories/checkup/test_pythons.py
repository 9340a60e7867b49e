from __future__ import annotations

import sys
from pathlib import Path

import pytest

from driverenv.errors import InterpreterNotFound
from driverenv.interpreter.examination import Examined, examine
from driverenv.model.finding import FAIL, OK, WARN, Finding
from driverenv.model.site import Policy
from driverenv.stories.checkup import pythons
from driverenv.stories.site import base_executable

BASE = Path(base_executable())


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two aliases of the running Python and something that is none; each is asked once."""
    asked: dict[Path, Examined] = {}

    def once(path: Path, *, parts: bool = True) -> Examined:
        if path.name == "nowhere":
            raise InterpreterNotFound("it does not run")
        if path not in asked:
            asked[path] = examine(path)
        found = asked[path]
        return found if parts else Examined(found.interpreter, ())

    monkeypatch.setattr(pythons, "known", lambda _default, _environ: [BASE, Path("/nowhere")])
    monkeypatch.setattr(pythons, "examine", once)


def look(policy: Policy, python: str | None = None, *, fast: bool = False) -> list[Finding]:
    return list(pythons.section(python, policy, {}, fast=fast).findings)


def test_those_that_are_meant_then_the_rest() -> None:
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    own, named, absent, other = look(Policy(pythons={"3": running, "undeclared": "3.1"}))
    assert own.detail.startswith(f"for drivers that name none: {running}")
    assert own.detail.endswith("; environments can be made")
    assert own.data["executable"] == named.data["executable"]
    assert named.detail.startswith("for drivers that say 3: ")
    assert (absent.status, "metadata names none (3.1): there is no Python 3.1" in absent.detail) == (
        FAIL,
        True,
    )
    assert (other.code, other.status) == ("python-other", OK)


def test_fast_is_without_trials_and_without_the_rest() -> None:
    (own,) = look(Policy(), fast=True)
    assert "environments" not in own.detail


def test_one_that_lacks_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = examine(BASE)
    monkeypatch.setattr(pythons, "examine", lambda _path: Examined(whole.interpreter, ("ssl",)))
    (own,) = look(Policy(), fast=True)
    assert (own.status, own.data["lacking"]) == (WARN, ["ssl"])
    assert "it cannot import ssl" in own.detail
