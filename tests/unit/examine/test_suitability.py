from __future__ import annotations

import pytest

from driverenv.errors import HomeUnusable
from driverenv.examine import mounts, suitability
from driverenv.examine.mounts import Mount
from tests.unit.resolve.worlds import check_golden

NFS = Mount("/srv/share", "nfs4", is_remote=True)


@pytest.mark.parametrize("mount", [None, Mount("/", "ext4", is_remote=False)])
def test_a_disk_of_this_machine(mount: Mount | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounts, "mount_of", lambda _folder: mount)
    suitability.check("/srv/home")


def test_another_machines() -> None:
    check_golden(suitability.unsuitable("/srv/share/driverenv", NFS), "network")


def test_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounts, "mount_of", lambda _folder: NFS)
    with pytest.raises(HomeUnusable) as caught:
        suitability.check("/srv/share/driverenv")
    assert (caught.value.code, caught.value.data["kind"]) == ("HOME_UNSUITABLE", "nfs4")
