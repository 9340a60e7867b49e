from __future__ import annotations

import sys
from pathlib import Path

import pytest

from driverenv.examine.mounts import Mount, linux_mounts, mac_mounts, mount_of, nearest

LINUX = [
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n",
    "30 22 0:26 / /srv/my\\040share rw - nfs4 filer:/x rw,vers=4.2\n",
    "31 22 0:27 / /srv/my\\040share/disk rw shared:3 master:1 - xfs /dev/sdb rw\n",
    "32 22 0:28 / /srv/my\\040share/disk rw - fuse.sshfs me@host: rw\n",
    "broken\n",
]
MAC = """\
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
//me@filer/share on /Volumes/share (smbfs, nodev, nosuid, mounted by me)
nonsense
"""


@pytest.mark.parametrize(
    ("folder", "kind", "remote"),
    [
        ("/srv", "ext4", False),
        ("/srv/my share/x", "nfs4", True),
        ("/srv/my shared", "ext4", False),
        ("/srv/my share/disk", "fuse.sshfs", True),
    ],
)
def test_linux(folder: str, kind: str, remote: bool) -> None:
    found = nearest(folder, linux_mounts(LINUX))
    assert found is not None
    assert (found.kind, found.is_remote) == (kind, remote)


def test_mac() -> None:
    assert list(mac_mounts(MAC)) == [
        Mount("/", "apfs", is_remote=False),
        Mount("/Volumes/share", "smbfs", is_remote=True),
    ]
    assert nearest("/Volumes/share/home", mac_mounts(MAC)) == Mount("/Volumes/share", "smbfs", is_remote=True)


def test_nothing_is_mounted() -> None:
    assert nearest("/x", []) is None


@pytest.mark.skipif(sys.platform != "linux", reason="what every Linux has")
def test_here(tmp_path: Path) -> None:
    found = mount_of(str(tmp_path))
    assert found is not None
    assert str(tmp_path).startswith(found.place)
    assert mount_of("/proc") == Mount("/proc", "proc", is_remote=False)
