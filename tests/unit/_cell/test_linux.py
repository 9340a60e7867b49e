"""What can be asked of the system without leaving a trace in this process; `test_keeper` has the rest."""

from __future__ import annotations

import os
import sys

import pytest

if sys.platform != "linux":
    pytest.skip("calls of Linux", allow_module_level=True)

from driverenv._cell import linux


def test_mount_points_are_read_with_their_flags() -> None:
    line = rb"36 35 98:0 /mnt1 /mnt/a\040b ro,nosuid,relatime shared:1 - ext3 /dev/root rw,errors=continue"
    assert linux._mount_point(line) == ("/mnt/a b", linux.MS_RDONLY | linux.MS_NOSUID | 1 << 21)
    assert "/" in [path for path, _ in linux.mounts()]


def test_what_the_system_refuses_is_an_error() -> None:
    with pytest.raises(OSError, match="unshare"):
        linux.unshare(-1)
    with pytest.raises(OSError, match="mount /none"):
        linux.mount("none", "/none", flags=linux.MS_BIND)
    with pytest.raises(OSError, match="mount_setattr"):
        linux.set_flags("/none", add=linux.MS_RDONLY)


def test_a_machine_on_which_the_number_of_the_call_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    strange = os.uname_result(("Linux", "host", "6.0", "1", "mips64"))
    monkeypatch.setattr(os, "uname", lambda: strange)
    with pytest.raises(OSError, match="unknown here") as caught:
        linux.set_flags("/", add=linux.MS_RDONLY)
    assert caught.value.errno == 38
