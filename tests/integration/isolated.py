"""A program for a network namespace without any route: it prepares, from a folder and from a pypiserver beside it.

Run as ``unshare -rn python isolated.py``, with a line of JSON: the module search path and a folder to work in. Out:
what became of it, and whether the world outside could be reached.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import json
import socket
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from driverenv import Index

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_FAR_AWAY = ("192.0.2.1", 443)  # RFC 5737: for documentation


def raise_loopback() -> None:
    """A new namespace has a loopback interface, but it is down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        asked = array.array("b", struct.pack("16sH14x", b"lo", 0))
        fcntl.ioctl(handle, _SIOCGIFFLAGS, asked)
        flags = struct.unpack("16sH14x", asked.tobytes())[1]
        fcntl.ioctl(handle, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))


def far_away() -> str:
    """What comes of asking somebody outside."""
    try:
        socket.create_connection(_FAR_AWAY, timeout=20).close()
    except OSError as error:
        return type(error).__name__ + (f" {error.errno}" if error.errno else "")
    return "reached"


def launch(root: Path, name: str, text: str, index: Index) -> str:
    """Prepare a driver; an error's code, or the distributions that were installed."""
    from driverenv import DriverEnvError, Policy, Request, prepare

    driver = root / name
    driver.mkdir(parents=True)
    (driver / "requirements.txt").write_text(text, encoding="utf-8")
    policy = Policy(mode="offline", local=[index], byte_code="never")
    try:
        made = prepare(Request(driver, policy=policy, home=root / "home"))
    except DriverEnvError as error:
        return error.code
    found = Path(made.prefix).glob("**/site-packages/*.dist-info")
    return " ".join(sorted(path.name.partition("-")[0] for path in found))


def main() -> None:
    """Be the process."""
    told = json.loads(sys.stdin.readline())
    sys.path[:] = told["path"]
    from driverenv import Index
    from tests.kit import make_sdist, make_wheel, run_pypiserver

    root = Path(told["root"])
    files = root / "index"
    make_wheel(files, "alpha", "1.0", requires=["beta"])
    make_sdist(files, "beta", "1.0")
    outcome = {"before": far_away()}
    folder = Index(files, name="folder")
    outcome["folder"] = launch(root, "one", "alpha\n", folder)
    outcome["folder, absent"] = launch(root, "two", "ghost\n", folder)
    raise_loopback()
    with run_pypiserver(files, logs=root / "logs", fallback=True) as server:
        index = Index(server.url, name="lab")
        outcome["pypiserver"] = launch(root, "three", "alpha\n# again\n", index)
        outcome["pypiserver, absent"] = launch(root, "four", "ghost\n", index)
    with contextlib.suppress(OSError):
        outcome["after"] = far_away()
    sys.stdout.write(json.dumps(outcome))


if __name__ == "__main__":
    main()
