"""What the fixtures of `tests/conftest.py` give: factories bound to one test."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Unpack

import pytest

from .forward_proxy import ForwardProxy, run_forward_proxy
from .nginx import NO_NGINX, run_nginx
from .pypiserver import PypiServer, run_pypiserver
from .rawserver import RawServer, serve_raw
from .sdists import SdistOptions, make_sdist
from .sites import Site
from .static_index import StaticIndex, serve
from .universe import IndexData, Universe
from .wheels import WheelOptions, make_wheel


class WheelFactory:
    """`make_wheel("six", "1.16.0", requires=[...])`, into `folder` or the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self, name: str, version: str, folder: Path | None = None, **options: Unpack[WheelOptions]
    ) -> Path:
        return make_wheel(folder or self.folder, name, version, **options)


class SdistFactory:
    """`make_sdist("six", "1.16.0", fail="no compiler")`, into `folder` or the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self, name: str, version: str, folder: Path | None = None, **options: Unpack[SdistOptions]
    ) -> Path:
        return make_sdist(folder or self.folder, name, version, **options)


class UniverseFactory:
    """`universe(toml_text)` or `universe({"local": [...], "public": {...}})`."""

    def __call__(self, content: str | Mapping[str, object]) -> Universe:
        return Universe.loads(content) if isinstance(content, str) else Universe.parse(content)


class PypiServerFactory:
    """`pypiserver(folder, fallback=True, ...)`: a running process, ended with the test."""

    def __init__(self, logs: Path, stack: ExitStack) -> None:
        self._logs, self._stack = logs, stack

    def __call__(
        self,
        folder: Path,
        *,
        fallback: bool = False,
        fallback_url: str | None = None,
        passwords: Mapping[str, str] | None = None,
        authenticate: str = "update,download,list",
        hash_algo: str | None = None,
        overwrite: bool = False,
        extra: tuple[str, ...] = (),
    ) -> PypiServer:
        running = run_pypiserver(
            folder,
            logs=self._logs,
            fallback=fallback,
            fallback_url=fallback_url,
            passwords=passwords,
            authenticate=authenticate,
            hash_algo=hash_algo,
            overwrite=overwrite,
            extra=extra,
        )
        return self._stack.enter_context(running)


class StaticIndexFactory:
    """`static_index(universe_or_index_or_folder)`: a running server, ended with the test."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def __call__(
        self,
        source: Site | IndexData | Universe | Path,
        *,
        tls: ssl.SSLContext | None = None,
        fallback_url: str = "",
    ) -> StaticIndex:
        return self._stack.enter_context(serve(source, tls=tls, fallback_url=fallback_url))


class RawServerFactory:
    """`raw_server()`: a running server without scripts, ended with the test."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def __call__(self) -> RawServer:
        return self._stack.enter_context(serve_raw())


class ForwardProxyFactory:
    """`forward_proxy(login="user:password")`: a running forward proxy, ended with the test."""

    def __init__(self, logs: Path, stack: ExitStack) -> None:
        self._logs, self._stack = logs, stack

    def __call__(self, *, login: str = "") -> ForwardProxy:
        return self._stack.enter_context(run_forward_proxy(self._logs, login=login))


class NginxFactory:
    """`nginx(servers, port=...)`: a running nginx, ended with the test; the test is skipped where there is none."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack

    def __call__(self, servers: str, *, port: int) -> Path:
        if NO_NGINX:
            pytest.skip(NO_NGINX)
        return self._stack.enter_context(run_nginx(servers, port=port, folder=self._folder / str(port)))
