"""XML of other programs' settings: elements and attributes, whatever encoding the declaration claims.

A document type is refused: nothing that is read here needs one, and entities are how XML attacks its
reader (XML 1.0, section 4). Text between elements is passed over.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.parsers import expat

_DECLARATION = re.compile(r"<\?xml[^>]{0,500}\?>")
_DEPTH = 200


class NotXml(ValueError):
    """The bytes are no XML that may be read; says why."""


class Element(NamedTuple):
    """An element without its content, names in lower case and without name space."""

    name: str
    attributes: dict[str, str]


class _Enough(Exception):
    """The root element was read: no more is wanted."""


class _Refused(ValueError):
    """Well formed, but not to be read."""


def root(data: bytes) -> Element:
    """The root element alone; what follows it may be cut off. Raises `NotXml`."""
    return _read(data, only_root=True)[0]


def elements(data: bytes) -> list[Element]:
    """All elements in the order of the document. Raises `NotXml`."""
    return _read(data, only_root=False)


def _read(data: bytes, *, only_root: bool) -> list[Element]:
    """As declared; else by each encoding that such files were seen to have, the declaration taken off."""
    try:
        return _parse(data.strip(), None, only_root=only_root)
    except (expat.ExpatError, ValueError, LookupError) as error:
        first = error
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        try:
            text = data.decode(encoding).lstrip()
            declared = _DECLARATION.match(text)
            text = (text[declared.end() :] if declared else text).strip().replace("\0", "")
            return _parse(text.encode("utf-8"), "utf-8", only_root=only_root)
        except (expat.ExpatError, ValueError, LookupError):
            continue
    raise NotXml(str(first) if isinstance(first, _Refused) else f"it is no XML: {first}")


def _parse(data: bytes, encoding: str | None, *, only_root: bool) -> list[Element]:
    found: list[Element] = []
    depth = 0
    parser = expat.ParserCreate(encoding)
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEPTH:
            raise _Refused(f"its elements are more than {_DEPTH} deep")
        found.append(Element(_bare(name), {_bare(key): value for key, value in attributes.items()}))
        if only_root:
            raise _Enough

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_: object) -> None:
        raise _Refused("it has a document type, which such a file does not need")

    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except _Enough:
        return found
    if not found:
        raise _Refused("it has no element")
    return found


def _bare(name: str) -> str:
    return name.rpartition(":")[2].lower()
