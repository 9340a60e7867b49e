"""What hostile sdists do when they are built: code for `Sdist(build_code=...)`, by what it tries.

Each is contained in one of three ways: the build is stopped at a limit, it fails by itself because what
it tries is not to be had, or it succeeds and has achieved nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MARK = "LC_CTYPE"
"""The variable by which processes of a build are known: it passes into builds, and what they start has it."""


@dataclass(frozen=True)
class Hostile:
    """One kind of hostile build."""

    code: str
    limits: Mapping[str, float] = field(default_factory=dict)
    """What it needs to be stopped soon, by the names of the setting `build_limits`."""
    error: str = ""
    """The code of the error; empty where the build succeeds."""
    word: str = ""
    """What the error says."""
    needs_isolation: bool = False
    """Whether only isolation by the system holds it."""
    slow: bool = False


_DAEMON = """
import os, sys
ready, told = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(told, b"x")
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(3600)"])
    os._exit(0)
os.read(ready, 1)
"""

HOSTILE: dict[str, Hostile] = {
    "looks for secrets in its variables": Hostile(
        "import os\nassert not [v for v in os.environ.values() if 'hunter2' in v]"
    ),
    "looks for secrets in variables of other processes": Hostile(
        """
import glob
for path in glob.glob("/proc/[0-9]*/environ"):
    try:
        with open(path, "rb") as file:
            assert b"hunter2" not in file.read(), path
    except OSError:
        pass
""",
        needs_isolation=True,
    ),
    "opens a connection": Hostile(
        "import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=60)",
        error="BUILD_FAILED",
        word="a build has no network",
        needs_isolation=True,
    ),
    "asks for a name": Hostile(
        "import socket\nsocket.getaddrinfo('pypi.org', 443)",
        error="BUILD_FAILED",
        word="a build has no network",
        needs_isolation=True,
        slow=True,
    ),
    "talks to a service of the machine": Hostile(
        """
import os, socket, stat
for folder in ("/run", "/tmp", "/var/tmp", "/dev/shm"):
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            assert not stat.S_ISSOCK(os.lstat(path).st_mode), path
""",
        needs_isolation=True,
        slow=True,
    ),
    "leaves a daemon": Hostile(_DAEMON),
    "leaves a daemon that catches its orphans": Hostile(
        "import ctypes\nctypes.CDLL(None).prctl(36, 1, 0, 0, 0)\n" + _DAEMON, slow=True
    ),
    "leaves a child that holds its output": Hostile(
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3600)'], start_new_session=True)"
    ),
    "hangs": Hostile(
        _DAEMON + "import time\nprint('begun', flush=True)\ntime.sleep(3600)",
        {"minutes": 1 / 40},
        error="BUILD_TIMEOUT",
        word="did not end within",
    ),
    "prints without end": Hostile(
        "import os\nwhile True: os.write(1, b'x' * 65535 + b'\\n')",
        {"output_mib": 1},
        error="BUILD_LIMIT",
        word="printed more than 1 MiB",
    ),
    "prints a gigabyte": Hostile(
        "import os\nfor _ in range(1024): os.write(1, (b'x' * 1023 + b'\\n') * 1024)",
        error="BUILD_LIMIT",
        word="printed more than 64 MiB",
        slow=True,
    ),
    "writes a file without end": Hostile(
        "with open('big', 'wb') as big:\n    while True: big.write(b'x' * 65536)",
        {"disk_mib": 20},
        error="BUILD_LIMIT",
        word="20 MiB",
    ),
    "writes files without end": Hostile(
        "import itertools\nfor n in itertools.count():\n    with open('f%d' % n, 'wb') as f: f.write(b'x' * 1000000)",
        {"disk_mib": 20},
        error="BUILD_LIMIT",
        word="20 MiB",
        slow=True,
    ),
    "fills the disk with files that have no name": Hostile(
        """
import os, time
held = []
for number in range(40):
    held.append(open("f%d" % number, "wb", buffering=0))
    os.unlink("f%d" % number)
    held[-1].write(b"x" * 1000000)
time.sleep(3600)
""",
        {"disk_mib": 20},
        error="BUILD_LIMIT",
        word="20 MiB",
        slow=True,
    ),
    "nests folders without end": Hostile(
        "import os, time\nfor _ in range(1500):\n    os.mkdir('d'); os.chdir('d')\ntime.sleep(3600)",
        error="BUILD_LIMIT",
        word="200 deep",
        slow=True,
    ),
    "hides what it writes": Hostile(
        "import os\nos.mkdir('h')\nwith open('h/f', 'wb') as f: f.write(b'x' * 30000000)\nos.chmod('h', 0)",
        {"disk_mib": 20},
        error="BUILD_LIMIT",
        word="20 MiB",
        slow=True,
    ),
    "takes all memory": Hostile(
        "hog = bytearray(1 << 30)", {"memory_mib": 300}, error="BUILD_LIMIT", word="300 MiB of memory"
    ),
    "takes all memory in parts": Hostile(
        "import os, time\n"
        "for _ in range(6):\n    if os.fork() == 0: hog = bytearray(b'x') * (100 << 20); time.sleep(3600)\n"
        "time.sleep(3600)",
        {"memory_mib": 300},
        error="BUILD_LIMIT",
        word="300 MiB of memory",
        slow=True,
    ),
    "forks without end": Hostile(
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
        {"processes": 100},
        error="BUILD_LIMIT",
        word="100 processes",
        needs_isolation=True,
        slow=True,
    ),
    "ends what it can": Hostile(
        "import os, signal\n"
        "for number in (os.getppid(), -1):\n"
        "    try: os.kill(number, signal.SIGKILL)\n"
        "    except OSError: pass",
        needs_isolation=True,
    ),
    "changes its tools": Hostile(
        "import os, sys\nwith open(os.path.join(sys.prefix, 'lib', 'evil.pth'), 'w'): pass",
        error="BUILD_FAILED",
        word="write outside of its own folder",
        needs_isolation=True,
    ),
    "changes the store": Hostile(
        "import os\n"
        "home = os.path.abspath('../../../../../..')\n"
        "assert 'staging' in os.listdir(home)\n"
        "try:\n"
        "    os.makedirs(os.path.join(home, 'documents'), exist_ok=True)\n"
        "    with open(os.path.join(home, 'documents', 'planted-by-a-build'), 'w'): pass\n"
        "except OSError: pass",
        needs_isolation=True,
        slow=True,
    ),
    "writes where programs meet": Hostile(
        "import os\n"
        "for folder in ('/tmp', '/var/tmp', '/dev/shm'):\n"
        "    with open(os.path.join(folder, 'planted-by-a-build'), 'w'): pass",
        needs_isolation=True,
        slow=True,
    ),
    "changes the system": Hostile(
        """
import os
for path in ("/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/etc/hostname", "/sys/kernel/uevent_seqnum"):
    try:
        os.open(path, os.O_WRONLY)
    except OSError:
        continue
    raise AssertionError(path)
""",
        needs_isolation=True,
        slow=True,
    ),
}


def with_mark(mark: str) -> list[int]:
    """The processes of this machine that have `mark` among their variables."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                data = Path("/proc", name, "environ").read_bytes()
            except OSError:
                continue
            if mark.encode() in data:
                found.append(int(name))
    return found
