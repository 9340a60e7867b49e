"""Start a real pypiserver, wait until it answers, and end it cleanly."""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from driverenv.errors import ServerFailed, foreign

ANYWHERE = ("0.0.0.0", "::")  # noqa: S104 (what a person may ask for)
_READY_SECONDS = 30.0
_END_SECONDS = 5.0
_ARGUMENTS = ("-P", "-m", "driverenv.repository.hosting")


@dataclass(frozen=True, slots=True)
class Terms:
    """What is served, and to whom."""

    folder: str
    host: str = "127.0.0.1"
    port: int = 8036
    """0: any that is free."""
    passwords: str | None = None
    """A file as htpasswd makes it; None: nobody may upload."""
    protect: tuple[str, ...] = ("update",)
    """What needs a password: "update", "download", "list"."""
    verbose: bool = False
    """Whether each request is shown."""


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers."""

    url: str
    """Its base address, as settings want it."""
    port: int
    version: str
    """pypiserver's."""
    process: subprocess.Popen[str]
    log: IO[str] | None

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for its end; False after `seconds`. Raises `ServerFailed`: it ended by itself."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        raise ServerFailed(
            f"the server ended by itself (exit status {self.process.returncode})",
            facts=(("it said", foreign(_tail(self.log))),) if self.log else (),
            remedies=("start it again; with --verbose it shows each request",),
            data={"status": self.process.returncode},
        )


@contextlib.contextmanager
def served(terms: Terms, *, within: float = _READY_SECONDS) -> Iterator[Served]:
    """A pypiserver in a process of its own, ended at the end; it ends with this process in any case.

    Raises `ServerFailed`: `SERVER_MISSING`, `SERVER_PORT`, `SERVER_PASSWORDS`, `SERVER_FAILED`.
    """
    with contextlib.ExitStack() as opened:
        log = None if terms.verbose else opened.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8"))
        process = subprocess.Popen(
            [sys.executable, *_ARGUMENTS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            encoding="utf-8",
        )
        opened.callback(_end, process)
        assert process.stdin is not None  # noqa: S101 (asked for above)
        assert process.stdout is not None  # noqa: S101
        asked = {name: getattr(terms, name) for name in Terms.__slots__}
        with contextlib.suppress(OSError):  # it ended at once; what it said tells why
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
        told = _told(process.stdout.readline())
        if "listening" not in told:
            raise _failed(terms, told, log)
        port = int(told["listening"])
        _await_health(terms, port, within)
        yield Served(_url(terms.host, port), port, str(told["version"]), process, log)


def _told(line: str) -> dict[str, str]:
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _end(process: subprocess.Popen[str]) -> None:
    """It ends when nobody holds its standard input any more."""
    for stream in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            if stream is not None:
                stream.close()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _await_health(terms: Terms, port: int, within: float) -> None:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(terms.host, terms.host)  # noqa: S104 (what a person asked for)
    end = time.monotonic() + within
    while True:
        if _is_healthy(host, port, max(1.0, end - time.monotonic())):
            return
        if time.monotonic() > end:
            raise ServerFailed(
                f"the server does not answer within {within:g} seconds",
                facts=(("asked", f"{_url(host, port)}/health"),),
                remedies=(
                    "is the folder on a share that hangs? try again, or with a folder on this machine",
                ),
                data={"url": _url(host, port)},
            )
        time.sleep(0.05)


def _is_healthy(host: str, port: int, timeout: float) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _failed(terms: Terms, told: dict[str, str], log: IO[str] | None) -> ServerFailed:
    kind, detail = told.get("failed", "other"), foreign(told.get("detail") or _tail(log))
    place = f"{terms.host} port {terms.port}"
    by_kind: dict[str, tuple[str, str, tuple[str, ...]]] = {
        "missing": (
            "SERVER_MISSING",
            "what serves a local index is not installed",
            ("install it: pip install 'driverenv[server]'",),
        ),
        "port": (
            "SERVER_PORT",
            f"{foreign(place)} cannot be used: {detail}",
            (
                "is a server running there already? end it, or name another port with --port",
                "ports below 1024 need rights that this account may not have",
            ),
        ),
        "passwords": (
            "SERVER_PASSWORDS",
            "the file of passwords cannot be used",
            ("make one: driverenv index password FILE USER (or: htpasswd -c -5 FILE USER)",),
        ),
    }
    usual = ("SERVER_FAILED", "the server does not start", ("try again with --verbose",))
    code, summary, remedies = by_kind.get(kind, usual)
    return ServerFailed(
        summary,
        code=code,
        facts=(("folder", foreign(terms.folder)), ("because", detail)),
        remedies=remedies,
        data={"folder": terms.folder, "host": terms.host, "port": terms.port, "kind": kind},
    )


def _tail(log: IO[str] | None) -> str:
    if log is None:
        return "it ended without a word"
    log.seek(0)
    return " ".join(log.read().split()[-40:]) or "it ended without a word"
