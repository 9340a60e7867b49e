"""A real pypiserver process on loopback, reading its folder live."""

from __future__ import annotations

import http.client
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .sites import Logged, Request, RequestLog

READY_WITHIN = 30.0
ATTEMPTS = 8
REQUEST_LINE = re.compile(r"kit-request\t(\S+)\t([^\t\n]*)\t(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PypiServer:
    """A running pypiserver."""

    port: int
    folder: Path
    log_file: Path
    process: subprocess.Popen[bytes]
    token: str

    @property
    def url(self) -> str:
        """Its origin, as sites configure it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def simple_url(self) -> str:
        """Its simple index."""
        return f"{self.url}/simple/"

    @property
    def log(self) -> RequestLog:
        """The requests so far (without the kit's own), from pypiserver's own log file."""
        log = RequestLog()
        for method, path, query in REQUEST_LINE.findall(self.log_file.read_text(encoding="utf-8")):
            if query != self.token:
                log.add(self.url, Request(method, path, {}, query))
        return log

    def stop(self) -> None:
        """End the process: asked first, then made to."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


class PypiServerError(RuntimeError):
    """pypiserver did not start; its output is in the text."""


@contextmanager
def run_pypiserver(
    folder: Path,
    *,
    logs: Path,
    fallback: bool = False,
    fallback_url: str | None = None,
    passwords: Mapping[str, str] | None = None,
    authenticate: str = "update,download,list",
    overwrite: bool = False,
    hash_algo: str | None = None,
    extra: tuple[str, ...] = (),
) -> Iterator[PypiServer]:
    """Run pypiserver over `folder`; its log goes into the folder `logs`.

    Without a fallback by default: tests stay on this machine. `passwords` asks for them, for the
    actions in `authenticate`. `hash_algo="off"` gives links without digests.
    """
    options = ["--fallback-url", fallback_url] if fallback_url else []
    options += [] if fallback or fallback_url else ["--disable-fallback"]
    options += ["--hash-algo", hash_algo] if hash_algo else []
    options += ["--overwrite"] if overwrite else []
    logs.mkdir(parents=True, exist_ok=True)
    if passwords is None:
        start = ["-m", "pypiserver", "run"]
        options += ["-a", ".", "-P", "."]
    else:
        start = ["-P", str(Path(__file__).with_name("_pypiserver_main.py")), "run"]
        options += ["-a", authenticate, "-P", str(_password_file(logs, passwords))]
    server = _start(folder, logs, start, [*options, *extra])
    try:
        yield server
    finally:
        server.stop()


def _password_file(logs: Path, passwords: Mapping[str, str]) -> Path:
    path = logs / f"passwords-{secrets.token_hex(4)}"
    path.write_text("".join(f"{user}:{word}\n" for user, word in passwords.items()), encoding="utf-8")
    return path


def _start(folder: Path, logs: Path, start: list[str], options: list[str]) -> PypiServer:
    output = b""
    for _ in range(ATTEMPTS):
        server = _launch(folder, logs, start, options)
        try:
            if _is_ready(server):
                return server
        except BaseException:
            server.stop()
            raise
        server.stop()
        output = server.log_file.with_suffix(".out").read_bytes()
        if b"in use" not in output and b"10048" not in output:
            break  # no clash of ports: trying again would not help
    msg = f"pypiserver did not start: {output.decode('utf-8', 'replace')}"
    raise PypiServerError(msg)


def _launch(folder: Path, logs: Path, start: list[str], options: list[str]) -> PypiServer:
    token = f"kit-{secrets.token_hex(8)}"
    log_file = logs / f"pypiserver-{token}.log"
    log_file.touch()
    port = free_port()
    # simple-dir: the cache that watchdog brings learns of new files only some time later
    common = ["-i", "127.0.0.1", "-p", str(port), "--backend", "simple-dir", "--server", "wsgiref"]
    common += ["-v", "--log-file", str(log_file), "--log-stream", "none"]
    common += ["--log-req-frmt", "kit-request\t%(REQUEST_METHOD)s\t%(PATH_INFO)s\t%(QUERY_STRING)s"]
    common += ["--log-res-frmt", "answered", "--log-err-frmt", "failed"]
    with log_file.with_suffix(".out").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *start, *common, *options, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    return PypiServer(port, folder, log_file, process, token)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_ready(server: PypiServer) -> bool:
    """Does *this* process answer on the port? The token in its log proves that it is no stranger."""
    deadline = time.monotonic() + READY_WITHIN
    while server.process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=READY_WITHIN)
        try:
            connection.request("GET", f"/health?{server.token}")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            pass
        else:
            if server.token in server.log_file.read_text(encoding="utf-8"):
                return True
        finally:
            connection.close()
        if time.monotonic() > deadline:
            msg = f"pypiserver is not ready after {READY_WITHIN} s"
            raise PypiServerError(msg)
        time.sleep(0.01)  # between two polls
    return False


__all__ = ["Logged", "PypiServer", "PypiServerError", "free_port", "run_pypiserver"]
