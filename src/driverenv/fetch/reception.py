"""A download on its way: resumed where it was cut, never appended to blindly."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from driverenv import _fs
from driverenv._http import Stream, TransportFailure, redacted, trouble_of, wish
from driverenv.events import Downloading, Listener
from driverenv.fetch.promises import SIZE, Job, unavailable

_STEP_BYTES = 1 << 19
_LIMIT_BYTES = 4 << 30
_OK, _PARTIAL, _RANGE_REFUSED = 200, 206, 416
_ABSENT = (404, 410)
_RANGE = re.compile(r"bytes\s+(?P<first>\d{1,18})-(?P<last>\d{1,18})/(?P<whole>\d{1,18}|\*)", re.ASCII)


class Reception:
    """One file on its way: what has come so far, so that a cut is resumed where it happened."""

    def __init__(self, job: Job, staged: Path, on_event: Listener) -> None:
        self._job = job
        self._staged = staged
        self._on_event = on_event
        self._restart()

    def _restart(self) -> None:
        self.received = 0
        self._told = 0
        self._whole: int | None = None
        self._hashers = {name: hashlib.new(name, usedforsecurity=False) for name in self._job.algorithms}
        with _fs.translated(self._staged):
            self._staged.write_bytes(b"")

    def digests(self) -> Mapping[str, str]:
        """What came, by algorithm; its number of bytes as "size"."""
        found = {name: hasher.hexdigest() for name, hasher in self._hashers.items()}
        return found | {SIZE: str(self.received)}

    def take(self, answer: Stream) -> None:
        """Append what comes. Raises `TransportFailure` where it breaks off."""
        self._check_status(answer)
        length = answer.headers.get("content-length", "")
        total = self.received + int(length) if length.isascii() and length.isdigit() else None
        self._whole = total if self._whole is None else self._whole
        limit = self._job.candidate.file.size or _LIMIT_BYTES
        with _fs.translated(self._staged), self._staged.open("ab") as out:
            for chunk in answer.chunks:
                out.write(chunk)
                for hasher in self._hashers.values():
                    hasher.update(chunk)
                self.received += len(chunk)
                if self.received - self._told >= _STEP_BYTES:
                    self._told = self.received
                    self._on_event(Downloading(self._job.filename, self.received, total))
                if self.received > limit:
                    return  # it cannot be the promised file any more
        if total is not None and self.received < total:
            raise TransportFailure("truncated", f"{self.received} of {total} bytes came")

    def _check_status(self, answer: Stream) -> None:
        status = answer.status
        if self.received and status == _PARTIAL:
            self._check_range(answer.headers.get("content-range", ""))
        elif self.received and status in (_OK, _RANGE_REFUSED):
            self._restart()
            if status == _RANGE_REFUSED:
                raise TransportFailure("truncated", "the rest of the file could not be had")
        elif status != _OK:
            raise unavailable(self._job, *_refused(answer, self._job))

    def _check_range(self, content_range: str) -> None:
        """Whether what comes is the rest of the same file, to its end (RFC 9110 section 14.4)."""
        found = _RANGE.fullmatch(content_range.strip())
        if found is None or int(found["first"]) != self.received:
            detail = "it answered a request for the rest of the file with another part of it"
            raise unavailable(self._job, "error", detail)
        if found["whole"] == "*":
            return
        whole = int(found["whole"])
        if self._whole not in (None, whole):
            self._restart()
            raise TransportFailure("truncated", "the file changed while it came")
        if int(found["last"]) != whole - 1:
            raise unavailable(self._job, "error", "it answered a request for the rest of the file with less")


def _refused(answer: Stream, job: Job) -> tuple[str, str]:
    """The kind of trouble, and what was answered instead of the file."""
    listed = "" if job.candidate.direct else " for a file that it lists"
    status = answer.status
    if 300 <= status < 400:  # noqa: PLR2004 (RFC 9110 section 15.4)
        target = redacted(answer.headers.get("location", "")) or "nowhere"
        return "redirect", f"it answered {status}, a redirect to {target}{',' if listed else ''}{listed}"
    trouble = "missing" if status in _ABSENT else trouble_of(status)
    return trouble, f"it answered {status}{listed}{wish(answer.headers)}"
