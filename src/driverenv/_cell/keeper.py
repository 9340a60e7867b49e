"""The process between the warden and the foreign code (POSIX): it enters the namespaces, starts the code and sees it end.

In a process namespace it is the first process: when it ends, the kernel ends all others there, however
they hid. What it has to say it writes to the warden as lines of JSON: `failed`, else `ready`, then
`status` or `error`; with `ready`, outside of namespaces, comes the `group` of the code.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import resource
import signal
import sys
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from driverenv._cell.terms import Limits, Order

USER, PID, NET, IPC, MOUNT = "user", "pid", "net", "ipc", "mount"
LADDER: tuple[tuple[str, ...], ...] = (
    (USER, PID, NET, IPC, MOUNT),
    (USER, PID, NET, IPC),
    (USER, NET),
    (),
)
"""Which namespaces are tried, the most first; without the user's own, an ordinary account gets none of the others."""
_COUNTED_APART_SINCE = (5, 14)
"""From this Linux on, a user namespace counts its processes by itself."""
_MARGIN = 32
"""So many processes more than allowed the kernel lets it have: else nobody would see that it wanted more."""
_REFUSED = {
    errno.ENOSPC: "this account may have no namespaces (user.max_user_namespaces)",
    errno.EPERM: "namespaces are refused to this account, by a policy of the system or of its container",
    errno.EACCES: "namespaces are refused to this account, by a policy of the system or of its container",
    errno.EINVAL: "this kernel has no such namespaces",
    errno.ENOSYS: "this kernel has no such namespaces",
}
"""Why a namespace cannot be had, in words: what the system says of it misleads."""
_TOLD = 1


class Pipes(NamedTuple):
    """Descriptors for writing."""

    notes: int
    output: int

    def tell(self, **note: object) -> None:
        """A line for the warden."""
        os.write(self.notes, json.dumps(note).encode() + b"\n")


def keep(order: Order, features: Sequence[str], pipes: Pipes) -> NoReturn:
    """Enter the namespaces of `features`, run the code, tell how it went, and end. Runs in a forked process."""
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1):  # those are between the warden and driverenv
            os.dup2(nothing, descriptor)
        _keep(order, features, pipes)
    except OSError as error:
        with contextlib.suppress(OSError):
            pipes.tell(failed=error.strerror or str(error))
    finally:
        os._exit(_TOLD)


def _keep(order: Order, features: Sequence[str], pipes: Pipes) -> None:
    if sys.platform == "linux":
        from driverenv._cell import linux  # noqa: PLC0415 (Linux only)

        linux.die_with_parent()
        if features:
            _enter(features)
        if PID in features:
            _be_the_first(pipes)
            linux.die_with_parent()
        if features:
            _settle(order, features)
    child = os.fork()
    if child == 0:
        _become(order, features, pipes)
    os.close(pipes.output)
    pipes.tell(ready=True, group=child if not features else 0)
    pipes.tell(status=_reap_until(child))


def _enter(features: Sequence[str]) -> None:
    from driverenv._cell import linux  # noqa: PLC0415

    flags = {PID: linux.CLONE_NEWPID, NET: linux.CLONE_NEWNET, IPC: linux.CLONE_NEWIPC}
    flags[MOUNT] = linux.CLONE_NEWNS
    uid, gid = os.geteuid(), os.getegid()
    try:
        linux.unshare(linux.CLONE_NEWUSER)
        linux.stay_who_we_are(uid, gid)
        linux.unshare(sum(flags[feature] for feature in features if feature != USER))
    except OSError as error:
        number = error.errno or 0
        raise OSError(number, _REFUSED.get(number, f"namespaces: {error.strerror}")) from error


def _be_the_first(pipes: Pipes) -> None:
    """Go on as the first process of the new namespace; the one that made it waits for it, and passes nothing on."""
    first = os.fork()
    if first:
        for descriptor in pipes:
            os.close(descriptor)
        os.waitpid(first, 0)
        os._exit(_TOLD)


def _settle(order: Order, features: Sequence[str]) -> None:
    from driverenv._cell import linux, view  # noqa: PLC0415

    program = order.argv[0]
    if os.path.lexists(program) and not os.access(program, os.X_OK):  # an administrator's powers end here
        raise PermissionError(errno.EACCES, f"{program} belongs to another account")
    if NET in features:
        linux.loopback_up()
    if MOUNT in features:
        with contextlib.suppress(OSError), open("/proc/sys/user/max_user_namespaces", "w") as file:
            file.write("0")  # no namespaces inside of ours: less of the kernel to attack
        view.narrow(order.work, order.private, order.needed, services=order.network)
        view.own_processes_only()


def _become(order: Order, features: Sequence[str], pipes: Pipes) -> NoReturn:
    """Turn into the code."""
    try:
        os.setsid()
        _bound(order.limits, features)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)  # Python ignores these, and that would be handed on
        for standard in (1, 2):
            os.dup2(pipes.output, standard)
        os.chdir(order.cwd)
        if features:
            from driverenv._cell import linux  # noqa: PLC0415

            linux.give_up_powers()
        os.execve(order.argv[0], list(order.argv), dict(order.environ))  # noqa: S606 (that is the point)
    except OSError as error:
        pipes.tell(error=f"{error.strerror or error}: {error.filename or order.argv[0]}")
    finally:
        os._exit(127)


def _bound(limits: Limits, features: Sequence[str]) -> None:
    """What the kernel itself limits; each of these holds for one process, but for their number."""
    wanted = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: limits.disk}
    # On Linux what a process really has, not what it merely reserves: some programs reserve a lot.
    wanted[resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS] = limits.memory
    if sys.platform == "linux":
        wanted[resource.RLIMIT_NPROC] = limits.processes + _MARGIN + _counted_already(features)
    for kind, most in wanted.items():
        _, hard = resource.getrlimit(kind)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):  # macOS does not limit all of these
            resource.setrlimit(kind, (bound, bound))


def _counted_already(features: Sequence[str]) -> int:
    """The tasks of this account that count as well."""
    release = tuple(int(part) for part in os.uname().release.split(".")[:2] if part.isdigit())
    if USER in features and release >= _COUNTED_APART_SINCE:
        return 0
    from driverenv._cell import watch  # noqa: PLC0415

    return watch.tasks_of(os.getuid())


def _reap_until(child: int) -> int:
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == child:
            return os.waitstatus_to_exitcode(status)
