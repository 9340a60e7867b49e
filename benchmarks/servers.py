"""The local indexes, each a process of its own on loopback."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

HERE = Path(__file__).resolve().parent
KINDS = ("static", "pypiserver", "watched")
USUAL = ("static", "pypiserver")
SETTLES = 2.5
"""Seconds until `watched` trusts that its folder stays as it is; before, it walks it as `pypiserver` does."""


@contextmanager
def serving(kind: str, folder: Path, environ: dict[str, str]) -> Iterator[str]:
    """Serve `folder`; give the URL of the simple index."""
    port = _free_port() if kind == "pypiserver" else 0
    log = subprocess.DEVNULL
    command = _command(kind, folder, port)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environ) as process:
        try:
            if not port:
                assert process.stdout is not None
                said = json.loads(process.stdout.readline())
                port = said if kind == "static" else said["port"]
            _wait_for(port)
            url = f"http://127.0.0.1:{port}/simple/"
            notice(kind, url)
            yield url
        finally:
            process.terminate()


def _command(kind: str, folder: Path, port: int) -> list[str]:
    if kind == "static":
        return [sys.executable, "-P", str(HERE / "static_index.py"), str(folder)]
    if kind == "watched":
        serve = ["index", "serve", str(folder), "--port", "0", "--json"]
        return [sys.executable, "-P", "-m", "driverenv", *serve]
    where = ["-i", "127.0.0.1", "-p", str(port)]
    plain = ["--backend", "simple-dir", "--disable-fallback"]  # whether watchdog happens to be here or not
    return [sys.executable, "-m", "pypiserver", "run", *where, *plain, str(folder)]


def notice(kind: str, url: str) -> None:
    """Let the server see what its folder has now, so that no measured request pays for that."""
    ask(url)
    if kind == "watched":
        time.sleep(SETTLES)
        ask(url)


def ask(url: str) -> bytes:
    """One page."""
    with urlopen(url, timeout=120) as answer:  # noqa: S310 (our own server)
        page: bytes = answer.read()
        return page


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
