"""Fixtures for all tests, and the guards around each of them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext, suppress
from pathlib import Path

import pytest

from tests.kit import guards
from tests.kit.factories import (
    ForwardProxyFactory,
    NginxFactory,
    PypiServerFactory,
    RawServerFactory,
    SdistFactory,
    StaticIndexFactory,
    UniverseFactory,
    WheelFactory,
)

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(autouse=True)
def _isolated_home(_homes: Path) -> Iterator[Path]:
    """An own, empty home folder for the test and its subprocesses; no settings of this machine."""
    home = _homes / str(next(_NUMBERS))
    home.mkdir()
    with guards.replaced_environ(guards.isolated_environment(home, os.environ)):
        yield home
    with suppress(OSError):
        home.rmdir()  # where it stayed empty


@pytest.fixture(autouse=True)
def _guarded(request: pytest.FixtureRequest, _isolated_home: Path) -> Iterator[None]:
    """Fail a test that changes cwd or environment, or reaches beyond loopback unless marked `online`."""
    online = request.node.get_closest_marker("online") is not None
    before = guards.process_state()
    watch = nullcontext(list[str]()) if online else guards.loopback_only()
    with watch as refused:
        yield
    after = guards.process_state()
    os.chdir(before[0])
    problems = guards.changes(before, after) + refused
    if problems:
        pytest.fail("; ".join(problems), pytrace=False)


@pytest.fixture
def home(_isolated_home: Path) -> Path:
    """The test's own home folder, HOME of its subprocesses."""
    return _isolated_home


@pytest.fixture
def make_wheel(tmp_path: Path) -> WheelFactory:
    """Make wheels, in `tmp_path/dists` unless a folder is given."""
    return WheelFactory(tmp_path / "dists")


@pytest.fixture
def make_sdist(tmp_path: Path) -> SdistFactory:
    """Make sdists, in `tmp_path/dists` unless a folder is given."""
    return SdistFactory(tmp_path / "dists")


@pytest.fixture
def universe() -> UniverseFactory:
    """Make a universe of TOML text or of a mapping."""
    return UniverseFactory()


@pytest.fixture
def _servers() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def pypiserver(tmp_path: Path, _servers: ExitStack) -> PypiServerFactory:
    """Start real pypiserver processes."""
    return PypiServerFactory(tmp_path / "pypiserver-logs", _servers)


@pytest.fixture
def static_index(_servers: ExitStack) -> StaticIndexFactory:
    """Start static indexes on loopback."""
    return StaticIndexFactory(_servers)


@pytest.fixture
def raw_server(_servers: ExitStack) -> RawServerFactory:
    """Start servers that misbehave by script."""
    return RawServerFactory(_servers)


@pytest.fixture
def forward_proxy(tmp_path: Path, _servers: ExitStack) -> ForwardProxyFactory:
    """Start real forward proxies."""
    return ForwardProxyFactory(tmp_path / "proxy-logs", _servers)


@pytest.fixture
def nginx(tmp_path: Path, _servers: ExitStack) -> NginxFactory:
    """Start the real nginx."""
    return NginxFactory(tmp_path / "nginx", _servers)
