"""The local indexes, each a process of its own on loopback."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
KINDS = ("static", "pypiserver")


@contextmanager
def serving(kind: str, folder: Path, environ: dict[str, str]) -> Iterator[str]:
    """Serve `folder`; give the URL of the simple index."""
    port = 0 if kind == "static" else _free_port()
    if kind == "static":
        command = [sys.executable, "-P", str(HERE / "static_index.py"), str(folder)]
    else:
        where = ["-i", "127.0.0.1", "-p", str(port)]
        command = [sys.executable, "-m", "pypiserver", "run", *where, "--disable-fallback", str(folder)]
    log = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environ) as process:
        try:
            if kind == "static":
                assert process.stdout is not None
                port = int(process.stdout.readline())
            _wait_for(port)
            yield f"http://127.0.0.1:{port}/simple/"
        finally:
            process.terminate()


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
