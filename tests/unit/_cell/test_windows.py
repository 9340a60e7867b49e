"""The job, against a kernel that only takes notes: Windows itself is not needed for that."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest

from driverenv._cell import windows
from driverenv._cell.terms import Limits
from driverenv._cell.windows import ExtendedLimits, Job, ProcessList

LIMITS = Limits(seconds=1, memory=1 << 30, disk=1, output=1, processes=7)


class Kernel:
    """Answers as kernel32 does; `running` are the processes of the job."""

    def __init__(self, *running: int, refuse: str = "") -> None:
        self.running = set(running)
        self.refuse = refuse
        self.called: list[str] = []
        self.limits = ExtendedLimits()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        def call(*arguments: Any) -> int:  # noqa: ANN401
            self.called.append(name)
            if name == self.refuse:
                return 0
            handler = getattr(type(self), f"do_{name}", None)
            return int(handler(self, *arguments)) if handler else 1

        object.__setattr__(self, name, call)
        return call

    def do_SetInformationJobObject(self, _job: object, kind: int, data: Any, size: int) -> int:  # noqa: N802, ANN401
        assert (kind, size) == (9, ctypes.sizeof(ExtendedLimits))
        ctypes.memmove(ctypes.byref(self.limits), data, size)
        return 1

    def do_QueryInformationJobObject(self, _job: object, kind: int, data: Any, *_: object) -> int:  # noqa: N802, ANN401
        assert kind == 3
        listed = ctypes.cast(data, ctypes.POINTER(ProcessList)).contents
        for number, pid in enumerate(sorted(self.running)):
            listed.ProcessIdList[number] = pid
        listed.NumberOfProcessIdsInList = len(self.running)
        return 1

    def do_OpenProcess(self, _access: int, _inherit: int, pid: int) -> int:  # noqa: N802
        return pid

    def do_TerminateProcess(self, handle: Any, _status: int) -> int:  # noqa: N802, ANN401
        self.running.discard(handle.value)
        return 1

    def do_GetLastError(self) -> int:  # noqa: N802
        return 5


def test_sizes_are_those_of_the_system() -> None:
    if ctypes.sizeof(ctypes.c_void_p) == 8:
        assert ctypes.sizeof(windows.BasicLimits) == 64
        assert ctypes.sizeof(ExtendedLimits) == 144


def test_the_limits_of_the_job() -> None:
    kernel = Kernel()
    Job(kernel, LIMITS)
    basic = kernel.limits.BasicLimitInformation
    assert basic.LimitFlags == 0x2000 | 0x200 | 0x400 | 0x8
    assert (basic.ActiveProcessLimit, kernel.limits.JobMemoryLimit) == (8, 1 << 30)
    assert kernel.called[-1] == "AssignProcessToJobObject"


@pytest.mark.parametrize("name", ["CreateJobObjectW", "SetInformationJobObject", "AssignProcessToJobObject"])
def test_a_job_that_cannot_be_made(name: str) -> None:
    with pytest.raises(OSError, match="a job cannot be made: error 5"):
        Job(Kernel(refuse=name), LIMITS)


def test_all_others_are_ended() -> None:
    kernel = Kernel(10, 11, 12)
    Job(kernel, LIMITS).end_others(11)
    assert kernel.running == {11}
    assert kernel.called.count("CloseHandle") == kernel.called.count("OpenProcess") == 2


def test_one_that_withstands_does_not_hold_us_up() -> None:
    kernel = Kernel(10, 11, refuse="OpenProcess")
    Job(kernel, LIMITS).end_others(11)
    assert kernel.running == {10, 11}
    assert "TerminateProcess" not in kernel.called
