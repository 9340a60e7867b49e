"""Core metadata as dependencies (PEP 508, PEP 566, PEP 685): only what a resolver must know of it."""

from __future__ import annotations

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from driverenv.archive.headers import scan
from driverenv.errors import foreign
from driverenv.model.resolution import Dependencies, Unusable

MAX_BYTES = 8 * 1024 * 1024
_MAX_REQUIREMENTS = 5000


def parse_metadata(raw: bytes) -> Dependencies | Unusable:
    """What METADATA (or PKG-INFO) says; never raises.

    As with pip, a `Requires-Dist` that cannot be read makes the distribution unusable, an invalid
    `Requires-Python` is as good as none, and metadata of 1.x (which has no `Requires-Dist`) is read alike.
    """
    if len(raw) > MAX_BYTES:
        return Unusable(f"its metadata has more than {MAX_BYTES:,} bytes")
    fields = scan(raw)
    version = fields.get("metadata-version", [""])[0]
    if not version or "name" not in fields:
        return Unusable("what should be its metadata is something else")
    if version.partition(".")[0] not in ("1", "2"):
        return Unusable(f"its metadata has version {foreign(version, limit=20)}; known are 1.x and 2.x")
    lines = fields.get("requires-dist", [])
    if len(lines) > _MAX_REQUIREMENTS:
        return Unusable(f"its metadata has more than {_MAX_REQUIREMENTS:,} requirements")
    requires: list[Requirement] = []
    for line in lines:
        try:
            requires.append(Requirement(line.replace("\n", " ")))
        except InvalidRequirement as error:
            reason = str(error).partition("\n")[0]
            return Unusable(
                f"its metadata has an invalid requirement: {foreign(line, limit=120)} ({foreign(reason)})"
            )
    extras = frozenset(canonicalize_name(name) for name in fields.get("provides-extra", []))
    return Dependencies(tuple(requires), _requires_python(fields.get("requires-python", [])), extras)


def _requires_python(values: list[str]) -> str | None:
    text = values[0] if values else ""
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return None
    return text or None
