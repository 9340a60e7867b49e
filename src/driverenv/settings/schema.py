"""The JSON Schema of a settings file, made from its readers (JSON Schema draft 2020-12).

TOML's dates count as texts in ISO 8601, as editors have it.
"""

from __future__ import annotations

import re
from typing import Any

from driverenv.model.keeping import Keep
from driverenv.model.site import Exemption, Index, Policy
from driverenv.settings import fleet, indexes, keeping, proxies, rules
from driverenv.settings.place import Reader
from driverenv.settings.reading import READERS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema, as JSON-able data."""
    definitions = {
        "index": _described(indexes.DEFINITION, indexes.TERMS, Index),
        "proxy": _described(proxies.DEFINITION, proxies.TERMS, Index),
    }
    properties = {key: _property(key, reader, Policy) for key, reader in READERS.items()}
    items = properties["exceptions"]["items"]
    properties["exceptions"]["items"] = _described(items, rules.TERMS, Exemption)
    table = properties["fleet"]["anyOf"][0]
    table |= _described(table, fleet.TERMS, Index)
    properties["keep"] |= _described(keeping.KEEP.schema, keeping.TERMS, Keep)
    return {
        "$schema": DIALECT,
        "title": "driverenv.toml",
        "description": "The settings of driverenv: where distributions may come from, and how environments are made.",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": definitions,
    }


def meaning(key: str, reader: Reader, noun: type) -> str:
    """What a key means: what its reader says, else the docstring of the noun that has it."""
    return reader.meaning or _of_docstring(key, noun.__doc__ or "")


def _of_docstring(name: str, text: str) -> str:
    found = re.search(rf"^ +{name}: (.+(?:\n {{12,}}.+)*)", text, re.MULTILINE)
    return " ".join(found[1].split()).rstrip(".") if found else ""


def _property(key: str, reader: Reader, noun: type) -> dict[str, Any]:
    said = meaning(key, reader, noun)
    return {**({"description": said} if said else {}), **_plain(reader.schema)}


def _described(shape: Any, readers: dict[str, Reader], noun: type) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    properties = {name: _property(name, reader, noun) for name, reader in readers.items()}
    return {**_plain(shape), "properties": properties}


def _plain(shape: Any) -> Any:  # noqa: ANN401 (JSON)
    """A copy that nobody shares."""
    if isinstance(shape, dict):
        return {name: _plain(value) for name, value in shape.items()}
    return [_plain(value) for value in shape] if isinstance(shape, list) else shape
