"""A program that prepares under the interpreter's own audit hook; each attempt to reach anybody is told.

In: a line of JSON with pickled requests. Out: what each call came to, and who was reached for: addresses of
sockets, names that were looked up, programs that were started.
"""

from __future__ import annotations

import base64
import json
import pickle
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from driverenv import Request

REACHING = ("socket.connect", "socket.sendto", "socket.sendmsg")
LOOKING_UP = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo")
STARTING = ("subprocess.Popen", "os.posix_spawn", "os.exec", "os.system")


@dataclass(frozen=True)
class Audit:
    """What was seen."""

    outcomes: list[str]
    """An error's code, or "ok", for each request."""
    addresses: set[tuple[str, int]]
    """Whoever was to be connected to."""
    names: set[str]
    """Whatever was given to the resolver, addresses included."""
    programs: set[str]


def audit(requests: Sequence[Request], *, environ: Mapping[str, str] | None = None) -> Audit:
    """Prepare these in one new process, one after the other."""
    told = [base64.b64encode(pickle.dumps(request)).decode() for request in requests]
    done = subprocess.run(
        [sys.executable, "-S", __file__],
        input=json.dumps({"path": sys.path, "requests": told}) + "\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
        env=None if environ is None else dict(environ),
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return Audit(
        seen["outcomes"],
        {(host, port) for host, port in seen["addresses"]},
        set(seen["names"]),
        set(seen["programs"]),
    )


def main() -> None:
    """Be the process."""
    told = json.loads(sys.stdin.readline())
    sys.path[:] = told["path"]
    seen: dict[str, list[Any]] = {"outcomes": [], "addresses": [], "names": [], "programs": []}

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in REACHING:
            address = args[1]
            seen["addresses"].append(list(address[:2]) if isinstance(address, tuple) else [str(address), 0])
        elif event in LOOKING_UP:
            seen["names"].append(str(args[0]))
        elif event in STARTING:
            seen["programs"].append(str(args[0]))

    import driverenv

    for raw in told["requests"]:
        request = pickle.loads(base64.b64decode(raw))  # noqa: S301 (our own bytes)
        if not seen["outcomes"]:
            sys.addaudithook(hook)
        try:
            driverenv.prepare(request)
            seen["outcomes"].append("ok")
        except driverenv.DriverEnvError as error:
            seen["outcomes"].append(error.code)
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main()
