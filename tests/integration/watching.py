"""A program that prepares while the interpreter's own audit events are counted; what it saw goes out as JSON.

In: a line of JSON with a pickled request, and how often it is prepared. Out: the events of sockets and
processes, and the modules that were loaded by importing driverenv and by the last call.
"""

from __future__ import annotations

import base64
import json
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from driverenv import Request


def watch(requests: Sequence[Request]) -> dict[str, Any]:
    """Prepare these in one new process; what was seen there."""
    told = [base64.b64encode(pickle.dumps(request)).decode() for request in requests]
    done = subprocess.run(
        [sys.executable, "-S", __file__],
        input=json.dumps({"path": sys.path, "requests": told}) + "\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def main() -> None:
    """Be the process."""
    told = json.loads(sys.stdin.readline())
    sys.path[:] = told["path"]
    seen: list[str] = []

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event.startswith("socket.") or event in {"subprocess.Popen", "os.fork", "os.posix_spawn"}:
            seen.append(f"{event} {args[1:]!r}")

    before = set(sys.modules)
    import driverenv

    first = sorted(set(sys.modules) - before)
    answers = []
    count = len(seen)
    for number, raw in enumerate(told["requests"]):
        request = pickle.loads(base64.b64decode(raw))  # noqa: S301 (our own bytes)
        if number == 0:
            sys.addaudithook(hook)
        count = len(seen)
        answers.append(driverenv.prepare(request).prefix)
    loaded = sorted(set(sys.modules) - before)
    sys.stdout.write(
        json.dumps(
            {"imported": first, "loaded": loaded, "events": seen, "last": seen[count:], "answers": answers}
        )
    )


if __name__ == "__main__":
    main()
