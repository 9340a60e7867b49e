"""Core metadata as dependencies (PEP 508, PEP 566, PEP 685): only what a resolver must know of it."""

from __future__ import annotations

from collections.abc import Mapping

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from driverenv.archive.headers import are_endless, scan
from driverenv.archive.requires import LONG_NUMBER, read_requirement
from driverenv.archive.rules import MAX_HEADER_LINES, MAX_METADATA_BYTES, MAX_REQUIREMENTS
from driverenv.errors import foreign
from driverenv.model.resolution import Dependencies, Unusable

MAX_BYTES = MAX_METADATA_BYTES


def parse_metadata(raw: bytes) -> Dependencies | Unusable:
    """What METADATA (or PKG-INFO) says; never raises.

    As with pip, a `Requires-Dist` that cannot be read makes the distribution unusable, an invalid
    `Requires-Python` is as good as none, and metadata of 1.x (which has no `Requires-Dist`) is read alike.
    """
    if len(raw) > MAX_BYTES:
        return Unusable(f"its metadata has more than {MAX_BYTES:,} bytes")
    if are_endless(raw):
        return Unusable(f"its metadata has more than {MAX_HEADER_LINES:,} lines")
    fields = scan(raw)
    lines = fields.get("requires-dist", [])
    wrong = _what_is_wrong(fields, len(lines))
    if wrong:
        return Unusable(wrong)
    requires: list[Requirement] = []
    for line in lines:
        try:
            requires.append(read_requirement(line))
        except InvalidRequirement as error:
            reason = str(error).partition("\n")[0]
            return _invalid(line, reason)
        except (ValueError, RecursionError):  # endless numbers and brackets, no UTF-8
            return _invalid(line, "it is none that can be read")
    extras = frozenset(canonicalize_name(name) for name in fields.get("provides-extra", []) if name.isascii())
    return Dependencies(tuple(requires), _requires_python(fields.get("requires-python", [])), extras)


def _what_is_wrong(fields: Mapping[str, list[str]], requirements: int) -> str:
    version = fields.get("metadata-version", [""])[0]
    if not version or "name" not in fields:
        return "what should be its metadata is something else"
    if version.partition(".")[0] not in ("1", "2"):
        return f"its metadata has version {foreign(version, limit=20)}; known are 1.x and 2.x"
    if requirements > MAX_REQUIREMENTS:
        return f"its metadata has more than {MAX_REQUIREMENTS:,} requirements"
    return ""


def _invalid(line: str, reason: str) -> Unusable:
    shown = foreign(line, limit=120)
    return Unusable(f"its metadata has an invalid requirement: {shown} ({foreign(reason, limit=200)})")


def _requires_python(values: list[str]) -> str | None:
    text = values[0] if values else ""
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return None
    if LONG_NUMBER.search(text):
        return None
    return text or None
