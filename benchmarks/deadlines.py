"""How long a bad index holds a launch up, and how much memory it costs: ``python -m benchmarks.deadlines``.

Each case is a real server that misbehaves to the byte, and a launch in a process of its own with every
default in place; what is timed is the call of `prepare`, until its error. Limits: a dead index 2 s, one that
hangs 12 s, one that dribbles or never ends 31 s; 256 MiB at most. Exit status 1 where one is broken.

The control waits for nothing: what it takes, a busy machine adds to every other case.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import resource
import socket
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from driverenv import Index, Policy, Request, prepare
from driverenv.errors import DriverEnvError
from tests.kit import rawserver, refused_port, serve_raw

DEAD, HANGING, DRIBBLING = 2.0, 12.0, 31.0
"""Seconds."""
MEMORY = 256.0
"""MiB."""
MANY = 12
"""So many names at once, where it says "many": more than an index is asked about at a time."""
PAGE = b"<!DOCTYPE html><html><body><a href='a-1.0-py3-none-any.whl'>a-1.0-py3-none-any.whl</a></body></html>"
ROW = b"<a href='a-1.0-py3-none-any.whl'>a-1.0-py3-none-any.whl</a>\n"
LARGEST = 31 << 20

Place = contextlib.AbstractContextManager[str]


@dataclass(frozen=True)
class Case:
    """A misbehaviour: where the index is, what the launch must end with, and when at the latest."""

    name: str
    limit: float
    place: Callable[[], Place]
    names: int = 1
    before: str = ""
    """Python that the launch's process runs first."""


def served(
    script: rawserver.Script, *, root: rawserver.Script | None = None, tls: bool = False
) -> Callable[[], Place]:
    """An index whose every page is played by `script`, its root by another one, if so."""

    @contextlib.contextmanager
    def place() -> Iterator[str]:
        with serve_raw() as server:
            server.otherwise(script)
            if root is not None:
                server.script("/simple/", root)
            if tls:
                server.on_accept(*[script] * 1000)
            yield server.simple_url.replace("http:", "https:") if tls else server.simple_url

    return place


def with_file(script: rawserver.Script) -> Callable[[], Place]:
    """An index with a page as it should be, and a file that is played by `script`."""

    @contextlib.contextmanager
    def place() -> Iterator[str]:
        with serve_raw() as server:
            server.script("/simple/a/", rawserver.page(PAGE))
            server.otherwise(script)
            yield server.simple_url

    return place


@contextlib.contextmanager
def nobody() -> Iterator[str]:
    """A port where every connection is refused."""
    with refused_port() as port:
        yield f"http://127.0.0.1:{port}/simple/"


@contextlib.contextmanager
def full() -> Iterator[str]:
    """A port that answers no SYN any more: its queue is full and nobody accepts."""
    with contextlib.ExitStack() as opened, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = opened.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/simple/"


@contextlib.contextmanager
def named(host: str) -> Iterator[str]:
    """An index at a host that only a resolver can find."""
    yield f"http://{host}:8036/simple/"


