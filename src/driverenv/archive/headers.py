"""The headers of core metadata (METADATA, PKG-INFO, WHEEL), scanned: an email parser is eight times slower."""

from __future__ import annotations

from packaging.utils import canonicalize_name
from packaging.version import Version

from driverenv.archive.rules import Label


def scan(data: bytes) -> dict[str, list[str]]:
    """Lower-case field names with their values in order, up to the first empty line; folded lines are joined."""
    text = data.decode("utf-8-sig", "surrogateescape")
    fields: dict[str, list[str]] = {}
    last: list[str] = []
    for raw_line in text.split("\n"):
        line = raw_line.removesuffix("\r")
        if not line:
            break
        if line[0] in " \t":
            if last:
                last[-1] += "\n" + line
            continue
        name, colon, value = line.partition(":")
        if colon:
            last = fields.setdefault(name.strip().lower(), [])
            last.append(value.strip())
    return fields


def same_version(text: str, version: Version) -> bool:
    """Whether `text` is a spelling of `version` (PEP 440); in names of folders `-` may be written `_`."""
    for spelling in (text, text.replace("_", "-")):
        try:
            if Version(spelling) == version:
                return True
        except ValueError:  # InvalidVersion, or more digits than Python converts
            continue
    return False


def check_identity(
    fields: dict[str, list[str]], project: str, version: Version, label: Label, member: str
) -> None:
    """Refuse metadata without exactly one Name and Version, or with another project's."""
    names, versions = fields.get("name", []), fields.get("version", [])
    if len(names) != 1 or len(versions) != 1:
        label.refuse("metadata", "its metadata does not have exactly one Name and one Version", member)
    if canonicalize_name(names[0]) != canonicalize_name(project) or not same_version(versions[0], version):
        detail = f"its metadata says {names[0]} {versions[0]}, not {project} {version}"
        label.refuse("metadata", detail.encode("utf-8", "replace").decode(), member)
