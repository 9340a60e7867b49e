"""Which file system a folder is on, and whether that is another machine's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from typing import NamedTuple

_REMOTE = frozenset(
    {"9p", "afp", "afpfs", "afs", "beegfs", "ceph", "cifs", "davfs", "fuse.sshfs", "gfs2", "glusterfs"}
    | {"lustre", "nfs", "nfs4", "ocfs2", "smb2", "smb3", "smbfs", "vboxsf", "webdav"}
)
_ESCAPED = re.compile(r"\\([0-7]{3})")
_MAC = re.compile(r"^(?P<source>.+) on (?P<place>/.*) \((?P<kind>[^,)]+)")
_DRIVE_REMOTE = 4


class Mount(NamedTuple):
    """A file system as it is mounted."""

    place: str
    kind: str
    """ "ext4", "nfs4", "NTFS" ..."""
    is_remote: bool


def mount_of(folder: str) -> Mount | None:
    """The file system that `folder` is on; None where this system does not say."""
    real = os.path.realpath(folder)
    if sys.platform == "win32":
        return _of_drive(real)
    try:
        if sys.platform == "darwin":
            told = subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=False, timeout=5)
            return nearest(real, mac_mounts(told.stdout))
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
            return nearest(real, linux_mounts(lines))
    except (OSError, subprocess.SubprocessError):
        return None


def nearest(folder: str, mounts: Iterable[Mount]) -> Mount | None:
    """The mount that `folder` is below, the one nearest to it; of two at one place the later."""
    found = None
    for one in mounts:
        is_above = folder == one.place or folder.startswith(one.place.rstrip("/") + "/")
        if is_above and (found is None or len(one.place) >= len(found.place)):
            found = one
    return found


def linux_mounts(lines: Iterable[str]) -> Iterable[Mount]:
    """The lines of ``/proc/self/mountinfo`` (proc(5))."""
    for line in lines:
        left, separator, right = line.partition(" - ")
        words, kind = left.split(" "), right.partition(" ")[0]
        if separator and len(words) > 4:  # noqa: PLR2004 (the fifth is the place)
            place = _ESCAPED.sub(lambda found: chr(int(found[1], 8)), words[4])
            yield _mount(place, kind)


def mac_mounts(text: str) -> Iterable[Mount]:
    """What ``mount`` prints on macOS."""
    for line in text.splitlines():
        found = _MAC.match(line)
        if found:
            yield _mount(found["place"], found["kind"])


def _mount(place: str, kind: str) -> Mount:
    return Mount(place, kind, kind.lower() in _REMOTE)


if sys.platform == "win32":
    import ctypes

    def _of_drive(folder: str) -> Mount | None:
        drive = os.path.splitdrive(folder)[0] + "\\"
        name = ctypes.create_unicode_buffer(64)
        kernel = ctypes.windll.kernel32
        known = kernel.GetVolumeInformationW(drive, None, 0, None, None, None, name, len(name))
        is_remote = drive.startswith("\\\\") or kernel.GetDriveTypeW(drive) == _DRIVE_REMOTE
        return Mount(drive, name.value if known else "unknown", is_remote)
