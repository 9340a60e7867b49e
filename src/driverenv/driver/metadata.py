"""``drivermetadata.xml``: the name of a driver, and which Python it is written for.

Only the attributes of the root element count. A document type is refused: nothing that real drivers
have needs one, and entities are how XML attacks its reader (XML 1.0, section 4).
"""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.parsers import expat

from driverenv.errors import RequirementsInvalid, foreign

NAME = "drivermetadata.xml"
SIZE = 8 * 1024 * 1024
"""Bytes; more is no description of a driver."""

CODE = "DRIVER_INVALID"
_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,500}\?>")
_VERSION = re.compile(r"(?:python\s*)?(\d+(?:\.\d+){0,2})", re.IGNORECASE)


class Metadata(NamedTuple):
    """What the root element says."""

    name: str = ""
    version: str = ""
    python: str = ""
    """"3", "3.9" or "2"; empty where it says nothing."""


class _Seen(Exception):
    """The root element was read: no more is needed."""

    def __init__(self, attributes: dict[str, str]) -> None:
        super().__init__()
        self.attributes = attributes


def parse(data: bytes, shown: str) -> Metadata:
    """The metadata in the bytes of the file that messages call `shown`.

    Raises `RequirementsInvalid` (`DRIVER_INVALID`).
    """
    if len(data) > SIZE:
        raise _invalid(shown, f"it is larger than {SIZE} bytes")
    attributes = _root(data, shown)
    found = {name.rpartition(":")[2].lower(): value.strip() for name, value in attributes.items()}
    python = found.get("pythonversion", "")
    version = _VERSION.fullmatch(python)
    if python and version is None:
        raise _invalid(shown, f'PythonVersion="{python}" is no version', 'write PythonVersion="3", or "3.9"')
    return Metadata(found.get("name", ""), found.get("version", ""), version[1] if version else "")


def _root(data: bytes, shown: str) -> dict[str, str]:
    """The attributes of the root element; a wrong encoding in the declaration does not count."""
    try:
        return _attributes(data.strip())
    except (expat.ExpatError, ValueError, LookupError) as error:
        first = error
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        try:
            text = _DECLARATION.sub("", data.decode(encoding), count=1).strip().replace("\0", "")
            return _attributes(text.encode("utf-8"), "utf-8")
        except (expat.ExpatError, ValueError, LookupError):
            continue
    if isinstance(first, _Refused):
        raise _invalid(shown, str(first))
    raise _invalid(shown, f"it is no XML: {first}")


class _Refused(ValueError):
    """Well formed, but not to be read."""


def _attributes(data: bytes, encoding: str | None = None) -> dict[str, str]:
    parser = expat.ParserCreate(encoding)
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def begin(_: str, attributes: dict[str, str]) -> None:
        raise _Seen(attributes)

    def refuse(*_: object) -> None:
        raise _Refused("it has a document type, which no driver needs")

    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except _Seen as seen:
        return seen.attributes
    raise _Refused("it has no element")


def _invalid(shown: str, detail: str, remedy: str = "") -> RequirementsInvalid:
    return RequirementsInvalid(
        f"{foreign(shown)} cannot be read: {foreign(detail)}",
        code=CODE,
        remedies=(remedy or f"correct {foreign(shown)}: one element with Name, Version and PythonVersion",),
        data={"file": shown, "detail": foreign(detail)},
    )
