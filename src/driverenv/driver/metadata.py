"""``drivermetadata.xml``: the name of a driver, and which Python it is written for.

Only the attributes of the root element count.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from driverenv._xml import NotXml, root
from driverenv.errors import RequirementsInvalid, foreign

NAME = "drivermetadata.xml"
SIZE = 8 * 1024 * 1024
"""Bytes; more is no description of a driver."""

CODE = "DRIVER_INVALID"
_VERSION = re.compile(r"(?:python\s*)?(\d+(?:\.\d+){0,2})", re.IGNORECASE | re.ASCII)


class Metadata(NamedTuple):
    """What the root element says."""

    name: str = ""
    version: str = ""
    python: str = ""
    """"3", "3.9" or "2"; empty where it says nothing."""


def parse(data: bytes, shown: str) -> Metadata:
    """The metadata in the bytes of the file that messages call `shown`.

    Raises `RequirementsInvalid` (`DRIVER_INVALID`).
    """
    if len(data) > SIZE:
        raise _invalid(shown, f"it is larger than {SIZE} bytes")
    try:
        found = {name: value.strip() for name, value in root(data).attributes.items()}
    except NotXml as error:
        raise _invalid(shown, str(error)) from None
    python = found.get("pythonversion", "")
    version = _VERSION.fullmatch(python)
    if python and version is None:
        raise _invalid(shown, f'PythonVersion="{python}" is no version', 'write PythonVersion="3", or "3.9"')
    return Metadata(found.get("name", ""), found.get("version", ""), version[1] if version else "")


def _invalid(shown: str, detail: str, remedy: str = "") -> RequirementsInvalid:
    return RequirementsInvalid(
        f"{foreign(shown)} cannot be read: {foreign(detail)}",
        code=CODE,
        remedies=(remedy or f"correct {foreign(shown)}: one element with Name, Version and PythonVersion",),
        data={"file": shown, "detail": foreign(detail)},
    )
