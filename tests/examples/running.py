"""The example server as a process, and a client of it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
HELLO = EXAMPLES / "hello-driver"
HELLO_INDEX = HELLO / "index"
SERVER = [sys.executable, str(EXAMPLES / "execution_server.py")]

Message = dict[str, Any]


class Client:
    """A connection to the server: requests out, answers in."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._answers = self._socket.makefile("rb")

    def send(self, *requests: object) -> None:
        """Send each as a line; bytes as they are."""
        for one in requests:
            line = one if isinstance(one, bytes) else json.dumps(one).encode()
            self._socket.sendall(line + b"\n")

    def no_more(self) -> None:
        """End of file for the server; answers still come."""
        self._socket.shutdown(socket.SHUT_WR)

    def next(self) -> Message:
        """The next answer."""
        line = self._answers.readline()
        assert line, "the server hung up"
        message: Message = json.loads(line)
        return message

    def rest(self) -> list[Message]:
        """All answers until the server hangs up."""
        return [json.loads(line) for line in self._answers]

    def until(self, event: str) -> Message:
        """The next answer of this kind."""
        while (message := self.next())["event"] != event:
            pass
        return message

    def close(self) -> None:
        """Hang up."""
        self._answers.close()
        self._socket.close()


class Server:
    """The running server."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; the exit code and what was said on stderr."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said.decode()

    @contextmanager
    def client(self) -> Iterator[Client]:
        """A new connection."""
        client = Client(self.port)
        try:
            yield client
        finally:
            client.close()


@contextmanager
def execution_server(*options: str | Path) -> Iterator[Server]:
    """Start the example on a free port."""
    command = [*SERVER, *map(str, options)]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            listening = json.loads(process.stdout.readline())
            assert listening["event"] == "listening"
            yield Server(process, listening["port"])
        finally:
            process.kill()


def by_launch(messages: list[Message]) -> dict[str, list[Message]]:
    """The answers of each launch, in their order."""
    found: dict[str, list[Message]] = {}
    for message in messages:
        found.setdefault(message["id"], []).append(message)
    return found


def lines(messages: list[Message]) -> list[str]:
    """What the driver of a launch wrote."""
    return [message["line"] for message in messages if message["event"] == "output"]


def make_driver(folder: Path, requirements: str, code: str) -> Path:
    """A driver's folder."""
    folder.mkdir(parents=True)
    (folder / "requirements.txt").write_text(requirements, encoding="utf-8")
    (folder / "driver.py").write_text(code, encoding="utf-8")
    return folder
