"""A real forward proxy on loopback (proxy.py, a process of its own), perhaps with a password."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ._forward_proxy import LOG_VARIABLE

READY_WITHIN = 30.0
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class ForwardProxy:
    """A running proxy. It takes every name below ``.test`` for this machine, and refuses all others with 403."""

    port: int
    log_file: Path
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        """Its address, without a password."""
        return f"127.0.0.1:{self.port}"

    @property
    def asked(self) -> list[str]:
        """What it made a way to: ``CONNECT host:port``, ``GET host:port``, one for each connection."""
        return self.log_file.read_text(encoding="utf-8").splitlines()


@contextmanager
def run_forward_proxy(logs: Path, *, login: str = "") -> Iterator[ForwardProxy]:
    """Run one; `login` is the ``user:password`` that it wants (RFC 7617)."""
    logs.mkdir(parents=True, exist_ok=True)
    token = secrets.token_hex(4)
    port_file, log_file = logs / f"proxy-{token}.port", logs / f"proxy-{token}.log"
    log_file.touch()
    options = ["--hostname", "127.0.0.1", "--port", "0", "--port-file", str(port_file), "--threaded"]
    options += ["--num-acceptors", "1", "--num-workers", "1", "--log-level", "e"]
    options += ["--plugins", "tests.kit._forward_proxy.OnlyHere"]
    options += ["--basic-auth", login] if login else []
    with log_file.with_suffix(".out").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "proxy", *options],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=logs,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(_ROOT), LOG_VARIABLE: str(log_file)},
        )
    try:
        yield ForwardProxy(_port(process, port_file, log_file), log_file, process)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """At once, and its workers with it: they may outlive who started them."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _port(process: subprocess.Popen[bytes], port_file: Path, log_file: Path) -> int:
    """Where it listens, once it does."""
    deadline = time.monotonic() + READY_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        text = port_file.read_text(encoding="utf-8").strip() if port_file.exists() else ""
        if text:
            try:
                socket.create_connection(("127.0.0.1", int(text)), timeout=READY_WITHIN).close()
            except OSError:
                pass
            else:
                return int(text)
        time.sleep(0.01)  # between two polls
    output = log_file.with_suffix(".out").read_text(encoding="utf-8", errors="replace")
    msg = f"the forward proxy did not start: {output}"
    raise RuntimeError(msg)


__all__ = ["ForwardProxy", "run_forward_proxy"]
