"""Whether a home folder may lie where it does: on a network file system locks may not hold, and all rests on locks."""

from __future__ import annotations

from driverenv.errors import HomeUnusable, foreign
from driverenv.examine import mounts
from driverenv.examine.mounts import Mount

UNSUITABLE = "HOME_UNSUITABLE"
REMEDY = "name a folder on a disk of this machine, for each server its own: --home DIR"


def told(mount: Mount) -> str:
    """What is wrong with a file system that is another machine's."""
    kind, place = foreign(mount.kind), foreign(mount.place)
    return (
        f"{kind}, mounted at {place}, is another machine's: locks may not hold there, and launches are slow"
    )


def check(home: str) -> None:
    """Refuse a home folder on a file system of another machine. Raises `HomeUnusable` (`HOME_UNSUITABLE`)."""
    mount = mounts.mount_of(home)
    if mount is not None and mount.is_remote:
        raise unsuitable(home, mount)


def unsuitable(home: str, mount: Mount) -> HomeUnusable:
    """The error for people."""
    return HomeUnusable(
        f"the home folder is on a network file system: {told(mount)}",
        code=UNSUITABLE,
        facts=(
            ("home", foreign(home)),
            (
                "why it counts",
                "two launches could make the same environment at once, or one be removed while it is used",
            ),
        ),
        remedies=(
            REMEDY,
            'or, where locks (flock) are known to hold for all machines that use it: network_home = "allow" in the settings',
        ),
        data={"home": home, "place": mount.place, "kind": mount.kind},
    )
