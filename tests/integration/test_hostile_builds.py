"""Hostile sdists: each is contained, named in the error, and leaves no process, no folder and no wheel behind."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from driverenv.errors import BuildFailed
from driverenv.model.site import Policy
from driverenv.store import Store
from tests.kit.hostile import HOSTILE, MARK, Hostile, with_mark
from tests.unit.test_build import Bench

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


def can_isolate() -> bool:
    """Whether this machine lets this account have namespaces: what the tests' own look says, not driverenv's."""
    asked = ["unshare", "--user", "--map-current-user", "--net", "--pid", "--mount", "--fork", "true"]
    try:
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


ISOLATED = can_isolate()


def kinds(*, isolated: bool) -> list[object]:
    """One parameter a kind; `isolated` or not, what can be held at all."""
    return [
        pytest.param(one, id=name, marks=[pytest.mark.slow] if one.slow or not isolated else [])
        for name, one in HOSTILE.items()
        if isolated or not one.needs_isolation
    ]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    mark = f"C.{uuid.uuid4().hex}"
    environ = {"PATH": os.defpath, "SECRET_TOKEN": "hunter2", MARK: mark}
    return Bench(tmp_path / "home", environ=environ)


def play(bench: Bench, kind: Hostile, sandbox: str) -> None:
    bench.policy = Policy(build_limits=kind.limits, build_sandbox=sandbox)
    if kind.error:
        with pytest.raises(BuildFailed) as caught:
            bench.build(build_code=kind.code)
        assert caught.value.code == kind.error
        assert kind.word in str(caught.value)
        assert not list((bench.home / "wheels").rglob("manifest"))
    else:
        bench.build(build_code=kind.code)
    assert with_mark(bench.environ[MARK]) == []
    assert list((bench.home / "staging").glob("*/*")) == []
    assert not list(Path("/tmp").glob("planted-by-a-build"))  # noqa: S108
    assert not list(bench.home.rglob("planted-by-a-build"))


@pytest.mark.skipif(not ISOLATED, reason="this machine gives no namespaces")
@pytest.mark.parametrize("kind", kinds(isolated=True))
def test_isolated(bench: Bench, kind: Hostile) -> None:
    bench.environ["SECRET_OF_THE_HOST"] = "hunter2"
    with_secret = {**bench.environ, MARK: "C"}
    host = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env=with_secret
    )  # another process of this account, whose variables a build may not read, and that it may not end
    with host:
        play(bench, kind, "required")
        assert host.poll() is None
        assert host.stdin is not None
        host.stdin.close()
    kept = Store(bench.home)
    assert kept.logs.is_dir()


@pytest.mark.parametrize("kind", kinds(isolated=False))
def test_without_isolation(bench: Bench, kind: Hostile) -> None:
    play(bench, kind, "off")
