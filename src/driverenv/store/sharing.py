"""Sharing without harm: the files of a wheel are looked at before each link, and their new stamps kept after it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from driverenv import _fs
from driverenv.store import stamps
from driverenv.store.damage import Damaged, Finding, settled
from driverenv.store.stamps import Part, Stamps

_TRIES = 5
_READING = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_BOTH = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


def check(root: str, parts: Sequence[Part]) -> None:
    """Look at the stamps of a wheel's files, and at the contents of those whose stamps changed.

    Args:
        root: the wheel's folder.
        parts: its files, then its byte code, if that is to be looked at.

    Raises:
        Damaged: a file is not what it was.
        OSError: the system refuses.
        HomeUnusable: another process holds the wheel and does not let go of it.
    """
    if not all(map(is_as_recorded, parts)):
        with linking(root, parts):
            pass


@contextmanager
def linking(root: str, parts: Sequence[Part]) -> Iterator[None]:
    """The same, and then hold the wheel while links to its files are made or removed.

    Between the looks at both ends nothing but ctimes may have changed, else the record stays as it
    was and the next one looks closer; so it does where this process dies.
    """
    with _held(root, parts) as descriptors:
        before = [_checked(root, part, one) for part, one in zip(parts, descriptors, strict=True)]
        try:
            yield
        finally:
            for part, descriptor, was in zip(parts, descriptors, before, strict=True):
                _renew(part, descriptor, was)


@contextmanager
def _held(root: str, parts: Sequence[Part]) -> Iterator[list[int]]:
    """The records of `parts`, open; that of the wheel's own files is locked, for all of them."""
    with ExitStack() as opened:
        for _ in range(_TRIES):
            try:
                first = opened.enter_context(_fs.locked_file(parts[0].record))
                if os.path.samestat(os.fstat(first), os.stat(parts[0].record)):
                    break
            except FileNotFoundError:
                pass
            opened.close()  # it was put aside while we stood at the lock: another one may have taken its place
        else:
            raise Damaged(root, [Finding(root, "it is gone")])
        descriptors = [first]
        for part in parts[1:]:
            descriptors.append(os.open(part.record, _BOTH, 0o644))
            opened.callback(os.close, descriptors[-1])
        yield descriptors


def is_as_recorded(part: Part) -> bool:
    """Whether the stamps of `part` are those of its record. Raises `OSError`."""
    now = part.now()
    try:
        descriptor = os.open(part.record, _READING)
    except FileNotFoundError:
        return False
    try:
        return now is not None and stamps.content(descriptor) == stamps.render(now)
    finally:
        os.close(descriptor)


def _checked(root: str, part: Part, descriptor: int) -> Stamps:
    """The stamps of `part` as they are, and as its record has them from now on."""
    data, now = stamps.content(descriptor), part.now()
    if now is not None and data == stamps.render(now):
        return now
    found, findings = settled(part, stamps.parse(data))
    if findings:
        raise Damaged(root, findings, "" if part.folder.startswith(f"{root}/files") else part.folder)
    stamps.write(descriptor, found)
    return found


def _renew(part: Part, descriptor: int, before: Stamps) -> None:
    try:
        after = part.measured(part.shared)
    except OSError:
        return
    if after != before.shared and stamps.only_links_changed(before.shared, after):
        stamps.write(descriptor, Stamps(after, before.other))
