from __future__ import annotations

from pathlib import Path

from driverenv._http import open_transport
from driverenv.model.finding import Finding
from driverenv.model.fleet import Fleet
from driverenv.model.site import Policy
from driverenv.settings.passwords import UNKNOWN_KEY
from driverenv.stories.checkup.fleet import section


def looked(store: str, *, key: str = "k" * 32, write: bool = False, offline: bool = False) -> Finding:
    with open_transport(Policy()) as transport:
        (found,) = section(Fleet(store, key=key, write=write), transport, offline=offline).findings
    assert key not in f"{found}"
    return found


def test_one_line(tmp_path: Path) -> None:
    share = str(tmp_path)
    assert looked(share).detail.startswith(f"{share} answers; this server reads there; the key is ")
    assert "reads and writes" in looked(share, write=True).detail
    gone = looked(f"{share}/gone", write=True)
    assert (gone.code, gone.status) == ("fleet-unusable", "warn")
    assert looked(share, key=UNKNOWN_KEY).code == "fleet-key"
    assert looked("s3://wheels", offline=True).code == "fleet-offline"
