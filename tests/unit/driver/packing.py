"""Zips of drivers, as sites hand them over."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping


def zipped(members: Mapping[str, bytes | str]) -> bytes:
    """A zip file with these members, in this order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(
                zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, compress_type=zipfile.ZIP_DEFLATED
            )
    return out.getvalue()


DRIVER: dict[str, bytes | str] = {
    "driver.py": "print('lab')\n",
    "drivermetadata.xml": '<Driver Name="Lab Switch" PythonVersion="3"/>',
    "requirements.txt": "six\n",
}
