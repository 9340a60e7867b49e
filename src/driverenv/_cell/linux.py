"""The calls of Linux that Python has no names for (or has only since 3.12)."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import re
import struct

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18

_PR_SET_PDEATHSIG, _PR_CAPBSET_DROP = 1, 24
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 36, 38
_SIGKILL = 9
_MOUNT_SETATTR = 442
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_SAME_NUMBER = re.compile(r"x86_64|i[3-6]86|aarch64|armv\w+|ppc64\w*|s390x|riscv64|loongarch64")
"""Machines on which `mount_setattr` has that number."""
_SIOCSIFFLAGS, _UP_AND_RUNNING = 0x8914, 0x41
_CAPABILITIES = 64
_FLAGS = {"ro": MS_RDONLY, "nosuid": MS_NOSUID, "nodev": MS_NODEV, "noexec": MS_NOEXEC}
_FLAGS |= {"noatime": 1 << 10, "nodiratime": 1 << 11, "relatime": 1 << 21}

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Leave the namespaces of `flags` for new ones. Raises `OSError`, like all of these."""
    _checked(_libc.unshare(flags), "unshare")


def die_with_parent() -> None:
    """Let the kernel kill this process when its parent ends."""
    _checked(_libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0), "prctl")


def adopt_orphans() -> None:
    """Whoever loses its parent among this process's descendants becomes its child."""
    _checked(_libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl")


def give_up_powers() -> None:
    """No capability, now or through any program that is started."""
    for number in range(_CAPABILITIES):
        if _libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0) != 0 and ctypes.get_errno() == errno.EINVAL:
            break  # the kernel has no more
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")


def stay_who_we_are(uid: int, gid: int) -> None:
    """In a new user namespace: keep the own user and group, so that files stay ours; all others are nobody."""
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1\n"),
        ("gid_map", f"{gid} {gid} 1\n"),
    ):
        descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)


def loopback_up() -> None:
    """Bring up the loopback device of a new network namespace, so that programs can talk to themselves."""
    import _socket  # noqa: PLC0415 (the module socket costs more than all else here)

    one = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
    try:
        fcntl.ioctl(one.fileno(), _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _UP_AND_RUNNING))
    finally:
        one.close()


def mount(source: str, target: str, kind: str = "", flags: int = 0) -> None:
    """Mount `source` at `target`, or change what is mounted there."""
    result = _libc.mount(
        os.fsencode(source), os.fsencode(target), kind.encode() or None, ctypes.c_ulong(flags), None
    )
    _checked(result, f"mount {target}")


def set_flags(target: str, *, add: int = 0, remove: int = 0, recursive: bool = False) -> None:
    """Change flags of the mount at `target`, and of all below it; needs Linux 5.12 (else `ENOSYS`)."""
    if not _SAME_NUMBER.fullmatch(os.uname().machine):
        raise OSError(errno.ENOSYS, "mount_setattr: unknown here")
    attributes = struct.pack("QQQQ", add, remove, 0, 0)  # up to noexec its flags are those of mount(2)
    result = _libc.syscall(
        _MOUNT_SETATTR,
        _AT_FDCWD,
        os.fsencode(target),
        _AT_RECURSIVE if recursive else 0,
        attributes,
        ctypes.c_size_t(len(attributes)),
    )
    _checked(result, f"mount_setattr {target}")


def mounts() -> list[tuple[str, int]]:
    """Every mount point that this process has, in order, with its flags."""
    with open("/proc/self/mountinfo", "rb") as file:
        return [_mount_point(line) for line in file]


def _mount_point(line: bytes) -> tuple[str, int]:
    fields = line.split()
    path = re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8)]), fields[4])
    flags = 0
    for option in fields[5].decode("ascii", "replace").split(","):
        flags |= _FLAGS.get(option, 0)
    return os.fsdecode(path), flags
