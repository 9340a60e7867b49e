"""One wheel into a private folder, ready to be published: by a thread of the launch, or by a process beside it.

`main` is that process (see `store.peer`): a job comes on a line of its input, and an answer goes out on one.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from driverenv import _fs
from driverenv.archive.rules import Label
from driverenv.archive.wheel import Offer
from driverenv.model.amended import Amended
from driverenv.store import manifest, stamps
from driverenv.store.manifest import StoredWheel

READY = f"ready {sys.version_info[:3]}\n".encode()
"""What the process says first. Another Python than this one has nothing to say here."""
_LINE = 1 << 16
_PATIENCE_SECONDS = 2.0


def unpack(staged: Path, archive: Path, root: Path, sha256: str, offer: Offer) -> StoredWheel:
    """Check the wheel at `archive` and unpack it in the empty folder `staged`, which becomes `root`.

    Raises `ArchiveRejected`, and `OSError`; what was written by then is the caller's to throw away.
    """
    (staged / manifest.FILES).mkdir()
    unpacked = offer.unpack(archive, staged / manifest.FILES)
    wheel = manifest.of(unpacked, root, sha256)
    _fs.write_new(str(staged / manifest.FILE_NAME), [manifest.render(wheel)], mode=0o444)
    now = stamps.of_files(str(staged), wheel.entries).now()
    if now is not None:  # else whoever links looks at contents
        _fs.write_new(str(staged / stamps.FILE_NAME), [stamps.render(now)])
    return wheel


def asked(archive: Path, staged: Path, sha256: str, offer: Offer) -> bytes:
    """The job as a line."""
    amended = [offer.amended.requires, sorted(offer.amended.projects)]
    said = [offer.label.filename, offer.project, offer.version, offer.strict, amended, offer.deciding]
    return json.dumps([os.fspath(archive), os.fspath(staged), sha256, said]).encode() + b"\n"


def answer(line: bytes) -> bytes:
    """Do the job of a line. What goes wrong is not told: the launch finds out itself, and says it in its own words."""
    archive, staged, sha256, (filename, project, version, strict, amended, deciding) = json.loads(line)
    said = Amended(amended[0], frozenset(amended[1]))
    offer = Offer(Label(filename), project, version, strict, said, deciding)
    unpack(Path(staged), Path(archive), Path(staged), sha256, offer)
    return done(sha256)


def done(sha256: str) -> bytes:
    """The answer, when the wheel of the archive with this digest is unpacked."""
    return f"{sha256}\n".encode()


def main(parent: int) -> None:
    """Do what comes, until nothing comes any more, or the process `parent` has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who interrupts the launch means the launch
    os.write(1, READY)
    for line in _lines(parent):
        os.write(1, answer(line))


def _lines(parent: int) -> Iterator[bytes]:
    line = b""
    while _is_awaited(parent) and (more := os.read(0, _LINE)):
        line += more
        if line.endswith(b"\n"):
            yield line
            line = b""


def _is_awaited(parent: int) -> bool:
    """Whether something comes, or the input ends; False where nobody is there any more who could say something."""
    if sys.platform != "win32":  # there nobody inherits the other end of the pipe
        import select  # noqa: PLC0415 (elsewhere it is for sockets only)

        while not select.select([0], [], [], _PATIENCE_SECONDS)[0]:
            if os.getppid() != parent:
                return False
    return True