def bomb() -> rawserver.Script:
    """A page of a gigabyte in a thousandth of it."""
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    part = ROW * ((1 << 20) // len(ROW))
    packed = b"".join(packer.compress(part) for _ in range(1024)) + packer.flush()
    return rawserver.page(packed, headers={"Content-Encoding": "gzip"})


def slow_headers(wire: rawserver.Wire) -> None:
    """A header that never ends, a byte a second."""
    wire.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not wire.wait_for_stop(1):
        wire.send(b"x")


def paced(per_second: int) -> rawserver.Script:
    """A page that never ends, at so many bytes a second."""

    def play(wire: rawserver.Wire) -> None:
        wire.send(rawserver.head())
        while not wire.wait_for_stop(0.1):
            wire.send(b"x" * (per_second // 10))

    return play


def largest(wire: rawserver.Wire) -> None:
    """The largest page that is still read: links, and nothing but links."""
    wire.send(rawserver.head(headers={"Content-Length": str(LARGEST)}))
    text = b"<!DOCTYPE html><html><body>" + ROW * 9_000
    text += b"<!-- " + b"x" * (LARGEST - len(text) - 23) + b" --></body></html>\n"
    wire.send(text)


def legal_page(name: str) -> rawserver.Script:
    """The largest page that keeps every bound: as many links as may be, as long as may be."""

    def play(wire: rawserver.Wire) -> None:
        row = b"<a href='%s/%s-%d.0-py3-none-any.whl'>x</a>\n"
        parts = b"d" * 260, name.replace("-", "_").encode()
        text = b"<!DOCTYPE html><html><body>" + b"".join(row % (*parts, n) for n in range(100_000))
        text += b"</body></html>"
        wire.send(rawserver.head(headers={"Content-Length": str(len(text))}))
        wire.send(text)

    return play


@contextlib.contextmanager
def legal() -> Iterator[str]:
    """An index where every project has such a page."""
    with serve_raw() as server:
        for name in asked_for(MANY):
            server.script(f"/simple/{name}/", legal_page(name))
        yield server.simple_url


def asked_for(count: int) -> list[str]:
    """The projects that a driver needs."""
    return ["a", *(f"name-{number}" for number in range(1, count))]


HANG = """
import socket, threading
real = socket.getaddrinfo
def getaddrinfo(host, *rest, **options):
    if host == "pypi.lab.invalid":
        threading.Event().wait()
    return real(host, *rest, **options)
socket.getaddrinfo = getaddrinfo
"""
UNKNOWN = HANG.replace("threading.Event().wait()", 'raise socket.gaierror(socket.EAI_NONAME, "unknown")')
SILENT = rawserver.never_answer()
LORIS = rawserver.trickle(PAGE * 10, pause=1.0)


def cases() -> tuple[Case, ...]:
    """All of them, those of TRUST first."""
    packed = bomb()
    busy = rawserver.page(b"", "503 Busy")
    later = rawserver.page(b"", "429 Slow", {"Retry-After": "3600"})
    soon = rawserver.page(b"", "429 Slow", {"Retry-After": "9"})
    nothing = rawserver.page(b"", "404 Not Found")
    return (
        Case("control: 404 at once", DEAD, served(nothing)),
        Case("refused", DEAD, nobody),
        Case("refused, many", DEAD, nobody, MANY),
        Case("name unknown", DEAD, lambda: named("pypi.lab.invalid"), before=UNKNOWN),
        Case("name unknown, many", DEAD, lambda: named("pypi.lab.invalid"), MANY, UNKNOWN),
        Case("closed without an answer", DEAD, served(rawserver.close_without_answer())),
        Case("reset", DEAD, served(rawserver.reset_before_answer()), MANY),
        Case("resolver hangs", HANGING, lambda: named("pypi.lab.invalid"), before=HANG),
        Case("resolver hangs, many", HANGING, lambda: named("pypi.lab.invalid"), MANY, HANG),
        Case("no SYN answered", HANGING, full),
        Case("no SYN answered, many", HANGING, full, MANY),
        Case("never answers", HANGING, served(SILENT)),
        Case("never answers, many", HANGING, served(SILENT), MANY),
        Case("TLS never answers", HANGING, served(SILENT, tls=True)),
        Case("TLS never answers, many", HANGING, served(SILENT, tls=True), MANY),
        Case("headers a byte a second", HANGING, served(slow_headers)),
        Case("headers a byte a second, many", HANGING, served(slow_headers), MANY),
        Case("loris", DRIBBLING, served(LORIS)),
        Case("loris, many", DRIBBLING, served(LORIS), MANY),
        Case("dribble, 2 KiB a second", DRIBBLING, served(paced(2048))),
        Case("dribble, 2 KiB a second, many", DRIBBLING, served(paced(2048)), MANY),
        Case("endless", DRIBBLING, served(rawserver.endless())),
        Case("endless, many", DRIBBLING, served(rawserver.endless()), MANY),
        Case("endless in chunks, many", DRIBBLING, served(rawserver.endless(chunked=True)), MANY),
        Case("endless, 2 MiB a second, many", DRIBBLING, served(paced(2 << 20)), MANY),
        Case("gzip bomb", DRIBBLING, served(packed)),
        Case("gzip bomb, many", DRIBBLING, served(packed), MANY),
        Case("the largest page", DRIBBLING, served(largest)),
        Case("the largest page, many", DRIBBLING, served(largest), MANY),
        Case("largest legal page", DRIBBLING, legal),
        Case("largest legal page, many", DRIBBLING, legal, MANY),
        Case("503", DRIBBLING, served(busy), MANY),
        Case("429, again in an hour", DEAD, served(later), MANY),
        Case("429, again in 9 s", DRIBBLING, served(soon)),
        Case("file never answers", HANGING, with_file(SILENT)),
        Case("file a byte a second", DRIBBLING, with_file(LORIS)),
    )


@dataclass(frozen=True)
class Measured:
    """What became of a case."""

    case: Case
    code: str
    seconds: float
    mebibytes: float

    @property
    def holds(self) -> bool:
        """Whether it kept its limits."""
        return self.seconds <= self.case.limit and self.mebibytes <= MEMORY and self.code != "none"


def measure(case: Case, home: str) -> Measured:
    """Play one case."""
    with case.place() as location:
        asked = json.dumps({"location": location, "names": case.names, "home": home, "before": case.before})
        command = [sys.executable, "-m", "benchmarks.deadlines", "--launch", asked]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise SystemExit(done.stderr)
    return Measured(case, *json.loads(done.stdout.splitlines()[-1]))


def launch(asked: str) -> None:
    """Be the process that launches; answers the error's code, seconds, and the most memory that was used."""
    told = json.loads(asked)
    exec(told["before"], {})  # noqa: S102 (one of the texts above)
    names = asked_for(told["names"])
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "requirements.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
        policy = Policy(mode="offline", local=[Index(told["location"], name="lab")], byte_code="never")
        began = time.perf_counter()
        try:
            prepare(Request(folder, policy=policy, home=told["home"]))
            code = "none"
        except DriverEnvError as error:
            code = error.code
        seconds = time.perf_counter() - began
    print(json.dumps([code, round(seconds, 2), round(_most_memory(), 1)]))
    sys.stdout.flush()


def _most_memory() -> float:
    """MiB that this process has had at most; on Linux not what its parent had before it."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1 << (20 if sys.platform == "darwin" else 10)
    )


def prime(home: str) -> None:
    """Let the interpreter be known, as after the first launch."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "requirements.txt").write_text("", encoding="utf-8")
        policy = Policy(mode="offline", local=[Index(folder, name="lab")], byte_code="never")
        prepare(Request(folder, policy=policy, home=home))


def main() -> int:
    """Play all cases, or those whose names have one of the words."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deadlines", description=__doc__)
    parser.add_argument("words", nargs="*", help="only cases whose names have one of these words")
    parser.add_argument("--launch", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.launch:
        launch(options.launch)
        return 0
    broken = 0
    with tempfile.TemporaryDirectory() as home:
        prime(home)
        print(f"| {'case':<32} | {'error':<20} | seconds | limit | MiB |\n|---|---|---|---|---|")
        for case in cases():
            if options.words and not any(word in case.name for word in options.words):
                continue
            found = measure(case, home)
            broken += not found.holds
            row = f"| {case.name:<32} | {found.code:<20} | {found.seconds:7.2f} | {case.limit:5.0f} | {found.mebibytes:3.0f} |"
            print(row + ("" if found.holds else " BROKEN"), flush=True)
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
