"""Run the code on Windows: everything that it starts is in a job, which the system ends with the warden.

The warden is in the job itself, so that nothing can start before it is; limits of memory and processes
are the job's. Network and files stay the account's: Windows takes them from nobody without further rights.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from driverenv._cell.terms import ABANDONED, UNCONFINED, Held, Limits, Order, Report
from driverenv._cell.watch import Breach, Watch

_LIMITS, _PROCESS_LIST = 9, 3  # JobObjectExtendedLimitInformation, JobObjectBasicProcessIdList
_ACTIVE_PROCESS, _DIE_ON_EXCEPTION = 0x8, 0x400
_JOB_MEMORY, _KILL_ON_CLOSE = 0x200, 0x2000
_TERMINATE, _SYNCHRONIZE = 0x1, 0x100000
_WAIT_MILLISECONDS = 5000
_MOST_LISTED = 4096
_ROUNDS = 100
_INPUT, _LOG = 0, 2
_CHUNK = 1 << 16
_BECAUSE = "Windows has no means for it without further rights"


class BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    )


class ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = (
        ("BasicLimitInformation", BasicLimits),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


class ProcessList(ctypes.Structure):
    """JOBOBJECT_BASIC_PROCESS_ID_LIST."""

    _fields_ = (
        ("NumberOfAssignedProcesses", ctypes.c_uint32),
        ("NumberOfProcessIdsInList", ctypes.c_uint32),
        ("ProcessIdList", ctypes.c_size_t * _MOST_LISTED),
    )


class Job:
    """The job that this process, and with it everything that it starts, is in."""

    def __init__(self, kernel: Any, limits: Limits) -> None:  # noqa: ANN401 (a library of the system)
        self._kernel = kernel
        for name in ("CreateJobObjectW", "GetCurrentProcess", "OpenProcess"):
            getattr(kernel, name).restype = ctypes.c_void_p
        self._handle = ctypes.c_void_p(self._checked(kernel.CreateJobObjectW(None, None)))
        wanted = ExtendedLimits()
        basic = wanted.BasicLimitInformation
        basic.LimitFlags = _ACTIVE_PROCESS | _DIE_ON_EXCEPTION | _JOB_MEMORY | _KILL_ON_CLOSE
        basic.ActiveProcessLimit = limits.processes + 1
        wanted.JobMemoryLimit = limits.memory
        size = ctypes.sizeof(wanted)
        self._checked(
            kernel.SetInformationJobObject(self._handle, _LIMITS, ctypes.byref(wanted), size),
        )
        own = ctypes.c_void_p(kernel.GetCurrentProcess())
        self._checked(kernel.AssignProcessToJobObject(self._handle, own))

    def end_others(self, own: int) -> None:
        """End every process of the job but this one, whose id is `own`; what withstands goes with the job."""
        for _ in range(_ROUNDS):
            listed = ProcessList()
            size = ctypes.sizeof(listed)
            arguments = (self._handle, _PROCESS_LIST, ctypes.byref(listed), size, None)
            self._kernel.QueryInformationJobObject(*arguments)
            others = set(listed.ProcessIdList[: listed.NumberOfProcessIdsInList]) - {own}
            if not others:
                return
            for pid in others:
                self._end(pid)

    def _end(self, pid: int) -> None:
        handle = self._kernel.OpenProcess(_TERMINATE | _SYNCHRONIZE, 0, pid)
        if handle:
            process = ctypes.c_void_p(handle)
            self._kernel.TerminateProcess(process, 1)
            self._kernel.WaitForSingleObject(process, _WAIT_MILLISECONDS)
            self._kernel.CloseHandle(process)

    def _checked(self, result: int) -> int:
        if not result:
            raise OSError(f"a job cannot be made: error {self._kernel.GetLastError()}")
        return result


class _Ended(NamedTuple):
    """What the threads have noticed."""

    something: threading.Event
    abandoned: threading.Event
    exited: threading.Event


def run(order: Order) -> Report:
    """Run the code to its end, and answer when no process of it is left."""
    held = Held(network="allowed" if order.network else "open", processes="job", because=_BECAUSE)
    if order.isolation == "required" and not order.network:
        return Report(None, UNCONFINED, _BECAUSE, held)
    library: Callable[[str], Any] = ctypes.WinDLL  # type: ignore[attr-defined]  # Windows only
    job = Job(library("kernel32"), order.limits)
    try:
        process = subprocess.Popen(
            list(order.argv),
            cwd=order.cwd,
            env=dict(order.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except OSError as error:
        return Report(None, "", str(error), held)
    return _watched(order, process, job, held)


def _watched(order: Order, process: subprocess.Popen[bytes], job: Job, held: Held) -> Report:
    watch = Watch((order.work, order.private), order.limits, os.getpid())
    ended = _Ended(threading.Event(), threading.Event(), threading.Event())
    printing = threading.Thread(target=_copy, args=(process, watch), daemon=True)
    printing.start()
    threading.Thread(target=_wait_for_parent, args=(ended,), daemon=True).start()
    threading.Thread(target=_wait_for_code, args=(process, ended), daemon=True).start()
    breach: Breach | None = None
    while breach is None and not ended.exited.is_set():
        ended.something.wait(watch.patience())
        breach = Breach(ABANDONED) if ended.abandoned.is_set() else watch.look()
    job.end_others(os.getpid())
    printing.join(_WAIT_MILLISECONDS / 1000)
    last = watch.last()
    breach = breach or last
    if breach is not None:
        return Report(None, breach.limit, "", held, breach.detail)
    return Report(process.wait(), "", "", held)


def _copy(process: subprocess.Popen[bytes], watch: Watch) -> None:
    assert process.stdout is not None  # noqa: S101 (it is a pipe)
    with contextlib.suppress(OSError):
        while data := os.read(process.stdout.fileno(), _CHUNK):
            left = data[: watch.print(len(data))]
            while left:
                left = left[os.write(_LOG, left) :]


def _wait_for_parent(ended: _Ended) -> None:
    with contextlib.suppress(OSError):
        os.read(_INPUT, 1)
    ended.abandoned.set()
    ended.something.set()


def _wait_for_code(process: subprocess.Popen[bytes], ended: _Ended) -> None:
    process.wait()
    ended.exited.set()
    ended.something.set()
